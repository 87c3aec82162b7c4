"""One assistant shared by many readers. Searches run at once; readers take turns with the language model."""

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
from ui.server.search_priority import Searches
from ui.server.turns import Place, Turns

AT_ONCE = 64
"""Questions that a model server is asked together. The embedded model answers one at a time."""
ROOM = 16
"""Questions that may wait beyond those; more are refused."""
CHECK_ROOM = 4
"""Texts that may wait while one is checked, which may take minutes."""
HEARTBEAT_S = 0.5
"""Interval of `Working` events, at which a disconnected reader is noticed."""


class SharedAssistant(Assistant):
    """An assistant that `at_once` readers use together while `room` more wait; further ones raise BusyError."""

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
        """This assistant for one reader. Turns go round the readers, not their questions."""
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
                with self._searches.searching():
                    event = next(events)
                yield event
                if isinstance(event, Finished):
                    return
                if isinstance(event, NeedsModel):
                    break
            for place in turn.places():
                yield Waiting(place.number, place.wait_s)
            yield from _paced(events, self._searches.wait)

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


def _paced(events: Generator[Event, None, None], wait_for_searches: Callable[[], None]) -> Generator[Event, None, None]:
    """Yield the events, `Working` only when its stage changes or every `HEARTBEAT_S`.

    After the first claim, wait for the searches of others.
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
            wait_for_searches()
