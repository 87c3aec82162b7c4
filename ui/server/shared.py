"""One assistant shared by many readers, whatever door they come in by.

Everybody sees their evidence at once; the language model is taken in turns. Knows nothing of pages or protocols.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from typing import Any

from index.filters import Filter
from rag.answer import Answer
from rag.assistant import Assistant
from rag.check import Check, CheckedSentence
from rag.llm.embedded import EmbeddedLLM
from rag.reader.runtime import Reader
from ui.server.searches import Searches
from ui.server.turns import Place, Turns

AT_ONCE = 64
"""Questions that a model server is asked together. The embedded model answers one at a time."""
ROOM = 16
"""Questions kept waiting beyond those; the next one is told that it is too busy."""
CHECK_ROOM = 4
"""Texts kept waiting while one is checked: a long one takes minutes of computing."""
HEARTBEAT_S = 0.5
"""How often a stream gives its last draft again while nothing new is there: to notice that the reader left."""
_CALM = 4
_SLOWER_S = 0.02


@dataclass(frozen=True)
class Waiting(Answer):
    """A draft whose reader waits for the model: their place in the line (1 is next) and about how long it will take."""

    place: int = 1
    wait_s: float | None = None


class SharedAssistant(Assistant):
    """An assistant that `at_once` readers use together while `room` more wait; whoever comes then gets a BusyError."""

    def __init__(self, assistant: Assistant, at_once: int | None = None, room: int = ROOM) -> None:
        super().__init__(assistant.library, getattr(assistant, "llm", None), reader=getattr(assistant, "_reader", None))
        self.turns = Turns(at_once or (1 if isinstance(self.llm, EmbeddedLLM) else AT_ONCE), room)
        self._checks = Turns(1, CHECK_ROOM, ("text is being checked", "texts are being checked"))
        self._assistant = assistant
        self._searches = Searches()

    @property
    def reader(self) -> Reader:
        return self._assistant.reader

    def seat(self, reader: str) -> "Seat":
        """This assistant for one reader: turns go round the readers, not round their questions."""
        return Seat(self, reader)

    def stream(
        self, question: str, history: Sequence[str] = (), *more: Any, **named: Any
    ) -> Generator[Answer, None, None]:
        return self.stream_for("", question, history, *more, **named)

    def stream_for(self, reader: str, *asked: Any, **named: Any) -> Generator[Answer, None, None]:
        """As Assistant.stream, with Waiting drafts while others have their turn.

        The last draft comes again, the same object, while nothing new is there. Closing the iterator gives up the place
        or stops the model.
        """
        with self.turns.admitted(reader) as turn, closing(self._assistant.stream(*asked, **named)) as drafts:
            yield (draft := self._searched(drafts))
            before = draft
            if draft.status == "draft":  # Then what needs no model, or the same draft again before the model is asked.
                draft = self._searched(drafts)
            if draft is not before:
                yield draft
            if draft.status != "draft":
                return
            for place in turn.places():
                yield _waiting(draft, place)
            yield from _paced(drafts, draft, self._gap, self._searches.over)

    def checking_for(
        self, reader: str, text: str, filter: Filter | None = None
    ) -> Generator[Place | CheckedSentence | Check, None, None]:
        """As Assistant.checking, one text at a time; the place in the line while others have their turn.

        The questions' turns are not used: a check needs no language model.
        """
        with self._checks.admitted(reader) as turn:
            yield from turn.places()
            with closing(self._assistant.checking(text, filter)) as steps:
                yield from steps

    def warm_up(self) -> None:
        self._assistant.warm_up()

    def translated(self, answer: Answer) -> Answer:
        return self._assistant.translated(answer)

    def _searched(self, drafts: Generator[Answer, None, None]) -> Answer:
        with self._searches.one():
            return next(drafts)

    def _gap(self) -> float:
        """Seconds between two drafts of one answer: none with few readers; with many, each sees fewer of them."""
        return max(0, self.turns.present - _CALM) * _SLOWER_S


class Seat(Assistant):
    """One reader's place at a shared assistant."""

    def __init__(self, shared: SharedAssistant, reader: str) -> None:
        super().__init__(shared.library, shared.llm, reader=shared._reader)
        self._shared, self._name = shared, reader

    def stream(
        self, question: str, history: Sequence[str] = (), *more: Any, **named: Any
    ) -> Generator[Answer, None, None]:
        return self._shared.stream_for(self._name, question, history, *more, **named)


def _paced(
    drafts: Generator[Answer, None, None], draft: Answer, gap: Callable[[], float], searches_over: Callable[[], None]
) -> Generator[Answer, None, None]:
    """The first words, the answer, and between them drafts no closer than the gap, which with few readers is none.

    With few readers also every change of stage: a new draft with the words of the one before. With many, who has first
    words waits for those who have no evidence yet.
    """
    shown, before, at = draft, draft, time.monotonic()
    for draft in drafts:
        elapsed, least = time.monotonic() - at, gap()
        first_words = bool(draft.text and not shown.text)
        new_stage = not least and draft is not before and draft.text == before.text
        late = elapsed >= (HEARTBEAT_S if draft is shown else least)
        if draft.status != "draft" or first_words or new_stage or late:
            yield draft
            shown, at = draft, time.monotonic()
        if first_words:
            searches_over()
        before = draft


def _waiting(draft: Answer, place: Place) -> Waiting:
    kept = {field.name: getattr(draft, field.name) for field in fields(Answer)}
    return Waiting(**kept, place=place.number, wait_s=place.wait_s)
