"""Where another article, or another party in the same one, gives another figure or date for what was asked: an answer shows both.

What is compared has a unit or is a date, and stands in sentences of one meaning that are about as near to the question. Whether
the other sentence answers the question at all, only a model can tell.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from llama_index.core.base.embeddings.base import BaseEmbedding

from index.terms import query_terms
from rag.answer import Answer, Citation
from rag.asking import Kind, kind_of
from rag.facts import amounts_of, dates_of, numbers_of
from rag.ranking import Candidate, likeness
from rag.speakers import two_parties

MOST = 2
"""So many other versions are shown at the most."""
_MARGIN = 0.05
_MARGIN_ABROAD = 0.15
"""An answer in the question's own language is nearer to it by about a tenth, whatever they say."""
# Cosines of pairs that differ: .94 in one language, .89 in two; of pairs that speak of two things: .80 to .89, .80 to .84.
_ALIKE = 0.90
_ALIKE_ABROAD = 0.88
_SHARED = 0.6
"""The share of the question's words that another sentence holds, beside what the cited one does."""
_ROUNDED = Decimal("0.03")
_TIME_UNITS = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})
_MONEY_UNITS = frozenset({"dollar", "euro", "pound", "franc", "yen", "mark"})
_OF_DATES = ("a year", "a month")
_YEARS = range(1500, 2101)

Values = Mapping[str, frozenset[Decimal]]
"""Amounts by their unit; those of dates have units of their own, lest a year be taken for a duration."""


def rivals(answer: Answer, candidates: Sequence[Candidate], embedding: BaseEmbedding) -> tuple[Candidate, ...]:
    """The sentences that give another figure than the answer, the likeliest first, one an article: of other articles, or of the
    cited one where another party speaks.

    They must be like the cited sentence in meaning: nothing else tells another count of the same from a count of another thing.
    """
    question = answer.standalone_question
    values = _reader(kind_of(question), question)
    key = next((c for c in candidates if _is_cited(c, answer.citations[:1])), None)
    if values is None or key is None:
        return ()
    said = values(answer.claims[0].text) or values(key.sentence.text)
    near = [(c, _differ(said, values(c.sentence.text))) for c in candidates if _near(c, key, question)]
    own = key.hit.article.id
    parties = not said.keys() & set(_OF_DATES)  # One article tells of many days.
    settled = {*key.hit.also_in, *(c.hit.article.id for c, differs in near if differs is False)} - {own}
    taken: dict[str, Candidate] = {}
    for candidate, differs in near:
        article = candidate.hit.article.id
        may = article not in settled
        if article == own:
            may = parties and two_parties(key.sentence.text, candidate.sentence.text)
        if differs and may:
            taken.setdefault(article, candidate)
    return _alike(key, tuple(taken.values()), embedding)[:MOST]


def _alike(key: Candidate, others: tuple[Candidate, ...], embedding: BaseEmbedding) -> tuple[Candidate, ...]:
    if not others:
        return ()
    alike = likeness([other.sentence for other in others], embedding)
    language = key.hit.article.language
    least = {other: _ALIKE if other.hit.article.language == language else _ALIKE_ABROAD for other in others}
    return tuple(other for other in others if alike(key.sentence.text, other.sentence) >= least[other])


def _reader(kind: Kind, question: str) -> Callable[[str], Values] | None:
    """What reads the values of a kind from a text, without those that the question brought; None for other kinds."""
    asked = frozenset().union(*numbers_of(question))
    if kind in ("date", "month"):
        months = dates_of(question)
        return lambda text: _without(_dates(text, months), asked)
    units = {"duration": _TIME_UNITS, "money": _MONEY_UNITS, "number": None}
    if kind not in units:
        return None
    wanted = units[kind]
    return lambda text: _without({u: v for u, v in amounts_of(text).items() if wanted is None or u in wanted}, asked)


def _dates(text: str, known: frozenset[str]) -> Values:
    years = frozenset(n for readings in numbers_of(text) for n in readings if n == n.to_integral() and n in _YEARS)
    months = frozenset(Decimal(d.split()[1]) for d in dates_of(text) - known if d.startswith("month"))
    return dict(zip(_OF_DATES, (years, months), strict=True))


def _without(values: Values, known: frozenset[Decimal]) -> Values:
    left = {unit: numbers - known for unit, numbers in values.items()}
    return {unit: numbers for unit, numbers in left.items() if numbers}


def _differ(mine: Values, theirs: Values) -> bool | None:
    """Whether two texts give other values; None if they give none of the same unit.

    A sentence may hold several amounts: one unit in common with a value in common is agreement enough. Dates must agree
    in all that both give.
    """
    unlike = [not _same(mine[unit], theirs[unit]) for unit in mine.keys() & theirs.keys()]
    if not unlike:
        return None
    return any(unlike) if mine.keys() & set(_OF_DATES) else all(unlike)


def _same(mine: frozenset[Decimal], theirs: frozenset[Decimal]) -> bool:
    return any(_rounds_to(a, b) or _rounds_to(b, a) for a in mine for b in theirs)


def _rounds_to(exact: Decimal, other: Decimal) -> bool:
    """Whether a number is the other one, or is called so for short: 12,345 people are "12,000"."""
    shorter = len(other.as_tuple().digits) < len(exact.as_tuple().digits)
    return exact == other or (shorter and abs(exact - other) <= _ROUNDED * abs(exact))


def _near(candidate: Candidate, key: Candidate, question: str) -> bool:
    """Whether a sentence is about as near to the question as the cited one."""
    abroad = candidate.hit.article.language != key.hit.article.language
    if candidate.nearness < key.nearness - (_MARGIN_ABROAD if abroad else _MARGIN):
        return False
    if abroad:
        return True  # Words of two languages cannot be compared.
    asked = frozenset(query_terms(question))
    return len(asked & _words(candidate)) >= _SHARED * len(asked & _words(key))


def _words(candidate: Candidate) -> frozenset[str]:
    return frozenset(query_terms(f"{candidate.hit.article.title} {candidate.sentence.text}"))


def _is_cited(candidate: Candidate, citations: Sequence[Citation]) -> bool:
    place = (candidate.hit.article.id, candidate.sentence.start, candidate.sentence.end)
    return any(place == (citation.article_id, citation.start, citation.end) for citation in citations)
