"""A capable model's reply: each of its sentences is held against the evidence before it is shown."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM
from numpy.typing import NDArray

from index.articles import Hit
from index.errors import ModelContextError
from index.library import Library
from index.text.terms import query_terms
from rag.answer import Answer, Claim, Form, Status
from rag.events import ClaimReady, Event, Searched, claims_ready
from rag.meter import Meter
from rag.reader.runtime import Reader
from rag.retrieve.evidence import Passage, Quote
from rag.retrieve.gather import gathered
from rag.verify.findings import Answers
from rag.verify.support import Likeness, Support, support
from rag.verify.vetoes import sends_elsewhere
from rag.write import compose, prompts
from rag.write.budget import CALLS, PLANNED_CALLS, fitting, room, within
from rag.write.claim_lines import Line, laid_out
from rag.write.outline import OPEN, day_of, is_told_on
from rag.write.plan import Plan, may_be_shown, planned
from rag.write.replies import asking
from rag.write.statements import Statement, statements, told, with_decimal_commas

_SHORT_REPLY, _LONG_REPLY = 400, 1_000
"""Tokens of a reply to a fact or a yes/no question, and to an open one."""
_EVIDENCE = 24_000
"""Code points that a model reads at the most: 6,000 to 8,000 tokens."""
_MOST_STATEMENTS = 20
_OPINION_TOKENS = 120
_CONTEXT = 2
"""So many sentences before a quote may name who speaks in it."""
_ON_TOPIC = 0.3
"""The share of a withheld statement's words that a sentence must have to stand in for it."""
_CONTROL = "The opposite of this is true, and it was said by somebody else."
"""A statement that no evidence supports, where the passages have no sentence about something else."""
_ELSEWHERE = 0.2
"""A sentence that shares no more of its words with some evidence is about something else."""


@dataclass(frozen=True)
class Toolbox:
    """What an answer is written with. `search` finds passages for a question or a part of one."""

    library: Library
    llm: LLM
    reader: Reader
    max_tokens: int
    today: date
    meter: Meter
    search: Callable[[str], Sequence[Hit]]


@dataclass(frozen=True)
class Groundwork:
    """What was found before a model writes: the passages read, the answer that stands without it (or a refusal), and what
    the reader found, if it found anything.
    """

    hits: Sequence[Hit]
    fallback: Answer
    answers: Answers | None


@dataclass(frozen=True)
class _Checked:
    statement: Statement
    support: Support


def written(absent: Answer, plan: Plan, found: Groundwork, tools: Toolbox) -> Generator[Event, None, Answer]:
    """The answer in the model's sentences, each an event as soon as it holds; `found.fallback` where none does.

    An open question is planned first; every part of the plan is searched for. `absent` is the refusal.
    """
    if plan.form in OPEN:
        plan = yield from planned(absent.standalone_question, plan.form, tools.llm, tools.today, tools.meter)
    searches = [found.hits, *(tools.search(part) for part in plan.parts)]
    if parts := tuple(part for part in plan.parts if may_be_shown(part, absent)):
        yield Searched(absent.standalone_question, absent.language, absent.filter, parts)
    evidence = gathered(searches, tools.library.sentences, _EVIDENCE)
    for size in (len(evidence) // 3, len(evidence) // 9, 0):
        try:
            final = yield from _written(absent, plan, evidence, found, tools)
            return replace(final, notices=absent.notices)
        except ModelContextError:  # The model reads less than it was taken to: once more with a third.
            if not size:
                raise
            evidence = evidence[:size]
            notices = dict.fromkeys((*absent.notices, compose.less_evidence(absent)))
            absent = replace(absent, notices=tuple(notices))
    raise AssertionError("the last try returns or raises")


def _written(
    absent: Answer, plan: Plan, evidence: Sequence[Passage], found: Groundwork, tools: Toolbox
) -> Generator[Event, None, Answer]:
    length = _LONG_REPLY if plan.form in OPEN else _SHORT_REPLY
    calls = PLANNED_CALLS if plan.form in OPEN else CALLS
    space = room(tools.llm.metadata.context_window, tools.max_tokens, length, calls)

    def message(passages: Sequence[Passage]) -> str:
        return prompts.render(absent.standalone_question, absent.language, passages, plan.form, plan.parts)

    shown = within(evidence, lambda passages: prompts.SYSTEM + prompts.RULES + message(passages), space)
    if not shown:
        return found.fallback
    sheet = _Sheet(absent, plan.form, shown, tools)
    system = prompts.SYSTEM + prompts.RULES
    reply = yield from asking(tools.llm, system, message(shown), length, tools.meter, read=sheet.read)
    if declined(reply.text):
        return absent
    doubtful = [c for c in sheet.checked if _may_be_asked(c.support)]
    if doubtful:
        space = room(tools.llm.metadata.context_window, tools.max_tokens, _OPINION_TOKENS, calls)
        sheet.rescue((yield from _second_opinion(doubtful, shown, tools, space)))
    return _with_open(sheet.finished(found), plan, sheet.open)


class _Sheet:
    """The lines of an answer as they come in: each statement of the reply is checked once, and stays where it is."""

    def __init__(self, absent: Answer, form: Form, passages: Sequence[Passage], tools: Toolbox) -> None:
        self.checked: list[_Checked] = []
        self.lines: list[Line] = []
        self.open: tuple[int, ...] = ()
        self._read = ""
        self._group: str | None = None
        self._shown: tuple[Claim, ...] = ()
        self._absent, self._form, self._passages, self._tools = absent, form, passages, tools
        self._alike = likeness(tools.library.embedding)

    def read(self, reply: str) -> Iterator[ClaimReady]:
        """Check what is new in a reply that grows by whole lines. One that begins otherwise now had thoughts before it."""
        same = reply.startswith(self._read)
        new = reply[len(self._read) :] if same else reply
        said = told(with_decimal_commas(new) if self._absent.language == "fr" else new, self._group if same else None)
        self._read, self._group, self.open = reply, said.group, (*self.open, *said.open)
        known = {each.statement.text for each in self.checked}
        for statement in said.statements:
            if statement.text in known or len(self.checked) >= _MOST_STATEMENTS:
                continue
            known.add(statement.text)
            # Addresses come from the library: an article may want a model to give one.
            if sends_elsewhere(statement.text):
                continue
            result = support(statement.text, self._passages, self._tools.reader, self._alike, statement.numbers)
            self.checked.append(_Checked(statement, result))
            if result.judgement == "supported":
                self._add(statement, result.quotes, result.probability)
        if len(self.lines) > len(self._shown):
            laid = laid_out(self._absent, self._form, self.lines)
            yield from claims_ready(laid, self._shown)
            self._shown = laid.claims

    def rescue(self, accepted: set[str]) -> None:
        """Add the statements that the model's second opinion accepted."""
        for each in self.checked:
            if each.statement.text in accepted:
                self._add(each.statement, each.support.quotes, 0.5)

    def finished(self, found: Groundwork) -> Answer:
        """The answer: what held, and for what did not the sentence that it was nearest to."""
        held = {line.said for line in self.lines}
        withheld = [c for c in self.checked if c.statement.text not in held]
        if not self.lines and not found.fallback.citations:
            withheld = [c for c in withheld if c.support.doubtful]
        if self.lines or self._form in OPEN:
            for each in withheld:
                self._stand_in(each)
        if not self.lines:
            return found.fallback
        status: Status = "partial" if withheld else "answered"
        final = laid_out(self._absent, self._form, self.lines, status)
        if self._form in OPEN or found.answers is None:
            return final
        if withheld and found.fallback.citations:
            final = compose.beside(final, found.answers.best)
        return _with_other_versions(final, found.answers)

    def _add(self, statement: Statement, quotes: Sequence[Quote], probability: float, quoted: bool = False) -> None:
        said = quotes[0][1].text if quoted else statement.text
        group = self._heading(statement.group, quotes)
        day = day_of(quotes[0]) if self._form == "timeline" else None
        if statement.day and self._form == "timeline" and is_told_on(quotes, statement.day):
            day = statement.day
        speaker = group if self._form == "positions" else None
        self.lines.append(Line(said, tuple(quotes), probability, quoted, group, day, speaker))

    def _stand_in(self, withheld: _Checked) -> None:
        """Add the sentence nearest to a statement that was withheld, if it is about the same and not cited yet."""
        cited = {(passage.article.id, s.start) for line in self.lines for passage, s in line.quotes}
        for passage, sentence in reversed(withheld.support.quotes):
            words = frozenset(query_terms(withheld.statement.text))
            shared = len(words & frozenset(query_terms(sentence.text))) / max(1, len(words))
            named = passage.number in withheld.statement.numbers
            if sentence.instruction:
                continue
            if (named or shared >= _ON_TOPIC) and (passage.article.id, sentence.start) not in cited:
                self._add(withheld.statement, ((passage, sentence),), 1.0, quoted=True)
                return

    def _heading(self, heading: str | None, quotes: Sequence[Quote]) -> str | None:
        """A model's heading, if what the line cites has its words in a row: else it would be a claim that nobody checked.

        Of a party the sentence itself must tell, or one shortly before it: the heading says whose words they are.
        """
        if not heading:
            return None
        if self._form == "positions":
            texts = [s.text for passage, at in quotes for s in passage.sentences if 0 <= at.n - s.n <= _CONTEXT]
        else:
            articles = [passage.article for passage, _ in quotes]
            texts = [text or "" for article in articles for text in (article.text, article.title, article.publisher)]
        plain = _plain(heading)
        known = any(f" {plain} " in f" {_plain(text)} " for text in texts)
        return heading.strip() if plain and known else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _with_open(final: Answer, plan: Plan, left: Sequence[int]) -> Answer:
    """The answer with the parts that stay open: those that the model calls so, and those beyond what is searched for.

    It is partial even where the words of a part may not be shown.
    """
    if final.status == "not_found":
        return final
    parts = [*(plan.parts[n - 1] for n in dict.fromkeys(left) if 0 < n <= len(plan.parts)), *plan.left]
    if not parts:
        return final
    final = replace(final, status="partial" if final.status == "answered" else final.status)
    open = tuple(part for part in parts if may_be_shown(part, final))
    return replace(compose.leaving_open(final, open), open=open) if open else final


def declined(reply: str) -> bool:
    """Whether the whole reply says that there is no answer, or nothing. The words inside a sentence are no refusal."""
    plain = re.sub(r"[^\w\s]", "", re.sub(r"\[\d+\]", "", reply)).strip().upper()
    return plain.removeprefix("ANSWER").strip() == prompts.NOT_FOUND or not statements(reply)


def likeness(embedding: BaseEmbedding) -> Likeness:
    """How alike a statement and some sentences are, by the library's embedding; each text is embedded once."""
    known: dict[str, NDArray[np.float32]] = {}

    def alike(statement: str, sentences: Sequence[str]) -> Sequence[float]:
        new = [text for text in dict.fromkeys([statement, *sentences]) if text not in known]
        rows = np.asarray(embedding.get_text_embedding_batch(new), np.float32)
        known.update(zip(new, (row / np.linalg.norm(row) for row in rows), strict=True))
        return [float(known[sentence] @ known[statement]) for sentence in sentences]

    return alike


def _may_be_asked(support: Support) -> bool:
    """Whether a model may be asked for its opinion: where the reader doubts, and no sentence gives the model orders."""
    doubts = support.judgement == "neither" and support.doubtful
    return doubts and not any(sentence.instruction for _, sentence in support.quotes)


def _second_opinion(
    doubtful: Sequence[_Checked], shown: Sequence[Passage], tools: Toolbox, space: int
) -> Generator[Event, None, set[str]]:
    """The doubtful statements that the model, asked once about all of them, says follow from their evidence.

    One of the pairs is a control that follows from nothing: if it is accepted, or the reply is unreadable, none is. What
    does not fit in `space` tokens is not asked about.
    """
    pairs = [(c.statement.text, " ".join(s.text for _, s in c.support.quotes)) for c in doubtful]
    control = _control(pairs[0][1], shown), pairs[0][1]
    pairs = pairs[: fitting([control, *pairs], space) - 1]
    if not pairs:
        return set()
    middle = len(pairs) // 2
    asked = [*pairs[:middle], control, *pairs[middle:]]
    system, message = "You check statements against evidence, strictly.", prompts.render_opinion(asked)
    reply = yield from asking(tools.llm, system, message, _OPINION_TOKENS, tools.meter, "checking")
    told = {
        int(n): word.lower() for n, word in re.findall(r"^\s*(\d{1,2})[.:)]?\s*(yes|no)\b", reply.text, re.I | re.M)
    }
    if set(told) != set(range(1, len(asked) + 1)) or told[middle + 1] == "yes":
        return set()
    accepted = [pair for n, pair in enumerate(asked, 1) if told[n] == "yes"]
    return {statement for statement, _ in accepted}


def _control(evidence: str, shown: Sequence[Passage]) -> str:
    """A sentence of the passages that is about something else than the evidence: it looks like what a model writes."""
    told = frozenset(query_terms(evidence))
    sentences = (s.text for passage in shown for s in passage.sentences if not s.instruction)
    others = [text for text in sentences if _shared(text, told) <= _ELSEWHERE]
    return min(others, key=lambda text: (_shared(text, told), -len(text)), default=_CONTROL)


def _shared(text: str, words: frozenset[str]) -> float:
    """The share of a text's words that are among some others."""
    mine = frozenset(query_terms(text))
    return len(mine & words) / max(1, len(mine))


def _with_other_versions(final: Answer, answers: Answers) -> Answer:
    """The answer, and after it each version that it leaves out; a conflict if there is more than one version."""
    if not answers.differing:
        return final
    cited = {citation.article_id for citation in final.citations}
    own = any(finding.passage.article.id in cited for finding in (answers.best, *answers.agreeing))
    quoted = {(citation.article_id, citation.start) for citation in final.citations}
    told = [f for f in answers.differing if (f.passage.article.id, f.sentence.start) in quoted]
    left_out = [finding for finding in answers.differing if finding not in told]
    if told and not own:
        left_out.insert(0, answers.best)
    if not told and not own:  # It tells of something else.
        return final
    return replace(compose.against(final, left_out[: compose.MOST_DIFFERING]), status="conflict")
