"""Open questions answered from whole sentences: code selects those that cover most, and groups them as the form asks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from index.articles import Article
from index.text.terms import query_terms
from rag.answer import Form
from rag.reader.runtime import PassageText, Reader, Reading
from rag.retrieve.evidence import Passage, Quote
from rag.verify.dates import Day, dates, whole_day
from rag.verify.names import name_words, names
from rag.write.claim_lines import Line, when

OPEN: frozenset[Form] = frozenset({"list", "count", "why", "comparison", "timeline", "positions", "summary"})
"""Forms that one sentence does not answer."""
_SENTENCES: dict[Form, int] = {"why": 8, "summary": 8, "count": 6}
_MOST = 10
_WEIGHTS = (0.26, 0.22, 0.16, 0.17, 0.17, 0.17)
"""Of a passage's rank, that it answers, that the words which answer stand in the sentence, its place in the article, the
share of the question's words that it has, and its length. Fitted by logistic regression to the vital sentences of 84 open
questions about the training stories; on half of two other sets they raise the vital facts among eight sentences from .63 to .71.
"""
_TELLING: dict[Form, re.Pattern[str]] = {"positions": re.compile('[“"«]'), "timeline": re.compile(r"\d")}
_TELLING_WEIGHT = 0.2
"""What a sentence of such an answer likely has: somebody's own words, or a day. Chosen on the same questions."""
_LEANING = re.compile(
    r"[“\"«\s]*(?:he|she|it|they|his|her|its|their|this|that|these|those"
    r"|il|elle|ils|elles|son|sa|ses|leur|leurs|ce|cela|cette|ces)\b",
    re.IGNORECASE,
)
_LEANING_COST = 0.8
"""A sentence that opens with a pronoun seems to speak of the sentence that it is put behind. With this, .02 of those chosen do
so instead of .10, and the vital facts among ten are as many.
"""
_NAMED = 0.5
"""For an article with all the names of the question: of the sentences chosen for 84 open questions among 1,176 articles, .80 are
then of the story asked about, instead of .76.
"""
_NEARLY = 0.3
_SAME = 0.6
"""The share of their words that two sentences have in common if they report the same."""
_ASKED = {"en": "Who says this?", "fr": "Qui le dit ?"}
_SPOKEN = 0.5
"""How likely a sentence must name a speaker for it to stand under that name."""
_LONGEST_NAME = 8
_WEEK = 7


@dataclass(frozen=True)
class Ranked:
    """A sentence that can be cited, and how much it is worth to the answer; only comparable within one question."""

    quote: Quote
    worth: float


def outline(
    question: str, form: Form, language: str, reading: Reading, passages: Sequence[Passage], reader: Reader
) -> list[Line]:
    """The sentences of an open answer, as lines in the order in which they are numbered."""
    chosen = _distinct(ranked(question, form, reading, passages), _SENTENCES.get(form, _MOST))
    lines = [_line(quotes) for quotes in chosen]
    if form == "timeline":
        return sorted((replace(line, day=day_of(line.quotes[0])) for line in lines), key=when)
    if form == "comparison":
        return _by_side(question, lines)
    if form == "positions":
        return _by_speaker(lines, language, reader)
    if form == "summary":
        return _as_told(lines)
    return lines


def ranked(question: str, form: Form, reading: Reading, passages: Sequence[Passage]) -> list[Ranked]:
    """The sentences of the articles that are about it, the one worth most first."""
    about = _about(reading, passages)
    quotes = [
        (passage, sentence)
        for passage in passages
        for sentence in passage.sentences
        if not sentence.instruction and passage.article.id in about
    ]
    if not quotes:
        return []
    spans = [0.0] * len(quotes)
    for span in reading.spans:
        start = passages[span.passage].start + span.start
        for n, (passage, sentence) in enumerate(quotes):
            if passage is passages[span.passage] and sentence.start <= start < sentence.end:
                spans[n] = max(spans[n], span.probability)
    asked = frozenset(query_terms(question))
    features: list[Sequence[float]] = [
        [1 / (passage.number + 2) for passage, _ in quotes],
        [reading.passages[passage.number - 1] for passage, _ in quotes],
        spans,
        [1 / (sentence.n + 1) for _, sentence in quotes],
        [len(asked & frozenset(query_terms(sentence.text))) for _, sentence in quotes],
        [len(sentence.text) for _, sentence in quotes],
    ]
    weights = list(_WEIGHTS)
    if telling := _TELLING.get(form):
        features.append([bool(telling.search(sentence.text)) for _, sentence in quotes])
        weights.append(_TELLING_WEIGHT)
    worth = np.asarray([w * _standardized(values) for w, values in zip(weights, features, strict=True)]).sum(axis=0)
    worth += _NAMED * np.asarray([_named(question, passage.article) for passage, _ in quotes])
    worth -= _LEANING_COST * np.asarray([bool(_LEANING.match(sentence.text)) for _, sentence in quotes])
    order = np.argsort(-worth, kind="stable")
    return [Ranked(quotes[n], float(worth[n])) for n in order]


def _named(question: str, article: Article) -> float:
    """The share of the question's names, word by word, that an article has."""
    asked = name_words(question)
    return len(asked & name_words(f"{article.title}. {article.text}")) / max(1, len(asked))


def _about(reading: Reading, passages: Sequence[Passage]) -> frozenset[str]:
    """The articles with a passage that answers nearly as likely as the best one."""
    least = min(_NEARLY * max(reading.passages, default=0.0), 0.5)
    return frozenset(p.article.id for p in passages if reading.passages[p.number - 1] >= least)


def _standardized(values: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    standardized: NDArray[np.float64] = (array - array.mean()) / (array.std() + 1e-6)
    return standardized


def _distinct(sentences: Sequence[Ranked], most: int) -> list[tuple[Quote, ...]]:
    """The best sentences; one that reports what a better one does is cited with it."""
    chosen: list[tuple[Quote, ...]] = []
    terms: list[frozenset[str]] = []
    for each in sentences:
        mine = frozenset(query_terms(each.quote[1].text))
        same = next((n for n, theirs in enumerate(terms) if _alike(mine, theirs)), None)
        if same is not None:
            if each.quote[0].article.id not in {passage.article.id for passage, _ in chosen[same]}:
                chosen[same] += (each.quote,)
        elif len(chosen) < most:
            chosen.append((each.quote,))
            terms.append(mine)
    return chosen


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME * max(1, len(one | other))


def _line(quotes: tuple[Quote, ...]) -> Line:
    return Line(quotes[0][1].text, quotes, quoted=True)


def day_of(quote: Quote) -> str | None:
    """The day that a sentence tells of, as exact as it says; None where it names none."""
    passage, sentence = quote
    printed = whole_day((passage.article.published or "")[:10])
    told = _likely_readings(dates(sentence.text, passage.article.language, printed), printed)
    past = [iso for iso in told if whole_day(iso) and (printed is None or iso <= printed.isoformat())]
    if past:
        return max(past)
    whole = [iso for iso in told if iso[:4].isdigit() and "W" not in iso and "X" not in iso]
    return min(whole, default=None)


def _likely_readings(told: Sequence[Day], printed: date | None) -> list[str]:
    """Each date once: of a day or month without a year the nearest to the article's own, of a weekday rather the last one."""
    readings: dict[tuple[int, int], list[str]] = {}
    for day in told:
        readings.setdefault((day.start, day.end), []).append(day.iso)

    def distance(iso: str) -> int:
        day = whole_day(iso) or whole_day(f"{iso}-15")
        if day is None or printed is None:
            return 0
        return (printed - day).days if day <= printed else (day - printed).days + _WEEK

    return [min(one, key=distance) for one in readings.values()]


def is_told_on(quotes: Sequence[Quote], day: str) -> bool:
    """Whether the quotes, or the days that their articles were printed, give this day, month or year (ISO)."""
    for passage, sentence in quotes:
        printed = whole_day((passage.article.published or "")[:10])
        known = [told.iso for told in dates(sentence.text, passage.article.language, printed)]
        if any(iso.startswith(day) for iso in [*known, passage.article.published or ""]):
            return True
    return False


def _by_side(question: str, lines: Sequence[Line]) -> list[Line]:
    """Each line under the side that it tells of: one that the question names, else the one that its article is about."""
    sides = list(dict.fromkeys(name.text for name in names(question)))
    if len(sides) < 2:
        return list(lines)
    return _grouped([replace(line, group=_side(line.quotes[0], sides)) for line in lines])


def _side(quote: Quote, sides: Sequence[str]) -> str | None:
    passage, sentence = quote
    for text in (sentence.text, passage.text, f"{passage.article.title} {passage.article.text}"):
        named = [side for side in sides if side.casefold() in text.casefold()]
        if len(named) == 1:
            return named[0]
        if named and text == sentence.text:
            return None
    return None


def _by_speaker(lines: Sequence[Line], language: str, reader: Reader) -> list[Line]:
    """Each line under the one whose words it tells, where the reader finds one in it."""
    if not lines:
        return []
    asked = _ASKED.get(language, _ASKED["en"])
    reading = reader.read(asked, [PassageText("", line.said) for line in lines])
    speakers: dict[int, str] = {}
    for span in reading.spans:
        words = " ".join(lines[span.passage].said[span.start : span.end].split()).strip(" ,.;:«»“”\"'")
        named = names(words) and len(words.split()) <= _LONGEST_NAME
        if named and reading.passages[span.passage] >= _SPOKEN:
            speakers.setdefault(span.passage, words)
    return _grouped([replace(line, speaker=speakers.get(n), group=speakers.get(n)) for n, line in enumerate(lines)])


def _as_told(lines: Sequence[Line]) -> list[Line]:
    """Article by article, the first where the best sentence is, each in its own order."""
    articles = list(dict.fromkeys(line.quotes[0][0].article.id for line in lines))
    return sorted(lines, key=lambda line: (articles.index(line.quotes[0][0].article.id), line.quotes[0][1].start))


def _grouped(lines: Sequence[Line]) -> list[Line]:
    """The lines with those of a group together, groups in the order of their first line, lines without one last."""
    groups = list(dict.fromkeys(line.group for line in lines))
    key: Callable[[Line], tuple[bool, int]] = lambda line: (line.group is None, groups.index(line.group))  # noqa: E731
    return sorted(lines, key=key)
