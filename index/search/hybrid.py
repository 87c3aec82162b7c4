"""Hybrid search of a library: dense and lexical search over its chunks, fused, filtered and balanced by language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.articles import Hit
from index.errors import QuestionError
from index.filters import Filter
from index.search import fusion
from index.store.catalogue import Catalogue, Mask
from index.store.database import Database
from index.store.nearest import NearestChunks
from index.store.vectors import Vector
from index.store.version_cache import VersionCache
from index.text.place_names import other_names
from index.text.spelling import Bucket, bucket, respelt
from index.text.terms import query_terms, query_words

_POOL = 50
"""Chunks from each of the two searches."""

_DEEPEST = 800
"""The same at most, if near-copies of a few stories take all the places."""


@dataclass(frozen=True)
class SearchData:
    """What a search reads; `cache` is for data derived from all articles."""

    database: Database
    vectors: NearestChunks
    cache: VersionCache


def search(
    data: SearchData, question: str, vector: Vector, k: int, filter: Filter | None, prefer: Filter | None
) -> list[Hit]:
    """See `Library.search`; `vector` is the question's."""
    terms, mask = query_phrases(data, question), _mask(data, filter) if filter else None
    pool = _POOL
    while True:
        found = fused_candidates(data, vector, terms, mask, pool)
        hits = _preferred(found, prefer)
        stories = data.database.copies(sorted({hit.article.id for hit in hits}))
        distinct = fusion.fold_copies(hits, stories)
        if len(distinct) >= k or len(found) < pool or pool >= _DEEPEST:
            break
        pool *= 4  # The copies of one story have taken the others' places.
    chosen = fusion.balance(fusion.joined(distinct, k), k)
    return [_with_copies_named(data, hit, stories.get(hit.article.id, ()), filter) for hit in chosen]


def candidates_by_language(
    data: SearchData, question: str, vector: Vector, k: int, filter: Filter | None, prefer: Filter | None
) -> list[Hit]:
    """See `Library.candidates`."""
    terms, languages = query_phrases(data, question), catalogue(data).languages
    sides: list[list[Hit]] = []
    for language in languages[:2] if len(languages) > 1 else (None,):
        mask = _mask(data, filter or Filter(), language) if filter or language else None
        sides.append(_preferred(fused_candidates(data, vector, terms, mask, _POOL), prefer))
    hits = fusion.in_turn(sides)
    stories = data.database.copies(sorted({hit.article.id for hit in hits}))
    chosen = fusion.fold_copies(hits, stories)[:k]
    return [_with_copies_named(data, hit, stories.get(hit.article.id, ()), filter) for hit in chosen]


def fused_candidates(data: SearchData, vector: Vector, terms: Sequence[str], mask: Mask | None, pool: int) -> list[Hit]:
    """The hits of both searches, fused, best first."""
    words = dict(data.database.matching(terms, pool, mask))
    near = (id for id, _ in data.vectors.nearest(vector, pool, mask))
    found = data.database.chunks(list(dict.fromkeys([*near, *words])))
    # Chunks that only Chroma has are being added or removed.
    hits = [Hit(chunk, article, 0.0, float(its @ vector)) for chunk, article, its in found.values()]
    return fusion.fused(hits, words)


def query_phrases(data: SearchData, question: str) -> tuple[str, ...]:
    """The phrases of lexical search: the question's terms, their spellings in the articles, names in the other language."""

    def beginning(letter: str) -> Bucket:
        return data.cache.get(("stems", letter), lambda: bucket(data.database.terms_beginning(letter)))

    words = query_words(question)
    near = respelt(words, data.database.occurs, beginning)
    return tuple(dict.fromkeys([*query_terms(question), *near, *other_names(words)]))


def occurs(data: SearchData, word: str) -> bool:
    """See `Library.occurs`."""
    return bool(data.database.matching(query_phrases(data, word), 1))


def catalogue(data: SearchData) -> Catalogue:
    """The catalogue, cached until the library changes."""
    return data.cache.get("catalogue", data.database.catalogue)


def _preferred(hits: list[Hit], prefer: Filter | None) -> list[Hit]:
    return fusion.lift(hits, lambda hit: prefer.holds(hit.article)) if prefer else hits


def _mask(data: SearchData, filter: Filter, language: str | None = None) -> Mask:
    kept = catalogue(data)
    for source in filter.sources:
        if not kept.has_source(source):
            known = ", ".join(kept.publishers[:20]) or "none of its articles names one"
            raise QuestionError(f"No article in this library is from {source!r}. Its sources: {known}.")
    if filter.articles:  # An earlier version's id means the article.
        filter = replace(filter, articles=tuple(map(data.database.current, filter.articles)))
    return kept.mask(filter, language)


def _with_copies_named(data: SearchData, hit: Hit, story: Sequence[str], filter: Filter | None) -> Hit:
    others = (data.database.article(id) for id in story if id != hit.article.id)
    return fusion.name_copies(hit, (other for other in others if filter is None or filter.holds(other)))
