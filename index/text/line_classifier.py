"""Two small classifiers of lines: prompt injection, and page clutter around an article.

Both are logistic regressions on hashed n-grams: of characters, of words, and of the text's shape (case, digits, marks). They
need no embedding, so they do not depend on the library's, and run in the parser process as well. `python -m
index.training.lines` writes their weights, `line_classifier.npz`, and their card, `line_classifier.json`.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("line_classifier.npz")
BUCKETS = 1 << 17
_OF_CHARACTERS, _OF_WORDS = (2, 3, 4), (1, 2)
_LONGEST = 2_000
_LENGTH_STEP, _LENGTHS = 10, 15
_PRIVATE = 0xE000
"""Private-use code points: one of them encodes the length of the text."""

Features = NDArray[np.uint32]


def instruction(text: str) -> float:
    """The score of a sentence as an instruction to a language model; above 0 it is one."""
    return _score(text, "instruction")


def clutter(text: str) -> float:
    """The score of a line as page clutter around an article; above 0 it is clutter."""
    return _score(text, "clutter")


def features(text: str) -> Features:
    """The buckets of the text's n-grams, each once."""
    text, clear = text[:_LONGEST], plain(text[:_LONGEST])
    length = chr(_PRIVATE + min(len(text) // _LENGTH_STEP, _LENGTHS))
    words = [crc32(word.encode("utf-8", "surrogatepass")) for word in re.findall(r"\w+|[^\w\s]", f"<{clear}>")]
    found = [*_hashes(_codes(f" {clear} "), 1, _OF_CHARACTERS), *_hashes(np.array(words, np.uint32), 3, _OF_WORDS)]
    return np.unique(np.concatenate([*found, *_hashes(_codes(f"^{length}{_shape(text)}$"), 2, _OF_CHARACTERS)]))


def plain(text: str) -> str:
    """In lower case, with look-alike letters, quotes and spaces normalized."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    return re.sub(r"\s+", " ", re.sub(r"\d", "0", folded)).strip()


_ALIKE = str.maketrans("’‘`´ʼ“”„аеоісру", "'''''\"\"\"aeoicpy")


def _shape(text: str) -> str:
    """The text with one letter for each run of small letters, of capitals and of digits."""
    kinds = ("A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdigit() else c for c in text)
    return re.sub(r"([Aa0 ])\1+", r"\1", "".join(kinds))


def _codes(text: str) -> Features:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _hashes(codes: Features, seed: int, orders: tuple[int, ...]) -> list[Features]:
    return [_mixed(_runs(codes, n, seed)) for n in orders if len(codes) >= n]


def _runs(codes: Features, n: int, seed: int) -> Features:
    """A number for each run of n codes."""
    size = len(codes) - n + 1
    hashes = np.full(size, 31 * n + seed, np.uint32)
    for k in range(n):
        hashes = hashes * np.uint32(1_000_003) + codes[k : k + size]
    return hashes


def _mixed(hashes: Features) -> Features:
    """Spread over the buckets (the finalizer of MurmurHash3)."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (hashes ^ (hashes >> np.uint32(16))) % np.uint32(BUCKETS)


def _score(text: str, name: str) -> float:
    weights, bias = _weights()[name]
    found = features(text)
    return float(weights[found].sum() / np.sqrt(len(found)) + bias)


@lru_cache(1)
def _weights() -> dict[str, tuple[NDArray[np.float32], float]]:
    """The weights of each classifier, and its bias less the threshold."""
    with np.load(WEIGHTS) as stored:
        return {
            name: (stored[name].astype(np.float32), float(stored[f"{name}_bias"]))
            for name in ("instruction", "clutter")
        }
