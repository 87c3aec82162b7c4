"""The engines that a run compares. Each has a name, what it is made of, and one method."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from eval.cases import Case
from eval.reply_records import Found, Reply
from index.articles import Hit

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index import Library
    from rag import Assistant

DEPTH = 20
"""How far down retrieval is measured, for every engine alike."""


class Engine(Protocol):
    """Anything that answers cases can be measured."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, object]:
        """What its answers depend on: a change of any of it makes earlier answers another run's."""
        ...

    def answer(self, case: Case) -> Reply: ...


class Onrecord:
    """The assistant as people use it."""

    name = "onrecord"

    def __init__(self, assistant: "Assistant") -> None:
        self._assistant = assistant
        self.settings = settings_of(assistant.library, assistant.llm)

    def answer(self, case: Case) -> Reply:
        answer = self._assistant.ask(case.question, history=case.history)
        started = time.perf_counter()
        hits = self._assistant.library.search(answer.standalone_question, k=DEPTH)
        return Reply(answer, found(hits), time.perf_counter() - started)


class Retrieval:
    """The library's search and no language model. A question of a conversation is searched for as it stands."""

    name = "retrieval"

    def __init__(self, library: "Library") -> None:
        self._library = library
        self.settings = settings_of(library, None)

    def answer(self, case: Case) -> Reply:
        started = time.perf_counter()
        hits = self._library.search(case.question, k=DEPTH)
        return Reply(None, found(hits), time.perf_counter() - started)


def settings_of(library: "Library", llm: "LLM | None") -> dict[str, object]:
    """What an answer depends on besides the code: how the library was made, and which model file or server writes."""
    from rag.llm.model_files import find

    name = llm.metadata.model_name if llm else None
    known = find(name) if name else None
    return {
        "library": asdict(library.fingerprint),
        "llm": name,
        "llm_sha256": known.sha256 if known else None,
        "depth": DEPTH,
    }


def found(hits: Sequence[Hit]) -> tuple[Found, ...]:
    """What search brought, as it is kept."""
    return tuple(
        Found(hit.article.id, hit.chunk.start, hit.chunk.end, round(hit.similarity, 6), hit.also_in) for hit in hits
    )
