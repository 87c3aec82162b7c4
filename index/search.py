"""Hybrid search as pure functions: two rankings fused, copies folded, and room kept for every language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.articles import Hit

_K = 60


def fuse(*rankings: Sequence[str], weights: Sequence[float] | None = None) -> dict[str, float]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): score = Σ weight / (60 + rank)."""
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, id in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0.0) + weight / (_K + rank)
    return scores


def fold_copies(hits: Sequence[Hit], threshold: float = 0.8) -> list[Hit]:
    """Near-identical chunks of different articles become the first of them, which names the others in `also_in`."""
    kept: list[Hit] = []
    shingles: list[frozenset[str]] = []
    for hit in hits:
        mine = _shingles(hit.chunk.text)
        copy_of = next((i for i, theirs in enumerate(shingles) if _resemblance(mine, theirs) >= threshold), None)
        if copy_of is None:
            kept.append(hit)
            shingles.append(mine)
        elif hit.article.id not in {kept[copy_of].article.id, *kept[copy_of].also_in}:
            kept[copy_of] = replace(kept[copy_of], also_in=(*kept[copy_of].also_in, hit.article.id))
    return kept


def balance(hits: Sequence[Hit], k: int, margin: float = 0.06) -> list[Hit]:
    """The first k hits, but with at least a quarter of them in each language that has something nearly as similar.

    A question in one language must reach articles in the other: lexical search cannot, and dense search prefers its
    own language a little. `margin` is how much less similar than the best a hit may be and still claim a place.
    """
    chosen = list(hits[:k])
    if not chosen:
        return chosen
    floor = max(hit.similarity for hit in hits) - margin
    for language in sorted({hit.article.language for hit in hits}):
        short = max(1, k // 4) - sum(hit.article.language == language for hit in chosen)
        waiting = [h for h in hits[k:] if h.article.language == language and h.similarity >= floor]
        for hit in waiting[: max(0, short)]:
            counts = _count(chosen)
            last = next((i for i in reversed(range(len(chosen))) if counts[chosen[i].article.language] > k // 4), None)
            if last is not None:
                del chosen[last]
                chosen.append(hit)
    return chosen


def _count(hits: Sequence[Hit]) -> Mapping[str, int]:
    languages = [hit.article.language for hit in hits]
    return {language: languages.count(language) for language in languages}


def _shingles(text: str, size: int = 4) -> frozenset[str]:
    words = text.lower().split()
    return frozenset(" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def _resemblance(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard's coefficient of two sets of shingles (Broder, 1997)."""
    return len(a & b) / len(a | b) if a | b else 0.0
