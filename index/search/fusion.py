"""Hybrid search as pure functions: two searches fused, copies folded, neighbours joined, room kept for every language."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from index.articles import Article, Hit
from index.text import near_copies

# What counts beside a chunk's own cosine, fitted on the development sets (eval/LOG.md). Scores are added, not ranks: "An Analysis
# of Fusion Functions for Hybrid Retrieval" (Bruch, Gai and Ingber, TOIS 2023).
_WORDS = 0.07
_ARTICLE = 0.3
_NEIGHBOUR = 0.2
_NEIGHBOUR_WORDS = 0.03
_NOT_FOUND = 0.1
"""The similarity assumed for a neighbour that neither search found: this much below the best."""
_LIFTED = 0.03
_PASSAGE = 750
"""The greatest length in characters of chunks joined into one hit."""
_IDENTICAL = 0.8
"""The Jaccard coefficient from which two chunks of different articles are copies (Broder, 1997)."""


def fused(hits: Sequence[Hit], words: Mapping[str, float]) -> list[Hit]:
    """Score and sort the hits of both searches; `words` are the BM25 scores of lexical hits, by chunk id.

    A chunk scores higher if its article has a near chunk, and if its neighbour matches too: the subject of a question is often
    in the sentence before the answer.
    """
    if not hits:
        return []
    most = max(words.values(), default=0.0) or 1.0
    found = {(hit.article.id, hit.chunk.n): (hit.similarity, words.get(hit.chunk.id, 0.0) / most) for hit in hits}
    nearest: dict[str, float] = {}
    for hit in hits:
        nearest[hit.article.id] = max(hit.similarity, nearest.get(hit.article.id, -1.0))
    beyond = max(nearest.values()) - _NOT_FOUND, 0.0

    def score(id: str, n: int) -> float:
        similarity, shared = found[id, n]
        before, after = found.get((id, n - 1), beyond), found.get((id, n + 1), beyond)
        beside = _NEIGHBOUR * max(before[0], after[0]) + _NEIGHBOUR_WORDS * max(before[1], after[1])
        return similarity + _WORDS * shared + _ARTICLE * nearest[id] + beside

    return by_score(replace(hit, score=score(hit.article.id, hit.chunk.n)) for hit in hits)


def lift(hits: Sequence[Hit], preferred: Callable[[Hit], bool]) -> list[Hit]:
    """Raise the scores of the preferred hits a little, and sort again."""
    return by_score(replace(hit, score=hit.score + _LIFTED) if preferred(hit) else hit for hit in hits)


def in_turn(sides: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Interleave the hits of several searches; the one with the best hit begins."""
    ordered = sorted((side for side in sides if side), key=lambda side: -side[0].score)
    longest = max(map(len, ordered), default=0)
    return [side[n] for n in range(longest) for side in ordered if n < len(side)]


def joined(hits: Sequence[Hit], k: int) -> list[Hit]:
    """Join hits of neighbouring chunks, up to `_PASSAGE` characters, until there are k hits.

    A joined hit has the rank and the id of the better chunk. Hits after the first k are not changed.
    """
    runs: list[tuple[Hit, range]] = []
    for at, hit in enumerate(hits):
        n = hit.chunk.n
        for place, (other, covered) in enumerate(runs):
            if other.article.id == hit.article.id and n in (covered.start - 1, covered.stop):
                whole = _joined(other, hit)
                if whole.chunk.end - whole.chunk.start <= _PASSAGE:
                    runs[place] = whole, range(min(n, covered.start), max(n + 1, covered.stop))
                    break
        else:
            if len(runs) == k:
                return [run for run, _ in runs] + list(hits[at:])
            runs.append((hit, range(n, n + 1)))
    return [run for run, _ in runs]


def _joined(hit: Hit, other: Hit) -> Hit:
    start, end = min(hit.chunk.start, other.chunk.start), max(hit.chunk.end, other.chunk.end)
    chunk = replace(hit.chunk, start=start, end=end, text=hit.article.text[start:end])
    both = tuple(id for id in hit.also_in if id in other.also_in)
    return replace(hit, chunk=chunk, similarity=max(hit.similarity, other.similarity), also_in=both)


def by_score(hits: Iterable[Hit]) -> list[Hit]:
    """The best first, with a deterministic order of ties."""
    return sorted(hits, key=lambda hit: (-hit.score, -hit.similarity, hit.chunk.id))


def fold_copies(hits: Sequence[Hit], stories: Mapping[str, Sequence[str]]) -> list[Hit]:
    """Merge hits of different articles with the same content into the first, with the other articles in `also_in`.

    Chunks have the same content if they are nearly identical, or, in two articles of one story (`stories`: members by article
    id), if the hits of the first article contain the later chunk: another lead shifts the chunk boundaries. Content that only
    a copy has is kept.
    """
    said: dict[str, set[tuple[str, ...]]] = {}
    shingles = [near_copies.shingles(hit.chunk.text) for hit in hits]
    for hit, words in zip(hits, shingles, strict=True):
        said.setdefault(hit.article.id, set()).update(words)
    kept: list[Hit] = []
    held: dict[tuple[str, ...], list[int]] = {}  # By shingle, the kept hits with it, so that few pairs are compared.
    texts: list[near_copies.Shingles] = []
    told_by: dict[str, str] = {}  # By story, the article whose hit came first.
    for hit, mine in zip(hits, shingles, strict=True):
        shared = Counter(place for shingle in mine for place in held.get(shingle, ()))
        alike = [at for at, n in shared.items() if n >= _IDENTICAL * (len(mine) + len(texts[at]) - n)]
        alike = [
            at for at in alike if kept[at].article.id != hit.article.id and near_copies.same_figures(mine, texts[at])
        ]
        teller = told_by.setdefault(min(stories.get(hit.article.id, [hit.article.id])), hit.article.id)
        if alike:
            kept[min(alike)] = _also_in(kept[min(alike)], hit.article.id)
        elif teller == hit.article.id or not near_copies.says(mine, said[teller]):
            for shingle in mine:
                held.setdefault(shingle, []).append(len(kept))
            kept.append(hit)
            texts.append(mine)
    return kept


def name_copies(hit: Hit, others: Iterable[Article]) -> Hit:
    """Add those of the other articles to `also_in` whose text contains the chunk."""
    mine = near_copies.shingles(hit.chunk.text)
    for other in others:
        if other.id != hit.article.id and near_copies.says(mine, near_copies.shingles(other.text)):
            hit = _also_in(hit, other.id)
    return hit


def _also_in(hit: Hit, article_id: str) -> Hit:
    return hit if article_id in hit.also_in else replace(hit, also_in=(*hit.also_in, article_id))


def balance(hits: Sequence[Hit], k: int, margin: float = 0.06) -> list[Hit]:
    """The first k hits, but with at least a quarter in each language that has hits nearly as similar as the best.

    Lexical search does not find articles in the other language, and dense search prefers the question's own a little.
    `margin` is how much less similar than the best such a hit may be.
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
