"""Measures of a ranked list, and of character spans. All are in [0, 1], and 1 is perfect.

A ranking is given as the places at which the relevant things stand: 1 for the first, None for one not found.
"""

import math
from collections.abc import Sequence

CUTOFFS = (1, 3, 5, 10, 20)
"""The depths at which recall is told."""

Span = tuple[str, int, int]
"""An article and a half-open range of characters of its text."""

Places = Sequence[int | None]


def recall_at(places: Places, k: int) -> float:
    """The share of what is relevant that stands among the first k (Manning et al., Information Retrieval, §8.4)."""
    return sum(place is not None and place <= k for place in places) / len(places)


def reciprocal_rank(places: Places) -> float:
    """One over the place of the first relevant thing, 0 where there is none (TREC-8 QA track, Voorhees 1999)."""
    return 1 / min((place for place in places if place), default=math.inf)


def ndcg_at(places: Places, k: int) -> float:
    """Discounted gain over that of the best order, log2 discount (Järvelin & Kekäläinen 2002), relevance 0 or 1.

    Two relevant passages may stand in one chunk and share its place, which no ranking of single documents allows:
    the result is held to 1.
    """
    best = sum(1 / math.log2(place + 1) for place in range(1, min(len(places), k) + 1))
    return min(1.0, sum(1 / math.log2(place + 1) for place in places if place and place <= k) / best)


def span_recall(found: Sequence[Span], gold: Sequence[Span]) -> float:
    """The share of the gold characters that the found spans cover (Chroma, Evaluating Chunking, 2024)."""
    return len(_characters(found) & _characters(gold)) / len(_characters(gold))


def span_precision(found: Sequence[Span], gold: Sequence[Span]) -> float:
    """The share of the found characters that are gold; a span found twice is read twice, so it counts twice."""
    return len(_characters(found) & _characters(gold)) / _read(found) if found else 0.0


def span_iou(found: Sequence[Span], gold: Sequence[Span]) -> float:
    """Gold characters covered over all characters found or gold, those found twice counted twice (Chroma, 2024)."""
    covered = len(_characters(found) & _characters(gold))
    return covered / (_read(found) + len(_characters(gold)) - covered)


def overlaps(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _characters(spans: Sequence[Span]) -> set[tuple[str, int]]:
    return {(article, at) for article, start, end in spans for at in range(start, end)}


def _read(spans: Sequence[Span]) -> int:
    return sum(end - start for _, start, end in spans)
