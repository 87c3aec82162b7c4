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
from rag.llm.embedded import EmbeddedLLM
from rag.reader.runtime import Reader, Reading
from rag.retrieve.evidence import Passage, closest, passages_of
from rag.retrieve.parts import parts_of
from rag.retrieve.question import Read, one_line, read
from rag.retrieve.scope import Scope, narrowed, scope_of
from rag.stopwatch import Stopwatch
from rag.verify.facts import dates_of, numbers_of
from rag.verify.findings import Answers, Finding, findings, says_the_same, weighed
from rag.verify.names import names
from rag.write import compose
from rag.write.claim_lines import Line, laid_out
from rag.write.days import day_in_words
from rag.write.opinion import naming_opinions
from rag.write.outline import OPEN, outline
from rag.write.phrase import phrase
from rag.write.plan import Plan
from rag.write.reply import Groundwork, Toolbox, written
from rag.write.second_look import second_look

PASSAGES, MORE_PASSAGES = 12, 16
"""How many passages the reader reads for a question, and for one that a single sentence does not answer."""
MAX_QUESTION = 2_000
_FEW_ARTICLES, _FEW_WORDS = 3, 2
_SURE = 0.5
"""From this probability on the embedded model phrases what the reader found; below, it looks for itself."""
_CERTAIN = 0.7
"""From this probability on one sentence is the answer; below, the next best stands beside it."""
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
) -> Generator[Answer, None, None]:
    """Growing answers: the evidence, what the reader found, what a model writes of it, at last the finished answer.

    Only articles that meet the filter are asked; a question may add its own ("according to Reuters"). A model reads and
    writes at most `max_tokens`.
    """
    asked = Stopwatch()
    scope = scope_of(_clean(question), today, lambda name: library.catalogue().has_source(name))
    searched = narrowed(filter, scope.filter)

    form = reader.form(scope.question)
    most = MORE_PASSAGES if form in OPEN else PASSAGES

    def search(text: str) -> tuple[tuple[Hit, ...], tuple[Passage, ...]]:
        hits = tuple(library.candidates(text, most, searched, scope.prefer))
        return hits, passages_of(hits, library.sentences)

    understood = read(scope.question, history, search, reader)
    draft = _draft(question, understood, library, llm, reader, searched)
    draft = replace(draft, notices=_notices(draft, scope, library))
    draft = asked.evidence(draft)
    yield draft

    likely = understood.reading.answered
    absent = compose.not_found(draft, _unknown(understood.question, library))
    found = findings(understood.reading, understood.passages)
    answers = weighed(found, draft.language, reader.thresholds.rival) if found else None
    parts = () if form in OPEN else parts_of(understood.question)
    alone = _alone(draft, form, parts, understood, answers, reader) or absent
    if isinstance(llm, EmbeddedLLM):
        final = alone
        if answers and not parts and form not in OPEN and likely >= _SECOND_LOOK * reader.thresholds.declined:
            yield replace(draft, text=alone.text if alone is not absent else "")
            final = yield from _with_embedded(draft, absent, found, answers, understood, llm, reader, asked)
    elif llm is not None and understood.passages:
        yield draft  # Who shares the model with others waits here for a turn.
        tools = Toolbox(library, llm, reader, max_tokens, today, asked, lambda text: search(text)[0])
        final = yield from written(draft, Plan(form, parts), Groundwork(understood.hits, absent, alone, answers), tools)
    else:
        final = alone
    yield _finished(final, asked, likely if final.status != "not_found" else 1.0 - likely)


def _alone(
    draft: Answer, form: Form, parts: Sequence[str], understood: Read, answers: Answers | None, reader: Reader
) -> Answer | None:
    """What the reader answers without a language model; None below its threshold."""
    whole = form == "summary" and _asks_for_all(understood)
    if not whole and (answers is None or understood.reading.answered < reader.thresholds.declined):
        return None
    if form in OPEN:
        lines = outline(understood.question, form, draft.language, understood.reading, understood.passages, reader)
        if answers and _says_how_many(form, answers):
            return _counted(draft, form, answers, lines)
        return laid_out(draft, form, lines) if lines else None
    if parts:
        return _several(draft, parts, understood, reader)
    return _found(draft, understood.reading, answers, reader) if answers else None


def _with_embedded(
    draft: Answer,
    absent: Answer,
    found: Sequence[Finding],
    answers: Answers,
    understood: Read,
    llm: LLM,
    reader: Reader,
    asked: Stopwatch,
) -> Generator[Answer, None, Answer]:
    """What the embedded model adds: where the reader is sure, one sentence of what it found; else a second look.

    Where the reader alone would decline, only an answer on which both agree is shown.
    """
    reading = understood.reading
    declines = reading.answered < reader.thresholds.declined
    shown = _found(draft, reading, answers, reader)
    if reading.answered >= max(_SURE, reader.thresholds.doubtful):
        return (yield from phrase(draft, shown, answers, llm, reader, asked))
    before = draft if declines else shown
    look = yield from second_look(draft, before, reading, understood.passages, llm, asked)
    if look.found is None:
        kept = absent if declines else shown
        return replace(kept, usage=look.draft.usage, timings=look.draft.timings)
    others = [finding for finding in found if finding.sentence != look.found.sentence]
    first = replace(
        look.found, probability=max(finding.probability for finding in found)
    )  # As likely as the reader's best.
    both = weighed([first, *others], draft.language, reader.thresholds.rival)
    agree = look.found.sentence == answers.best.sentence or says_the_same(look.found, answers.best)
    if declines and not agree:
        return replace(absent, usage=look.draft.usage, timings=look.draft.timings)
    return _found(look.draft, reading, both, reader, agree)


def _says_how_many(form: Form, answers: Answers) -> bool:
    """Whether an article gives the number that is asked for."""
    words = answers.best.words
    given = bool(numbers_of(words)) and not dates_of(words)
    return form in ("count", "list") and answers.best.alone >= _SURE and given


def _counted(draft: Answer, form: Form, answers: Answers, lines: Sequence[Line]) -> Answer:
    """The number that an article gives, then those that others give instead, then what else there is to count."""
    best = answers.best
    first = Line(
        best.sentence.text, tuple(f.quote for f in (best, *answers.agreeing)), quoted=True, span=best.span,
        lead=compose.lead_of(best, draft.language),
    )  # fmt: skip
    others = [Line(f.sentence.text, (f.quote,), quoted=True, span=f.span) for f in answers.differing]
    told = {quote[1] for line in (first, *others) for quote in line.quotes}
    rest = [line for line in lines if line.quotes[0][1] not in told]
    return laid_out(draft, form, [first, *others, *rest], "conflict" if others else "answered")


def _asks_for_all(understood: Read) -> bool:
    """Whether a summary of whatever is there is asked for: "Summarise the article", in an archive or a choice of a few."""
    articles = {hit.article.id for hit in understood.hits}
    return len(articles) <= _FEW_ARTICLES and len(query_words(understood.question)) <= _FEW_WORDS


def _several(draft: Answer, parts: Sequence[str], understood: Read, reader: Reader) -> Answer | None:
    """Each part of the question by the sentence that answers it, the others named as open; None if all are."""
    lines, open = list[Line](), list[str]()
    passages = [passage.for_reader for passage in understood.passages]
    for part in parts:
        reading = reader.read(part, passages)
        found = findings(reading, understood.passages)
        if not found or reading.answered < reader.thresholds.declined:
            open.append(part)
            continue
        best = weighed(found, draft.language, reader.thresholds.rival).best
        lead = compose.lead_of(best, draft.language) if reading.answered >= reader.thresholds.doubtful else ""
        if all(line.quotes[0][1] != best.sentence for line in lines):
            lines.append(Line(best.sentence.text, (best.quote,), quoted=True, lead=lead, span=best.span))
    if not lines:
        return None
    answer = laid_out(draft, "fact", lines, "partial" if open else "answered")
    return replace(compose.leaving_open(answer, open), open=tuple(open)) if open else answer


def _found(draft: Answer, reading: Reading, answers: Answers, reader: Reader, agreed: bool = False) -> Answer:
    """The words found before the sentence that they stand in, or yes or no; where the reader is not sure, the next best too.

    What two models `agreed` on is not doubtful.
    """
    doubtful = reading.answered < reader.thresholds.doubtful and not agreed
    said = None
    if reading.other < 0.5:
        draft = replace(draft, form="yesno")
        sure = max(reading.yes, reading.no) >= 2 * min(reading.yes, reading.no)
        said = ("yes" if reading.yes > reading.no else "no") if sure else None
    answer = compose.found(draft, answers, doubtful, said)
    if answers.second is None or agreed or reading.answered >= _CERTAIN:
        return answer
    return compose.beside(answer, answers.second)


def _unknown(question: str, library: Library) -> list[str]:
    """The names of a question that no article has: a hint for the reader of a refusal, never its reason."""
    named = (name for name in names(question) if not name.opens)
    return [name.text for name in named if not any(map(library.occurs, name.words))]


def _draft(
    question: str, understood: Read, library: Library, llm: LLM | None, reader: Reader, searched: Filter
) -> Answer:
    full = understood.question
    models = Models(llm.metadata.model_name if llm else "none", library.embedding.model_name, reader.name)
    nearest = closest(understood.hits, PASSAGES)
    excluding = searched if searched and library.catalogue().excludes(searched) else None
    return Answer(
        _clean(question), full, detect(_clean(question)), "draft", "", models, closest=nearest, filter=excluding
    )


def _notices(draft: Answer, scope: Scope, library: Library) -> tuple[str, ...]:
    """What the reader of the answer has to know of the search: articles left out, an archive that ends too early."""
    said: list[str] = []
    own, newest = scope.filter, library.catalogue().newest
    if draft.filter and (own.sources or own.asks_for_time):
        days = (own.first, own.last) if own.asks_for_time else None
        words = (day_in_words(days[0], draft.language), day_in_words(days[1], draft.language)) if days else None
        said.append(compose.searched_only(draft, own.sources, words))
    asked_from = scope.prefer.first if scope.prefer else own.first if own.asks_for_time else ""
    if newest and asked_from > newest:
        said.append(compose.archive_ends(draft, day_in_words(newest, draft.language)))
    return tuple(said)


def _finished(final: Answer, asked: Stopwatch, confidence: float) -> Answer:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return asked.finished(replace(naming_opinions(final), confidence=round(confidence, 4), answered_at=now))


def _clean(question: str) -> str:
    question = one_line(question)
    if not question:
        raise QuestionError(EMPTY_QUESTION)
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.")
    return question
