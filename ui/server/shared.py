"""One assistant shared by many readers, whatever door they come in by.

Everybody sees their evidence at once; the language model is taken in turns. Knows nothing of pages or protocols.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any

from index.filters import Filter
from rag.answer import Answer
from rag.assistant import Assistant
from rag.check import Check, CheckedSentence
from rag.events import ClaimReady, Event, Finished, NeedsModel, Waiting, Working
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
"""How often a stream says that the model is still at work: to notice that the reader left."""


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
    ) -> Generator[Event, None, None]:
        return self.stream_for("", question, history, *more, **named)

    def stream_for(self, reader: str, *asked: Any, **named: Any) -> Generator[Event, None, None]:
        """As Assistant.stream, `Waiting` while others have their turn with the model.

        Closing the iterator gives up the place or stops the model.
        """
        with self.turns.admitted(reader) as turn, closing(self._assistant.stream(*asked, **named)) as events:
            while True:
                with self._searches.one():
                    event = next(events)
                yield event
                if isinstance(event, Finished):
                    return
                if isinstance(event, NeedsModel):
                    break
            for place in turn.places():
                yield Waiting(place.number, place.wait_s)
            yield from _paced(events, self._searches.over)

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


class Seat(Assistant):
    """One reader's place at a shared assistant."""

    def __init__(self, shared: SharedAssistant, reader: str) -> None:
        super().__init__(shared.library, shared.llm, reader=shared._reader)
        self._shared, self._name = shared, reader

    def stream(
        self, question: str, history: Sequence[str] = (), *more: Any, **named: Any
    ) -> Generator[Event, None, None]:
        return self._shared.stream_for(self._name, question, history, *more, **named)


def _paced(events: Generator[Event, None, None], searches_over: Callable[[], None]) -> Generator[Event, None, None]:
    """The events; that the model works only where its stage changes and every `HEARTBEAT_S`.

    Who has a first claim waits for those who have no evidence yet.
    """
    stage, at, claimed = "", time.monotonic(), False
    for event in events:
        if isinstance(event, Working):
            if event.stage == stage and time.monotonic() - at < HEARTBEAT_S:
                continue
            stage = event.stage
        yield event
        at = time.monotonic()
        if isinstance(event, ClaimReady) and not claimed:
            claimed = True
            searches_over()
