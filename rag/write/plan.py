"""A capable model's plan of an answer: the question for itself, its form, and the parts to search for."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date

from llama_index.core.llms.llm import LLM

from index.text.terms import query_terms
from rag.answer import FORMS, Answer, Form
from rag.events import Event
from rag.meter import Meter
from rag.verify.vetoes import Evidence, vetoes
from rag.write import prompts
from rag.write.replies import asking

MOST_PARTS = 6
_MAX_TOKENS = 300
_LONGEST = 300
"""Code points of one part."""
_LINE = re.compile(r"^\W*(?:(question|form)\s*:|(\d{1,2})\s*[.):])\s*(.+?)\s*$", re.I | re.M)


@dataclass(frozen=True)
class Plan:
    """How to answer: `parts` are sub-questions, at most six; `left` are those beyond. A model's words: shown to nobody
    before they are known to bring in no names or figures of their own (see `may_be_shown`).
    """

    form: Form
    parts: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def planned(question: str, form: Form, llm: LLM, today: date, meter: Meter) -> Generator[Event, None, Plan]:
    """Ask the model for a plan. What cannot be read of it changes nothing: the form stays, and the question is its only part."""
    message = prompts.render_plan(question, today)
    reply = yield from asking(llm, prompts.SYSTEM, message, _MAX_TOKENS, meter, "reading")
    return read_plan(reply.text, form)


def read_plan(reply: str, form: Form) -> Plan:
    """The plan in a reply, with `form` where it names none."""
    parts: list[str] = []
    for name, number, said in _LINE.findall(reply):
        if name.lower() == "form":
            form = next((known for known in FORMS if known == said.strip(" .*`\"'").lower()), form)
        elif number and len(said) <= _LONGEST:
            parts.append(said)
    parts = list(dict.fromkeys(parts))
    return Plan(form, tuple(parts[:MOST_PARTS]), tuple(parts[MOST_PARTS:]))


def may_be_shown(part: str, answer: Answer) -> bool:
    """Whether a part brings in nothing of its own: all its words stand in the question or in what the answer cites.

    It is a model's sentence, and no check of statements reads questions: "Did the mayor steal it?" says a good deal.
    """
    known = frozenset(query_terms(" ".join([answer.standalone_question, *(c.quote for c in answer.citations)])))
    own = vetoes(part, [Evidence(answer.standalone_question, answer.language, None, "")])
    return frozenset(query_terms(part)) <= known and not own
