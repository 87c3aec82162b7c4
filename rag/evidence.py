"""Evidence: the few sentences of the articles that an answer may rest on, as numbered passages."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.articles import Article, Hit, Sentence
from rag.answer import Citation
from rag.ranking import Candidate, is_evidence

MAX_CHARACTERS = 1_000
"""Together, every chosen sentence, unless a model can be told less."""
_OTHER_LANGUAGES = 2
"""So many sentences are taken from articles in other languages than most, if they come about as near to the question."""
_MARGIN = 0.06
# Who or what is meant stands in the sentence before.
_POINTS_BACK = re.compile(
    r"\W*(?:he|she|it|they|his|her|its|their|this|that|these|those|such|il|elle|ils|elles|ce|cet|cette|ces|cela|celui|celle|son|"
    r"sa|ses|leur|leurs)\b(?!['’-]\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Passage:
    """Consecutive sentences of an article. `similarity` is the cosine of their chunk to the question.

    `body` holds every sentence of the article but headings: a statement may rest on those that the model was not shown.
    """

    number: int
    article: Article
    sentences: tuple[Sentence, ...]
    similarity: float
    also_in: tuple[str, ...] = ()
    body: tuple[Sentence, ...] = ()

    @property
    def text(self) -> str:
        return self.article.text[self.sentences[0].start : self.sentences[-1].end]


def choose(
    candidates: Sequence[Candidate],
    sentences_of: Callable[[Article], Sequence[Sentence]],
    characters: int = MAX_CHARACTERS,
) -> tuple[Passage, ...]:
    """The likeliest sentences that fit, as passages: article by article, the best article first, in reading order."""
    by_article: dict[str, list[Candidate]] = {}
    for candidate in _fitting(candidates, characters):
        by_article.setdefault(candidate.hit.article.id, []).append(candidate)
    passages: list[Passage] = []
    for chosen in by_article.values():
        sentences = sentences_of(chosen[0].hit.article)
        body = tuple(s for s in sentences if is_evidence(s))
        orders = frozenset(s.n for s in sentences if s.instruction)
        passages += [replace(p, number=n) for n, p in enumerate(_runs(chosen, body, orders), start=len(passages) + 1)]
    return tuple(passages)


def remaining(candidates: Sequence[Candidate], passages: Sequence[Passage]) -> list[Candidate]:
    """The candidates whose sentences stand in none of the passages."""
    taken = {(passage.article.id, sentence.n) for passage in passages for sentence in passage.sentences}
    return [c for c in candidates if (c.hit.article.id, c.sentence.n) not in taken]


def _fitting(candidates: Sequence[Candidate], characters: int) -> list[Candidate]:
    """The best that fit together, with a place for the nearest in other languages: words cannot speak for those."""
    if not candidates:
        return []
    own = candidates[0].hit.article.language
    floor = max(candidate.nearness for candidate in candidates) - _MARGIN
    others = [c for c in candidates if c.hit.article.language != own and c.nearness >= floor]
    others = sorted(others, key=lambda candidate: -candidate.nearness)[:_OTHER_LANGUAGES]
    room = characters - sum(len(candidate.sentence.text) for candidate in others)
    chosen: list[Candidate] = []
    for candidate in candidates:
        if candidate in others:
            continue
        room -= len(candidate.sentence.text)
        if chosen and room < 0:
            break
        chosen.append(candidate)
    return chosen + others


def _runs(chosen: Sequence[Candidate], body: tuple[Sentence, ...], orders: frozenset[int]) -> list[Passage]:
    """The chosen sentences of one article, joined where they follow each other and none of the orders stands between."""
    place = {sentence.n: at for at, sentence in enumerate(body)}
    hits = {place[candidate.sentence.n]: candidate.hit for candidate in chosen}
    for at in sorted(hits):
        if at > 0 and _POINTS_BACK.match(body[at].text):
            hits.setdefault(at - 1, hits[at])
    passages: list[Passage] = []
    run: list[int] = []
    for at in sorted(hits):
        if run and at == run[-1] + 1 and orders.isdisjoint(range(body[run[-1]].n, body[at].n)):
            run.append(at)
            passages.pop()
        else:
            run = [at]
        first = hits[run[0]]
        similarity = max(hits[n].similarity for n in run)
        passages.append(Passage(0, first.article, tuple(body[n] for n in run), similarity, first.also_in, body))
    return passages


def alone(candidate: Candidate) -> tuple[Passage, Sentence]:
    """A candidate as a passage of one sentence, and that sentence."""
    hit = candidate.hit
    return Passage(1, hit.article, (candidate.sentence,), hit.similarity, hit.also_in), candidate.sentence


def among(passages: Sequence[Passage], candidate: Candidate) -> tuple[Passage, Sentence]:
    """A candidate where it stands among the passages, or alone where it does not."""
    sentence, article = candidate.sentence, candidate.hit.article
    return next(
        ((passage, sentence) for passage in passages if passage.article == article and sentence in passage.sentences),
        alone(candidate),
    )


def cite(passage: Passage, start: int, end: int, marker: int = 0) -> Citation:
    """The citation of `passage.article.text[start:end]`; everything it says comes from the library."""
    article = passage.article
    return Citation(
        marker=marker,
        article_id=article.id,
        title=article.title,
        publisher=article.publisher,
        author=article.author,
        url=article.url,
        published=article.published,
        language=article.language,
        quote=article.text[start:end],
        start=start,
        end=end,
        also_in=passage.also_in,
    )


def nearest(hits: Sequence[Hit], k: int = 3) -> tuple[Citation, ...]:
    """What search found, for a reader who is told that the articles do not say, or while an answer is being written."""
    return tuple(
        cite(Passage(0, hit.article, (), hit.similarity, hit.also_in), hit.chunk.start, hit.chunk.end)
        for hit in hits[:k]
    )
