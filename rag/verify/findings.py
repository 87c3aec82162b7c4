"""What the reader found: sentences that answer, and which of them say the same or something else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.articles import Sentence
from index.text.terms import fold, is_function_word, query_terms
from rag.reader.runtime import Reading
from rag.retrieve.evidence import Passage, Quote
from rag.verify.allowed import equal
from rag.verify.compare import dates_of, numbers_of, same_day
from rag.verify.dates import Day, whole_day
from rag.verify.names import name_words
from rag.verify.numbers import Amount
from rag.verify.units import compatible

_WORD = re.compile(r"\w+(?:[.,’']\w+|[\u00a0\u202f]\d{3}(?!\d))*")
_NOUN = re.compile(r"[ \u00a0-](?:d['’]|de )?([^\W\d_]{2,})")
_SAME_WORDS = 0.5
"""The share of the shorter answer's words that the other has, if the two say the same."""
_AGREES = 0.3
"""How likely a passage must answer on its own to be cited beside the best."""
_OWN_LANGUAGE = 0.4
"""An article in the question's language leads if it says the same and is so much as likely as the best."""
_COMPARABLE = 0.3
"""A newer article supersedes if it is so much as likely as the best."""
_DISTANT = 0.02
"""What is less likely, beside the best, neither agrees nor differs. On the calibration stories, among 1,176 articles, this and a
name in common raise the share of true differences among those found from .03 to .32, and keep .5 of them instead of .83.
"""
_RIVAL = 0.1
"""What differs is another answer if it is so much as likely as the best."""
_NOT_FAR = 0.2
"""A sentence is not far behind the best if it is so much as likely. Of answers that the reader is less than .7 sure of on the
calibration stories, the best alone is right for .50, with the second, shown in .45 of the cases, .63."""
_COUNT_WORDS = 3
_COUNTED = {"", "people", "job"}
"""Units that count and do not measure."""
_TOGETHER_DAYS = 3
"""Articles printed within so many days tell of one state of things: where they differ, neither supersedes."""


@dataclass(frozen=True)
class Finding:
    """A sentence that may answer. `words` are the article's, at `span` (code points in the article's text).

    `probability` is that of the words among all passages, `alone` that the passage answers at all.
    """

    passage: Passage
    sentence: Sentence
    words: str
    span: tuple[int, int]
    probability: float
    alone: float

    @property
    def quote(self) -> Quote:
        return self.passage, self.sentence

    @property
    def printed(self) -> date | None:
        return whole_day((self.passage.article.published or "")[:10])


@dataclass(frozen=True)
class Answers:
    """The best finding, those of other sentences that say the same, and those of other articles that say otherwise.

    `at_another_time` says otherwise in an article printed days before or after. `second` is the next best sentence, if it is not
    far behind: what was asked for may be there instead.
    """

    best: Finding
    agreeing: tuple[Finding, ...]
    differing: tuple[Finding, ...]
    second: Finding | None = None
    at_another_time: Finding | None = None


def findings(reading: Reading, passages: Sequence[Passage]) -> list[Finding]:
    """The sentences that hold the reader's words, each once with its likeliest words, best first."""
    found: dict[tuple[str, int], Finding] = {}
    for span in reading.spans:
        passage = passages[span.passage]
        start, end = passage.start + span.start, passage.start + span.end
        sentence = next((s for s in passage.sentences if s.start < end and start < s.end), None)
        if sentence is None:
            continue
        start, end = _whole_words(passage.article.text, max(start, sentence.start), min(end, sentence.end), sentence)
        if start == end:
            continue
        key = passage.article.id, sentence.n
        alone = reading.passages[span.passage]
        words = passage.article.text[start:end]
        finding = Finding(passage, sentence, words, (start, end), span.probability, alone)
        if key in found:  # Two spans of one sentence: its probability is that of either.
            finding = replace(found[key], probability=found[key].probability + span.probability)
        found[key] = finding
    return sorted(found.values(), key=lambda finding: -finding.probability)


def _whole_words(text: str, start: int, end: int, sentence: Sentence) -> tuple[int, int]:
    """The span without white space around it, and with all of the words and numbers that it cuts."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    for word in _WORD.finditer(text, sentence.start, sentence.end):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return start, end


def weighed(found: Sequence[Finding], language: str, rival: float) -> Answers:
    """Which finding leads, and what the others say of it.

    Only passages of one story agree or differ. From `rival` on, one that answers on its own with another amount or day of the
    same kind differs. Where articles
    were printed days apart, the newest supersedes; where they were printed together, they stand side by side.
    """
    near = [f for f in found if f.probability >= _DISTANT * found[0].probability and _one_story(found[0], f)]
    best = _newest(found[0], [f for f in near if f.alone >= rival and differ(found[0], f)])
    same = [f for f in near if f is not best and f.alone >= _AGREES and says_the_same(best, f)]
    own = next((f for f in [best, *same] if f.passage.article.language == language), best)
    if own is not best and own.probability >= _OWN_LANGUAGE * best.probability:
        same = [best, *(f for f in same if f is not own)]
        best = own
    agreeing = _one_an_article(same, {best.passage.article.id})
    told = {f.passage.article.id for f in (best, *agreeing)}
    rivals = [f for f in near if f.alone >= rival and f.probability >= _RIVAL * best.probability]
    others = [f for f in rivals if differ(best, f) and not _days_apart(best, f)]
    behind = [f for f in found if f is not best and not says_the_same(best, f) and not differ(best, f)]
    second = next((f for f in behind if f.probability >= _NOT_FAR * best.probability), None)
    dated = next((f for f in rivals if differ(best, f) and _days_apart(best, f)), None)
    return Answers(best, tuple(agreeing), tuple(_one_an_article(others, told)), second, dated)


def _one_story(one: Finding, other: Finding) -> bool:
    """Whether two passages are of one article or have a name in common, as far as both have names."""
    if one.passage.article.id == other.passage.article.id:
        return True
    mine, theirs = (name_words(f"{f.passage.article.title}. {f.passage.text}") for f in (one, other))
    return bool(mine & theirs) or not (mine and theirs)


def _newest(best: Finding, rivals: Sequence[Finding]) -> Finding:
    """The latest of those that are about as likely as the best and were printed days after it; the best where none was."""
    later = [
        f
        for f in rivals
        if f.probability >= _COMPARABLE * best.probability and _days_apart(best, f) and _day(f) > _day(best)
    ]
    return max(later, key=_day, default=best)


def _days_apart(one: Finding, other: Finding) -> bool:
    """Whether two articles were printed so far apart that the later one knows more."""
    first, second = one.printed, other.printed
    return bool(first and second) and abs(_day(one) - _day(other)) > _TOGETHER_DAYS


def _day(finding: Finding) -> int:
    """The day its article was printed, counted from year one; 0 where that is unknown."""
    return finding.printed.toordinal() if finding.printed else 0


def _one_an_article(found: Sequence[Finding], told: set[str]) -> list[Finding]:
    """The first finding of each article that is not among those told."""
    first: dict[str, Finding] = {}
    for finding in found:
        if finding.passage.article.id not in told:
            first.setdefault(finding.passage.article.id, finding)
    return list(first.values())


def says_the_same(one: Finding, other: Finding) -> bool:
    """Whether the words of two findings give one answer: the same number or date, or enough words in common."""
    mine, theirs = _numbers(one), _numbers(other)
    if mine and theirs:
        return any(equal(a, b) for a in mine for b in theirs)
    days, other_days = _dates(one), _dates(other)
    if days and other_days:
        return same_day(days, other_days)
    if mine or theirs:
        return False
    words, other_words = frozenset(query_terms(one.words)), frozenset(query_terms(other.words))
    shorter = min(len(words), len(other_words))
    return bool(shorter) and len(words & other_words) >= _SAME_WORDS * shorter


def differ(one: Finding, other: Finding) -> bool:
    """Whether two findings give different amounts of one unit, different counts, or different days.

    What is counted may be named in another language, or be named before: both answer one question.
    """
    pairs = [(a, b) for a in _counted(one) for b in _counted(other) if a.unit and b.unit and compatible(a.unit, b.unit)]
    if pairs:
        return not any(equal(a, b) for a, b in pairs)
    count, other_count = _count(one), _count(other)
    if count and other_count:
        return not equal(count, other_count)
    days, other_days = _dates(one), _dates(other)
    return bool(days and other_days and not same_day(days, other_days))


def _count(finding: Finding) -> Amount | None:
    """The number that the answer's few words are, if it counts things and measures nothing: "347 babies", « 312 »."""
    numbers = numbers_of(finding.words, finding.passage.article.language)
    counts = len(numbers) == 1 and numbers[0].unit in _COUNTED and not _dates(finding)
    return replace(numbers[0], unit="") if counts and len(finding.words.split()) <= _COUNT_WORDS else None


def _numbers(finding: Finding) -> list[Amount]:
    """The numbers of the answer's words, with the unit that may stand behind them in the sentence."""
    text, end = _from(finding), len(finding.words)
    return [one for one in numbers_of(text, finding.passage.article.language) if one.start < end]


def _counted(finding: Finding) -> list[Amount]:
    """The same; of a number without a unit, what is counted is the unit: the noun behind it, in the singular."""
    text = _from(finding)
    nouns = ((one, _NOUN.match(text, one.end)) for one in _numbers(finding))
    return [replace(one, unit=one.unit or (_singular(noun[1]) if noun else "")) for one, noun in nouns]


def _singular(noun: str) -> str:
    return "" if is_function_word(noun.lower()) else fold(noun.lower()).removesuffix("s")


def _from(finding: Finding) -> str:
    """Its sentence from the answer's words on."""
    return finding.passage.article.text[finding.span[0] : finding.sentence.end]


def _dates(finding: Finding) -> tuple[Day, ...]:
    return dates_of(finding.words, finding.printed)
