"""Evidence for a model that writes: passages from several searches, with the sentences around them. Pure functions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from index.articles import Article, Hit, Sentence
from rag.retrieve.evidence import Passage

_WHOLE = 2_400
"""Code points: a shorter article is read whole."""
_AROUND = 300
"""So far before and after what search found the sentences are read as well."""
_PASSAGE = 700
"""Code points that one numbered passage has at most, unless a single sentence is longer."""


@dataclass
class _Gathered:
    article: Article
    sentences: Sequence[Sentence]
    chosen: set[int] = field(default_factory=set)
    also_in: tuple[str, ...] = ()


def gathered(
    searches: Sequence[Sequence[Hit]], sentences_of: Callable[[Article], Sequence[Sentence]], characters: int
) -> tuple[Passage, ...]:
    """Passages of at most so many code points in all: the best of each search in turn, article by article, numbered from 1."""
    articles: dict[str, _Gathered] = {}
    left = characters
    for hit in _in_turn(searches):
        if hit.article.id not in articles:
            articles[hit.article.id] = _Gathered(hit.article, sentences_of(hit.article))
        one = articles[hit.article.id]
        one.also_in = one.also_in or hit.also_in
        new = [s for s in one.sentences if not s.heading and s.n not in one.chosen and _near(s, hit)]
        size = sum(s.end - s.start for s in new)
        if size > left:
            break
        one.chosen |= {sentence.n for sentence in new}
        left -= size
    runs = [(one, run) for one in articles.values() for run in _runs(one)]
    return tuple(
        Passage(number, one.article, run[0].start, run[-1].end, tuple(run), one.also_in)
        for number, (one, run) in enumerate(runs, 1)
    )


def _in_turn(searches: Sequence[Sequence[Hit]]) -> Iterator[Hit]:
    seen: set[str] = set()
    for n in range(max(map(len, searches), default=0)):
        for hits in searches:
            if n < len(hits) and hits[n].chunk.id not in seen:
                seen.add(hits[n].chunk.id)
                yield hits[n]


def _near(sentence: Sentence, hit: Hit) -> bool:
    if len(hit.article.text) <= _WHOLE:
        return True
    return sentence.end > hit.chunk.start - _AROUND and sentence.start < hit.chunk.end + _AROUND


def _runs(one: _Gathered) -> Iterator[list[Sentence]]:
    """The chosen sentences in pieces: each of neighbours, and not longer than a passage."""
    chosen = [sentence for sentence in one.sentences if sentence.n in one.chosen]
    body = [sentence.n for sentence in one.sentences if not sentence.heading]
    place = {n: at for at, n in enumerate(body)}
    for _, neighbours in groupby(enumerate(chosen), key=lambda pair: place[pair[1].n] - pair[0]):
        run: list[Sentence] = []
        for _, sentence in neighbours:
            if run and sentence.end - run[0].start > _PASSAGE:
                yield run
                run = []
            run.append(sentence)
        yield run
