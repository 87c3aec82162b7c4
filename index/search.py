"""Hybrid search as pure functions: two rankings fused, copies folded, and room kept for every language."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from index import copies
from index.articles import Article, Hit

_K = 5
"""How little the ranks below count. The usual 60 found less on every set: see eval/LOG.md."""
_IDENTICAL = 0.8
"""Two chunks of any two articles say the same if they share so much (Jaccard's coefficient; Broder, 1997)."""


def fuse(*rankings: Sequence[str], weights: Sequence[float] | None = None) -> dict[str, float]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): score = Σ weight / (5 + rank)."""
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, id in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0.0) + weight / (_K + rank)
    return scores


def lift(hits: Sequence[Hit], preferred: Callable[[Hit], bool], weight: float = 0.5) -> list[Hit]:
    """The hits in their new order after those preferred were ranked once more among themselves. Excludes none."""
    favoured = [hit.chunk.id for hit in hits if preferred(hit)]
    gain = fuse(favoured, weights=[weight])
    return by_score(replace(hit, score=hit.score + gain.get(hit.chunk.id, 0.0)) for hit in hits)


def by_score(hits: Iterable[Hit]) -> list[Hit]:
    """The best first; the order is the same whatever it was before."""
    return sorted(hits, key=lambda hit: (-hit.score, -hit.similarity, hit.chunk.id))


def fold_copies(hits: Sequence[Hit], stories: Mapping[str, Sequence[str]]) -> list[Hit]:
    """Hits that say the same in different articles become the first of them, which names the others in `also_in`.

    Two chunks say the same if they are nearly identical; of two articles of one story (`stories` gives the members by
    article id), also if what the later hit says stands among the hits of the earlier one's article: a changed lead
    shifts where chunks begin. What only a copy says is kept.
    """
    said: dict[str, set[tuple[str, ...]]] = {}
    shingles = [copies.shingles(hit.chunk.text) for hit in hits]
    for hit, words in zip(hits, shingles, strict=True):
        said.setdefault(hit.article.id, set()).update(words)
    kept: list[Hit] = []
    held: dict[
        tuple[str, ...], list[int]
    ] = {}  # By shingle, the kept hits that hold it: not every pair needs comparing.
    texts: list[copies.Shingles] = []
    told_by: dict[str, str] = {}  # Which article tells a story: the one whose hit came first.
    for hit, mine in zip(hits, shingles, strict=True):
        shared = Counter(place for shingle in mine for place in held.get(shingle, ()))
        alike = [at for at, n in shared.items() if n >= _IDENTICAL * (len(mine) + len(texts[at]) - n)]
        alike = [at for at in alike if kept[at].article.id != hit.article.id and copies.same_figures(mine, texts[at])]
        teller = told_by.setdefault(min(stories.get(hit.article.id, [hit.article.id])), hit.article.id)
        if alike:
            kept[min(alike)] = _also_in(kept[min(alike)], hit.article.id)
        elif teller == hit.article.id or not copies.says(mine, said[teller]):
            for shingle in mine:
                held.setdefault(shingle, []).append(len(kept))
            kept.append(hit)
            texts.append(mine)
    return kept


def name_copies(hit: Hit, others: Iterable[Article]) -> Hit:
    """The hit with those of the other articles named in whose text its chunk stands."""
    mine = copies.shingles(hit.chunk.text)
    for other in others:
        if other.id != hit.article.id and copies.says(mine, copies.shingles(other.text)):
            hit = _also_in(hit, other.id)
    return hit


def _also_in(hit: Hit, article_id: str) -> Hit:
    return hit if article_id in hit.also_in else replace(hit, also_in=(*hit.also_in, article_id))


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
