"""The front desk: one assistant shared by many readers, whatever door they come in by.

Everybody sees their evidence at once; the language model is taken in turns. Knows nothing of pages or protocols.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from rag.answer import Answer
from ui.turns import Place, Turns

if TYPE_CHECKING:
    from index import Library
    from rag.assistant import Assistant

AT_ONCE = 64
"""Questions that a model server is asked together. The embedded model answers one at a time."""
ROOM = 64
"""Questions kept waiting beyond those; the next one is told that it is too busy."""
HEARTBEAT_S = 0.5
"""How often a stream gives its last draft again while nothing new is there: to notice that the reader left."""
_CALM = 4
_SLOWER_S = 0.02


@dataclass(frozen=True)
class Waiting(Answer):
    """A draft whose reader waits for the model: their place in the line (1 is next) and about how long it will take."""

    place: int = 1
    wait_s: float | None = None


class Desk:
    """An assistant that `at_once` readers use together and `room` more wait for; beyond them, BusyError at once."""

    def __init__(self, assistant: "Assistant", at_once: int | None = None, room: int = ROOM) -> None:
        self.assistant = assistant
        self.turns = Turns(at_once or _at_once(assistant), room)
        self._searching = threading.Semaphore(os.cpu_count() or 1)

    @property
    def library(self) -> "Library":
        return self.assistant.library

    def ask(self, question: str, history: Sequence[str] = (), reader: str = "") -> Answer:
        """The finished answer."""
        *_, last = self.stream(question, history, reader)
        return last

    def stream(self, question: str, history: Sequence[str] = (), reader: str = "") -> Generator[Answer, None, None]:
        """As Assistant.stream, with Waiting drafts while others have their turn.

        `reader` says whose question it is: turns go round the readers. The last draft comes again, the same object,
        while nothing new is there. Closing the iterator gives up the place or stops the model.
        """
        with self.turns.admitted(reader) as turn, closing(self.assistant.stream(question, history)) as drafts:
            for _ in range(
                2
            ):  # The evidence; then what needs no model, or a draft once more before the model is asked.
                with self._searching:
                    draft = next(drafts, None)
                if draft is None:
                    return
                yield draft
                if draft.status != "draft":
                    return
            for place in turn.places():
                yield _waiting(draft, place)
            yield from _paced(drafts, draft, self._gap)

    def warm_up(self) -> None:
        """Load and read in advance what every question needs."""
        self.assistant.warm_up()

    def _gap(self) -> float:
        """Seconds between two drafts of one answer: none with few readers; with many, each sees fewer of them."""
        return max(0, self.turns.present - _CALM) * _SLOWER_S


def _paced(
    drafts: Generator[Answer, None, None], draft: Answer, gap: Callable[[], float]
) -> Generator[Answer, None, None]:
    """Drafts no closer than the gap, but every change of stage: a new draft with the words of the one before."""
    shown, before, at = draft, draft, time.monotonic()
    for draft in drafts:
        elapsed = time.monotonic() - at
        new_stage = draft is not before and draft.text == before.text
        if draft.status != "draft" or new_stage or elapsed >= (HEARTBEAT_S if draft is shown else gap()):
            yield draft
            shown, at = draft, time.monotonic()
        before = draft


def _waiting(draft: Answer, place: Place) -> Waiting:
    kept = {field.name: getattr(draft, field.name) for field in fields(Answer)}
    return Waiting(**kept, place=place.number, wait_s=place.wait_s)


def _at_once(assistant: "Assistant") -> int:
    from rag.llamacpp import EmbeddedLLM

    return 1 if isinstance(getattr(assistant, "llm", None), EmbeddedLLM) else AT_ONCE
