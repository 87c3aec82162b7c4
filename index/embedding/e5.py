"""multilingual-e5-small in onnxruntime: texts to unit vectors.

One thread computes one batch, and as many batches as there are cores are computed at once. That is faster than all threads
at one batch, and no thread waits by spinning, so that a busy machine is not slowed down.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import e5_files
from index.embedding.token_table import BEGIN, END, PAD, open_token_table
from index.errors import ModelError

LONGEST = 512
"""How many tokens the model reads at once, <s> and </s> included."""
_BATCH_TOKENS = 512
"""The tokens of a batch, padding included: what one core computes on then fits its cache."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens that the model reads at once: of a whole text, or of a part of a long one. `weight` is their number."""

    text: int
    ids: list[int]
    weight: int


class Encoder:
    """The loaded model. Safe to use from several threads."""

    def __init__(self) -> None:
        """Load the model from the model cache; raises ModelFileError, or ModelError if onnxruntime cannot run it."""
        self._table = open_token_table()
        self._session = open_session(e5_files.check() / e5_files.NETWORK)
        self._threads = ThreadPoolExecutor(_cores(), thread_name_prefix="embedding")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 [texts, 384]. The texts include their prefix; a text of more tokens than the model reads
        gets the mean of its windows, weighted by their lengths."""
        windows = list(_windows(self._table.ids(texts)))
        batches = list(_batches(windows))
        run = map if len(batches) == 1 else self._threads.map
        sums = np.zeros((len(texts), self._table.width), np.float32)
        for batch, means in zip(batches, run(self._means, batches), strict=True):
            for window, mean in zip(batch, means, strict=True):
                sums[window.text] += window.weight * mean
        units: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return units

    def count(self, text: str) -> int:
        """The number of tokens of a text, <s> and </s> included."""
        return len(self._table.ids([text])[0]) + 2

    def _means(self, batch: Sequence[_Window]) -> NDArray[np.float32]:
        lengths = np.array([len(window.ids) for window in batch])
        is_token = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(is_token.shape, PAD, np.int64)
        ids[is_token] = np.concatenate([window.ids for window in batch])
        inputs = {"token_embeddings": self._table.embed(ids), "attention_mask": is_token.astype(np.int32)}
        means: NDArray[np.float32] = self._session.run(["means"], inputs)[0]
        return means


def open_session(network: Path) -> Any:
    """An onnxruntime session on one thread, for an ONNX file that was checked; raises ModelError."""
    try:
        ort = _runtime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # It would keep a plan for every length that was ever read.
        options.log_severity_level = 3
        return ort.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no other class.
        raise ModelError(
            f"The model {str(network)!r} cannot be started ({type(error).__name__}: {error}). Install what runs it "
            "again: make run, or pip install --force-reinstall onnxruntime."
        ) from error


def _windows(texts: Iterable[list[int]]) -> Iterator[_Window]:
    size = LONGEST - 2
    for text, ids in enumerate(texts):
        for at in range(0, max(len(ids), 1), size):
            part = ids[at : at + size]
            yield _Window(text, [BEGIN, *part, END], max(len(part), 1))


def _batches(windows: Iterable[_Window]) -> Iterator[list[_Window]]:
    """Windows of similar length together, so that little of what is computed is padding."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids)):
        if batch and (len(batch) + 1) * len(window.ids) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _runtime() -> Any:
    """onnxruntime with its telemetry off: from 1.32 on it contacts its maker's server from every process otherwise.

    The variable counts when the library is loaded; the call is for a process that loaded it before.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
