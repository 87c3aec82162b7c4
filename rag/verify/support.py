"""Support: the sentences on which a statement rests, by the reader's judgement and the vetoes of code."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from index.text.terms import query_terms
from rag.reader.inputs import head
from rag.reader.runtime import PassageText, Reader, Verdict
from rag.retrieve.evidence import Passage, Quote
from rag.verify.names import names
from rag.verify.vetoes import Evidence, vetoes

Judgement = Literal["supported", "contradicted", "neither"]
Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike in meaning a statement and some sentences are, in any languages: cosines."""

_SINGLE = 6
"""So many sentences are held against a statement, the likeliest ones."""
_PAIRS = 3
"""Of these, so many also together with the sentence before them, which may name who "she" is."""
_CONTEXT = 2
"""So many sentences before the quote may show a name."""
_VETTED = 4
"""So many of the likeliest sentences and pairs are looked at by code as well."""
_CLEARLY_NOT = 0.3
"""Below this probability of support the reader does not doubt: no model is asked for its opinion."""
_FEW = 48
"""Of more sentences than this, only those in the passages named and those with most words of the statement are compared."""
_RELATED = 0.84
"""Cosine from which on a sentence can exclude a statement: of 150 contradicting pairs .95 in one language and .85 across have
it, of random pairs .1."""
_CITED_FIRST = 0.1
"""Added to the likeness of sentences in the passages that a model named for its statement."""


@dataclass(frozen=True)
class Support:
    """What the sentences say of a statement. `quotes` are those that decide, at most three; none where nothing does.

    `probability` is that of the judgement. `doubtful` if the reader neither found support
    nor excluded it, and no veto stands: only then may a language model be asked for its opinion. `vetoed` says what code missed.
    """

    judgement: Judgement
    probability: float
    quotes: tuple[Quote, ...] = ()
    doubtful: bool = False
    vetoed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Judged:
    quotes: tuple[Quote, ...]
    verdict: Verdict
    vetoed: tuple[str, ...]
    related: bool


def support(
    statement: str, passages: Sequence[Passage], reader: Reader, alike: Likeness, numbers: Sequence[int] = ()
) -> Support:
    """Hold a statement against the likeliest sentences of the passages, one by one and in pairs.

    `numbers` are the passages that a model named for it: a hint, nothing more.
    """
    evidence = _likeliest(statement, passages, alike, numbers)
    if not evidence:
        return Support("neither", 1.0)
    verdicts = reader.verify([(statement, _text(quotes)) for quotes, _ in evidence])
    ordinary = frozenset(word for passage in passages for word in re.findall(r"\b[^\W\d_A-ZÀ-Þ]\w*", passage.text))
    likeliest = sorted(verdict.supported for verdict in verdicts)[-_VETTED:]
    judged = [
        _Judged(
            quotes,
            verdict,
            _vetoed(statement, quotes, ordinary) if verdict.supported >= likeliest[0] else (),
            likeness >= _RELATED and _shares_names(statement, quotes),
        )
        for (quotes, likeness), verdict in zip(evidence, verdicts, strict=True)
    ]
    return _decided(judged, reader, likeliest[0])


def judge(statement: str, evidence: str, language: str, published: str | None, title: str, reader: Reader) -> Judgement:
    """The judgement on a statement and one piece of evidence, outside any library."""
    (verdict,) = reader.verify([(statement, PassageText(head(published, title), evidence))])
    found = vetoes(statement, [Evidence(evidence, language, published, title)])
    if verdict.supported >= reader.thresholds.supported and not found:
        return "supported"
    return "contradicted" if verdict.contradicted >= reader.thresholds.contradicted else "neither"


def _decided(judged: Sequence[_Judged], reader: Reader, vetted: float) -> Support:
    """The judgement of all that was held against a statement; only what is at least as likely as `vetted` may support it."""
    allowed = [j for j in judged if not j.vetoed and j.verdict.supported >= vetted]
    best = max(allowed, key=lambda j: (j.verdict.supported, -len(j.quotes)), default=None)
    against = max((j for j in judged if j.related), key=lambda j: j.verdict.contradicted, default=None)
    if best and best.verdict.supported >= reader.thresholds.supported:
        single = [j for j in allowed if len(j.quotes) == 1 and j.verdict.supported >= reader.thresholds.supported]
        chosen = max(single, key=lambda j: j.verdict.supported, default=best)
        return Support("supported", best.verdict.supported, chosen.quotes)
    if against and against.verdict.contradicted >= reader.thresholds.contradicted:
        return Support("contradicted", against.verdict.contradicted, against.quotes, vetoed=against.vetoed)
    doubtful = best is not None and best.verdict.supported >= _CLEARLY_NOT
    nearest = best or max(judged, key=lambda j: j.verdict.supported)
    return Support("neither", nearest.verdict.neither, nearest.quotes, doubtful, nearest.vetoed)


def _likeliest(
    statement: str, passages: Sequence[Passage], alike: Likeness, numbers: Sequence[int]
) -> list[tuple[tuple[Quote, ...], float]]:
    """The sentences, and pairs of neighbours, that may decide on a statement, the likeliest first, with their likeness."""
    quotes = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    if not quotes:
        return []
    words = frozenset(query_terms(statement))
    if len(quotes) > _FEW:
        quotes.sort(key=lambda quote: -_shared(words, quote) - (quote[0].number in numbers))
        quotes = quotes[:_FEW]
    near = alike(statement, [sentence.text for _, sentence in quotes])

    def fit(at: int) -> float:
        return near[at] + 0.2 * _shared(words, quotes[at]) + _CITED_FIRST * (quotes[at][0].number in numbers)

    order = sorted(range(len(quotes)), key=fit, reverse=True)[:_SINGLE]
    single: list[tuple[tuple[Quote, ...], float]] = [((quotes[at],), near[at]) for at in order]
    pairs = [(pair, near[at]) for at in order[:_PAIRS] if (pair := _with_previous(quotes[at]))]
    return single + pairs


def _shares_names(statement: str, quotes: Sequence[Quote]) -> bool:
    """Whether the article has one of the names of the statement, if that has any: else it is about something else."""
    article = quotes[0][0].article
    named = [name.text.casefold() for name in names(statement) if not name.opens]
    told = f"{article.title} {article.text}".casefold()
    return not named or any(name in told for name in named)


def _shared(words: frozenset[str], quote: Quote) -> float:
    """The share of the words that a sentence has."""
    return len(words & frozenset(query_terms(quote[1].text))) / max(1, len(words))


def _with_previous(quote: Quote) -> tuple[Quote, ...] | None:
    """A sentence with the one before it in its passage, which may say who or what is meant."""
    passage, sentence = quote
    before = [s for s in passage.sentences if s.n < sentence.n]
    return ((passage, before[-1]), quote) if before else None


def _text(quotes: Sequence[Quote]) -> PassageText:
    article = quotes[0][0].article
    return PassageText(head(article.published, article.title), " ".join(sentence.text for _, sentence in quotes))


def _vetoed(statement: str, quotes: Sequence[Quote], ordinary: frozenset[str]) -> tuple[str, ...]:
    """What code finds in the statement that the quotes lack; sentences shortly before them may say who is meant."""
    passage, first = quotes[0]
    article = passage.article
    before = " ".join(s.text for s in passage.sentences if 0 < first.n - s.n <= _CONTEXT)
    evidence = [Evidence(s.text, article.language, article.published, article.title, before) for _, s in quotes]
    return tuple(veto.message for veto in vetoes(statement, evidence, ordinary.__contains__))
