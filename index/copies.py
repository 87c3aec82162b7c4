"""Near-copies: whether two articles are one story, as five papers print it (rensa's one home).

Texts are compared by their runs of three words, after Broder, "On the resemblance and containment of documents" (1997).
MinHash signatures, cut into bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, §3.4), name the few
articles of an archive that are worth comparing. Pure functions.
"""

import hashlib
import re
import struct
from collections.abc import Iterable

from index.terms import fold

Shingles = frozenset[str]

_SIZE = 3
_BANDS, _ROWS = 64, 2
"""Two texts that share a fifth of their shingles are compared with a probability of 93 %, of a twentieth with 15 %."""

_CONTAINED = 0.6
"""A copy may leave out paragraphs and change its lead: so much of the shorter text stands in the longer one."""

_FEWEST = 8
"""Shorter texts have too few shingles to be told apart; they are copies only if all are the same."""

_WORD = re.compile(r"\w+")


def method() -> str:
    """A name that changes whenever the bands would: those of two methods must not be compared."""
    from rensa import RMinHash

    return f"rensa {RMinHash.ALGORITHM_VERSION}, {_SIZE} words, {_BANDS}×{_ROWS}"


def shingles(text: str) -> Shingles:
    """The runs of three words of a text, without accents, capitals and punctuation."""
    words = _WORD.findall(fold(text).lower())
    return frozenset(" ".join(words[at : at + _SIZE]) for at in range(max(1, len(words) - _SIZE + 1)))


def bands(of: Shingles) -> list[int]:
    """The 64-bit keys under which a text is filed: copies share at least one of them almost surely."""
    from rensa import RMinHash

    signature = RMinHash(num_perm=_BANDS * _ROWS, seed=1)
    signature.update(sorted(of))
    digest = signature.digest()
    rows = [digest[at : at + _ROWS] for at in range(0, len(digest), _ROWS)]
    return [_key(struct.pack(f"<{_ROWS + 1}I", n, *row)) for n, row in enumerate(rows)]


def are_copies(a: Shingles, b: Shingles) -> bool:
    """Whether two texts are one story: most of the shorter one stands in the longer one."""
    if min(len(a), len(b)) < _FEWEST:
        return a == b
    return containment(*sorted((a, b), key=len)) >= _CONTAINED


def containment(part: Shingles, whole: Iterable[str]) -> float:
    """The share of the first text's shingles that stand in the second."""
    return len(part.intersection(whole)) / len(part) if part else 0.0


def resemblance(a: Shingles, b: Shingles) -> float:
    """Jaccard's coefficient of two sets of shingles."""
    return len(a & b) / len(a | b) if a | b else 0.0


def _key(packed: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big", signed=True)
