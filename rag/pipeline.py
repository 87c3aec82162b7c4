"""The path of a question: search, read, write, check. Read it top to bottom.

What is shown as an answer is the articles' own words, or a sentence that the check accepted.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from llama_index.core.llms.llm import LLM

from index.articles import Hit
from index.errors import EMPTY_QUESTION, QuestionError
from index.filters import Filter
from index.library import Library
from index.text.language import detect
from index.text.terms import query_words
from rag.answer import Answer, Form, Models
from rag.events import Event, Evidence, Finished, NeedsModel, Searched, claims_ready
from rag.llm.embedded import EmbeddedLLM
from rag.meter import Meter
from rag.reader.runtime import Reader, Reading
from rag.retrieve.evidence import Passage, closest, passages_of
from rag.retrieve.parts import parts_of
from rag.retrieve.question import Read, one_line, read
from rag.retrieve.scope import Scope, narrowed, scope_of
from rag.verify.compare import dates_of, numbers_of
from rag.verify.findings import Answers, Finding, findings, says_the_same, weighed
from rag.verify.names import names
from rag.write import compose
from rag.write.ambiguity import interpreted
from rag.write.claim_lines import Line, laid_out
from rag.write.days import day_in_words
from rag.write.opinion import naming_opinions
from rag.write.outline import OPEN, outline
from rag.write.phrase import phrase
from rag.write.plan import Plan
from rag.write.reply import Groundwork, Toolbox, written
from rag.write.second_look import second_look

PASSAGES = 16
"""How many passages the reader reads for a question."""
MAX_QUESTION = 2_000
_OFFERED = 3
"""Passages that a refusal offers."""
_FEW_ARTICLES, _FEW_WORDS = 3, 2
_SURE = 0.5
"""From this probability on the embedded model phrases what the reader found; below, it looks for itself."""
_CERTAIN = 0.7
"""From this probability on one sentence is the answer; below, the next best stands beside it."""
_SCATTERED = 0.5
"""The share of the threshold below which questions are declined whose answer is scattered: no passage alone has much of it.
Of 75 such questions of two sets, all with an answer, 6 are declined instead of 11.
"""
_SECOND_LOOK = 0.7
"""From this share of the threshold on, the embedded model looks where the reader alone would decline."""


def answer(
    question: str,
    history: Sequence[str],
    library: Library,
    llm: LLM | None,
    reader: Reader,
    filter: Filter,
    today: date,
    max_tokens: int,
) -> Generator[Event, None, None]:
    """The events from a question to its answer: the evidence, each claim that is checked, at last the finished answer.

    Only articles that meet the filter are asked; a question may add its own ("according to Reuters"). A model reads and
    writes at most `max_tokens`.
    """
    meter = Meter()
    question = _clean(question)
    scope = scope_of(question, today, lambda name: library.catalogue().has_source(name))
    searched = narrowed(filter, scope.filter)

    form = reader.form(scope.question)

    def search(text: str) -> tuple[tuple[Hit, ...], tuple[Passage, ...]]:
        hits = tuple(library.candidates(text, PASSAGES, searched, scope.prefer))
        return hits, passages_of(hits, library.sentences)

    understood = read(scope.question, history, search, reader, any(not name.opens for name in names(scope.question)))
    absent = replace(_absent(question, understood, scope, library, llm, reader, searched), form=form)
    meter.evidence()
    yield Searched(absent.standalone_question, absent.language, absent.filter)
    yield Evidence(closest(understood.hits, PASSAGES))

    likely = understood.reading.answered
    found = findings(understood.reading, understood.passages)
    answers = weighed(found, absent.language, reader.thresholds.rival) if found else None
    parts = () if form in OPEN else parts_of(understood.question)
    final = alone = _alone(absent, form, parts, understood, answers, reader) or absent
    if isinstance(llm, EmbeddedLLM):
        if answers and not parts and form not in OPEN and likely >= _SECOND_LOOK * reader.thresholds.declined:
            final = yield from _with_embedded(alone, found, answers, understood, llm, reader, meter)
    elif llm is not None and understood.passages:
        yield NeedsModel()
        tools = Toolbox(library, llm, reader, max_tokens, today, meter, lambda text: search(text)[0])
        final = yield from written(
            absent, Plan(form, parts), Groundwork(_found_first(understood.hits, answers), alone, answers), tools
        )
    final = _finished(final, likely if final.status != "not_found" else 1.0 - likely)
    yield Finished(meter.measured(replace(final, reading=interpreted(final, found))))


def _alone(
    absent: Answer, form: Form, parts: Sequence[str], understood: Read, answers: Answers | None, reader: Reader
) -> Answer | None:
    """What the reader answers without a language model; None below its threshold."""
    whole = form == "summary" and _asks_for_all(understood)
    if not whole and (answers is None or understood.reading.answered < _least(form, reader)):
        return None
    if form in OPEN:
        lines = outline(understood.question, form, absent.language, understood.reading, understood.passages, reader)
        if answers and _says_how_many(form, answers):
            return _counted(absent, form, answers, lines)
        return laid_out(absent, form, lines) if lines else None
    if parts:
        return _several(absent, parts, understood, reader)
    return _found(absent, understood.reading, answers, reader) if answers else None


def _found_first(hits: Sequence[Hit], answers: Answers | None) -> tuple[Hit, ...]:
    """The hits with what the reader found before the others, for a model that cannot read them all."""
    if answers is None:
        return tuple(hits)
    told = [answers.best, *answers.agreeing, *answers.differing, *([answers.second] if answers.second else [])]
    places = {(finding.passage.article.id, finding.passage.start) for finding in told}
    return tuple(sorted(hits, key=lambda hit: (hit.article.id, hit.chunk.start) not in places))


def _least(form: Form, reader: Reader) -> float:
    """Below this probability of an answer there is none."""
    return reader.thresholds.declined * (_SCATTERED if form in OPEN and form != "why" else 1.0)


def _with_embedded(
    alone: Answer, found: Sequence[Finding], answers: Answers, understood: Read, llm: LLM, reader: Reader, meter: Meter
) -> Generator[Event, None, Answer]:
    """What the embedded model adds: where the reader is sure, one sentence of what it found; else a second look.

    Where the reader `alone` would decline, only an answer on which both agree is shown. Before a second look no claim is:
    it may find another sentence, which would get the marker.
    """
    reading = understood.reading
    if reading.answered >= max(_SURE, reader.thresholds.doubtful):
        yield from claims_ready(alone)
        yield NeedsModel()
        said = yield from phrase(alone, answers, llm, reader, meter)
        return said if said is alone else _with_second(said, answers, reading)
    yield NeedsModel()
    seen = yield from second_look(alone, reading, understood.passages, llm, meter)
    if seen is None:
        return alone
    others = [finding for finding in found if finding.sentence != seen.sentence]
    first = replace(seen, probability=max(finding.probability for finding in found))  # As likely as the reader's best.
    both = weighed([first, *others], alone.language, reader.thresholds.rival)
    agree = seen.sentence == answers.best.sentence or says_the_same(seen, answers.best)
    if alone.status == "not_found" and not agree:
        return alone
    return _found(alone, reading, both, reader, agree)


def _says_how_many(form: Form, answers: Answers) -> bool:
    """Whether an article gives the number that is asked for."""
    words = answers.best.words
    given = bool(numbers_of(words)) and not dates_of(words)
    return form in ("count", "list") and answers.best.alone >= _SURE and given


def _counted(absent: Answer, form: Form, answers: Answers, lines: Sequence[Line]) -> Answer:
    """The number that an article gives, then those that others give instead, then what else there is to count."""
    best = answers.best
    first = Line(
        best.sentence.text, tuple(f.quote for f in (best, *answers.agreeing)), quoted=True, span=best.span,
        lead=compose.lead_of(best, absent.language),
    )  # fmt: skip
    others = [Line(f.sentence.text, (f.quote,), quoted=True, span=f.span) for f in answers.differing]
    told = {quote[1] for line in (first, *others) for quote in line.quotes}
    rest = [line for line in lines if line.quotes[0][1] not in told]
    return laid_out(absent, form, [first, *others, *rest], "conflict" if others else "answered")


def _asks_for_all(understood: Read) -> bool:
    """Whether a summary of whatever is there is asked for: "Summarise the article", in an archive or a choice of a few."""
    articles = {hit.article.id for hit in understood.hits}
    return len(articles) <= _FEW_ARTICLES and len(query_words(understood.question)) <= _FEW_WORDS


def _several(absent: Answer, parts: Sequence[str], understood: Read, reader: Reader) -> Answer | None:
    """Each part of the question by the sentence that answers it, the others named as open; None if all are."""
    lines, open = list[Line](), list[str]()
    passages = [passage.for_reader for passage in understood.passages]
    for part in parts:
        reading = reader.read(part, passages)
        found = findings(reading, understood.passages)
        if not found or reading.answered < reader.thresholds.declined:
            open.append(part)
            continue
        best = weighed(found, absent.language, reader.thresholds.rival).best
        lead = compose.lead_of(best, absent.language) if reading.answered >= reader.thresholds.doubtful else ""
        if all(line.quotes[0][1] != best.sentence for line in lines):
            lines.append(Line(best.sentence.text, (best.quote,), quoted=True, lead=lead, span=best.span))
    if not lines:
        return None
    answer = laid_out(absent, "fact", lines, "partial" if open else "answered")
    return replace(compose.leaving_open(answer, open), open=tuple(open)) if open else answer


def _found(absent: Answer, reading: Reading, answers: Answers, reader: Reader, agreed: bool = False) -> Answer:
    """The words found before the sentence that they stand in, or yes or no; where the reader is not sure, the next best too.

    What two models `agreed` on is not doubtful.
    """
    doubtful = reading.answered < reader.thresholds.doubtful and not agreed
    said = None
    if reading.other < 0.5:
        absent = replace(absent, form="yesno")
        sure = max(reading.yes, reading.no) >= 2 * min(reading.yes, reading.no)
        said = ("yes" if reading.yes > reading.no else "no") if sure else None
    answer = compose.found(absent, answers, doubtful, said)
    return answer if agreed else _with_second(answer, answers, reading)


def _with_second(answer: Answer, answers: Answers, reading: Reading) -> Answer:
    """The answer, and beside it the next best sentence where the reader is not sure."""
    if answers.second is None or reading.answered >= _CERTAIN:
        return answer
    return compose.beside(answer, answers.second)


def _unknown(question: str, library: Library) -> list[str]:
    """The names of a question that no article has: a hint for the reader of a refusal, never its reason."""
    named = (name for name in names(question) if not name.opens)
    return [name.text for name in named if not any(map(library.occurs, name.words))]


def _absent(
    question: str, understood: Read, scope: Scope, library: Library, llm: LLM | None, reader: Reader, searched: Filter
) -> Answer:
    """The refusal: what the articles answer is put in its place. It offers the nearest passages."""
    models = Models(llm.metadata.model_name if llm else "none", library.embedding.model_name, reader.name)
    excluding = searched if searched and library.catalogue().excludes(searched) else None
    blank = Answer(
        question, understood.question, detect(question), "not_found", "", models,
        closest=closest(understood.hits, _OFFERED), filter=excluding,
    )  # fmt: skip
    text = compose.not_found(blank, _unknown(understood.question, library))
    return replace(blank, text=text, notices=_notices(blank, scope, library))


def _notices(blank: Answer, scope: Scope, library: Library) -> tuple[str, ...]:
    """What the reader of the answer has to know of the search: articles left out, an archive that ends too early."""
    said: list[str] = []
    own, newest = scope.filter, library.catalogue().newest
    if blank.filter and (own.sources or own.asks_for_time):
        days = (own.first, own.last) if own.asks_for_time else None
        words = (day_in_words(days[0], blank.language), day_in_words(days[1], blank.language)) if days else None
        said.append(compose.searched_only(blank, own.sources, words))
    asked_from = scope.prefer.first if scope.prefer else own.first if own.asks_for_time else ""
    if newest and asked_from > newest:
        said.append(compose.archive_ends(blank, day_in_words(newest, blank.language)))
    return tuple(said)


def _finished(final: Answer, confidence: float) -> Answer:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return replace(naming_opinions(final), confidence=round(confidence, 4), answered_at=now)


def _clean(question: str) -> str:
    question = one_line(question)
    if not question:
        raise QuestionError(EMPTY_QUESTION)
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.")
    return question
