"""multilingual-e5-small in onnxruntime (its one home file): texts go in, unit vectors come out.

One thread computes one batch, and as many batches as there are cores are computed at once. That is faster than all
threads at one batch, and none ever waits by spinning, so that a busy machine is not starved.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import e5_weights
from index.e5_tokens import tokeniser
from index.errors import ModelError

GRAPH = Path(__file__).with_name("e5_graph.onnx")
_TOKENS_AT_ONCE = 512
"""So many, padding included, make a batch: what one core computes meanwhile fits its cache."""


class _Window(NamedTuple):
    """What the model reads at once: a whole text, or a part of a longer one. `weight` is how much of the text it is."""

    text: int
    ids: list[int]
    weight: int


class Encoder:
    """The loaded model. Safe to use from several threads."""

    def __init__(self) -> None:
        self._weights = e5_weights.read()
        self._ids_of = tokeniser(self._weights.tokens)
        self._words = self._weights.blocks("emb.word", self._weights.width)
        places = self._weights.vector("emb.pos").reshape(self._weights.longest, -1)
        self._places = places + self._weights.vector("emb.type")[: self._weights.width]
        self._session = _session(self._weights)
        self._threads = ThreadPoolExecutor(_cores(), thread_name_prefix="embedding")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A unit vector for each text, prefix included. What is longer than the model reads is the mean of its windows."""
        windows = [window for n, text in enumerate(texts) for window in self._windows(n, text)]
        batches = list(_batches(windows))
        run = map if len(batches) == 1 else self._threads.map
        sums = np.zeros((len(texts), self._weights.width), np.float32)
        for batch, means in zip(batches, run(self._means, batches), strict=True):
            for window, mean in zip(batch, means, strict=True):
                sums[window.text] += window.weight * mean
        units: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return units

    def count(self, text: str) -> int:
        """How many tokens a text has, the two that stand around it included."""
        return len(self._ids_of(_encodable(text))) + 2

    def _windows(self, n: int, text: str) -> Iterator[_Window]:
        ids = self._ids_of(_encodable(text))
        size, tokens = self._weights.longest - 2, self._weights.tokens
        for at in range(0, max(len(ids), 1), size):
            part = ids[at : at + size]
            yield _Window(n, [tokens.begin, *part, tokens.end], max(len(part), 1))

    def _means(self, batch: Sequence[_Window]) -> NDArray[np.float32]:
        lengths = np.array([len(window.ids) for window in batch])
        longest = int(lengths.max())
        is_text = np.arange(longest) < lengths[:, None]
        ids = np.zeros(is_text.shape, np.int64)
        ids[is_text] = np.concatenate([window.ids for window in batch])
        words = e5_weights.numbers(self._words[ids.ravel()]).reshape(*ids.shape, -1)
        inputs = {
            "embeddings": words + self._places[:longest],
            "is_text": is_text.astype(np.int32),
            "shares": (is_text / lengths[:, None]).astype(np.float32)[:, None, :],
        }
        means: NDArray[np.float32] = self._session.run(["means"], inputs)[0].reshape(len(batch), -1)
        return means


def _batches(windows: Iterable[_Window]) -> Iterator[list[_Window]]:
    """Windows of like length together, so that little of what is computed is padding."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids)):
        if batch and (len(batch) + 1) * len(window.ids) > _TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _runtime() -> Any:
    """onnxruntime, told to report nothing: from 1.32 on it looks up its maker's server from every process otherwise.

    The variable counts when the library is loaded; the call is for a process that has loaded it before us.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _session(weights: e5_weights.Weights) -> Any:
    try:
        ort = _runtime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # It would keep a plan for every length that was ever seen.
        options.log_severity_level = 3
        attached = dict(_attached(weights))
        options.add_external_initializers(list(attached), list(attached.values()))
        return ort.InferenceSession(GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class but this.
        raise ModelError(
            f"The embedded embedding model cannot be started ({type(error).__name__}: {error}). Install what runs it "
            "again: make run, or pip install --force-reinstall onnxruntime."
        ) from error


def _attached(weights: e5_weights.Weights) -> Iterator[tuple[str, Any]]:
    """What the graph lacks, by name."""
    from onnxruntime import OrtValue

    vectors = ["emb.ln.w", "emb.ln.b"]
    for layer in (f"l{n}." for n in range(weights.layers)):
        vectors += [f"{layer}{norm}.{part}" for norm in ("aln", "oln") for part in "wb"]
        for matrix in ("q", "k", "v", "ao", "fi", "fo"):
            vectors.append(f"{layer}{matrix}.b")
            blocks = weights.blocks(f"{layer}{matrix}.w", weights.feed if matrix == "fo" else weights.width)
            scales = blocks["scale"].astype(np.float32).ravel()
            yield f"{layer}{matrix}.scales", OrtValue.ortvalue_from_numpy(scales)
            yield f"{layer}{matrix}.halves", OrtValue.ortvalue_from_numpy(_in_pairs(blocks["halves"]))
    for name in vectors:
        yield name, OrtValue.ortvalue_from_numpy(weights.vector(name))


def _in_pairs(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Weights 0 and 1 in the first byte, as onnxruntime wants them, where the file has weights 0 and 16."""
    low, high = (part[..., 0::2] | part[..., 1::2] << 4 for part in (halves & 15, halves >> 4))
    return np.concatenate([low, high], axis=-1)


def _encodable(text: str) -> str:
    # Half a surrogate pair is no character, and the engine that libraries were made with ended a text at a NUL.
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
