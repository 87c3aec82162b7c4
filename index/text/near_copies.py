"""Near-copies: whether two articles are the same story, as when several papers print one agency report.

Texts are compared by their runs of three words, after Broder, "On the resemblance and containment of documents" (1997).
MinHash signatures, cut into bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, §3.4), name the few
articles of an archive that are worth comparing. Pure functions.
"""

import hashlib
import re
import struct
import unicodedata
from collections.abc import Collection, Iterable

from index.text.text_cache import cached_by_text

Shingles = frozenset[tuple[str, ...]]

_SIZE = 3
_BANDS, _ROWS = 64, 2
"""Two texts that share a fifth of their shingles are compared with a probability of 93 %, of a twentieth with 15 %."""

_CONTAINED = 0.6
"""The share of the shorter text that the longer one contains: a copy may lack paragraphs and have another lead."""

_SAID = 0.7
"""A text contains a passage if it has this share of its shingles."""

_FEWEST = 8
"""Texts with fewer shingles are copies only if these are the same."""

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(
    r".*\d.*|t(?:wo|hree|en|welve)|four|five|six|seven|eight|nine|eleven|twenty|thirty|forty|fifty|hundreds?|thousands?"
    r"|(?:b|m|tr)illions?|half|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|vingt|trente|quarante|cinquante"
    r"|cents?|mille|milliers?|milliards?|moitie"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")


def method() -> str:
    """A name that changes whenever the bands would: bands of different methods must not be compared."""
    from rensa import RMinHash

    return f"rensa {RMinHash.ALGORITHM_VERSION}, {_SIZE} words, {_BANDS}×{_ROWS}"


@cached_by_text
def shingles(text: str) -> Shingles:
    """The runs of three words of a text, without accents, capitals and punctuation."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
    words = _WORD.findall(plain)
    runs = zip(*(words[at:] for at in range(_SIZE)), strict=False)
    return frozenset(runs) or frozenset([tuple(words)])


def bands(of: Shingles) -> list[int]:
    """The 64-bit keys under which a text is indexed: copies almost surely share one."""
    from rensa import RMinHash

    signature = RMinHash(num_perm=_BANDS * _ROWS, seed=1)
    signature.update(sorted(" ".join(run) for run in of))
    digest = signature.digest()
    rows = [digest[at : at + _ROWS] for at in range(0, len(digest), _ROWS)]
    return [_key(struct.pack(f"<{_ROWS + 1}I", n, *row)) for n, row in enumerate(rows)]


def resemblance(a: Shingles, b: Shingles) -> float:
    """The share of two texts' shingles that they have in common (Jaccard)."""
    return len(a & b) / len(a | b) if a or b else 1.0


def are_copies(a: Shingles, b: Shingles) -> bool:
    """Whether most of the shorter text occurs in the longer one."""
    if min(len(a), len(b)) < _FEWEST:
        return a == b
    return containment(*sorted((a, b), key=len)) >= _CONTAINED


def containment(part: Shingles, whole: Iterable[tuple[str, ...]]) -> float:
    """The share of the first text's shingles that occur in the second."""
    return len(part.intersection(whole)) / len(part) if part else 0.0


def says(part: Shingles, whole: Collection[tuple[str, ...]]) -> bool:
    """Whether a text contains a passage, but for a word; figures must be equal: "five months" is not "nine months"."""
    return containment(part, whole) >= _SAID and same_figures(part, whole)


def same_figures(part: Shingles, whole: Collection[tuple[str, ...]]) -> bool:
    """Whether every figure of a passage occurs in the text, with two of the same words beside it."""
    figures = {word for run in part for word in run if _FIGURE.fullmatch(word)}
    return figures <= {word for run in part if run in whole for word in run}


def _key(packed: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big", signed=True)
