"""A fair queue: some are served at once, some wait, more are refused.

Turns go round the readers by start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): fifty questions of one reader do
not delay the next reader by fifty answers.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from index.errors import BusyError

QUESTIONS = ("question is being answered", "questions are being answered")
POLL_S = 2.0
"""Interval at which the position is yielded again, to notice that a reader left."""


@dataclass(frozen=True)
class Place:
    """A position in the queue, 1 is next. `wait_s` is None until an answer was timed."""

    number: int
    wait_s: float | None


@dataclass(eq=False)
class _Ticket:
    reader: str
    arrival: int = 0
    start: float = 0.0
    turn_since: float = field(default=0.0, compare=False)


class Turns:
    """`at_once` are served together, `room` more may wait. Safe to share between threads.

    `serving` are the words for one and for several, for BusyError; `per_reader` limits how many of one reader are admitted.
    """

    def __init__(
        self, at_once: int, room: int, serving: tuple[str, str] = QUESTIONS, per_reader: int | None = None
    ) -> None:
        self.at_once, self.room, self._per_reader = at_once, room, per_reader
        self._by_reader: Counter[str] = Counter()
        self._serving_words = serving
        self._moved = threading.Condition()
        self._present = 0
        self._arrivals = 0
        self._serving = 0
        self._line: list[_Ticket] = []
        self._clock = 0.0  # Virtual time: the start tag of the last one served.
        self._next_start: dict[str, float] = {}
        self._lengths: deque[float] = deque(maxlen=20)
        self._expected = 0

    @contextmanager
    def expecting(self, queued: int) -> Iterator[None]:
        """Reserve a place for a request on its way into gradio's queue, where `queued` wait already.

        Raises BusyError if there is no room, before the request waits in that queue.
        """
        with self._moved:
            if self._present + self._expected + queued >= self.at_once + self.room:
                raise self._busy(self._expected + queued)
            self._expected += 1
        try:
            yield
        finally:
            with self._moved:
                self._expected -= 1

    @property
    def present(self) -> int:
        """How many are being served or waiting."""
        return self._present

    @contextmanager
    def admitted(self, reader: str) -> Iterator["Turn"]:
        """Enter, or raise BusyError if there is no room. The turn ends with the context."""
        with self._moved:
            if self._present >= self.at_once + self.room:
                raise self._busy()
            if self._per_reader is not None and self._by_reader[reader] >= self._per_reader:
                words = self._serving_words[self._per_reader != 1]
                raise BusyError(f"Of yours, {self._per_reader} {words}. Try again when one has ended.")
            self._present += 1
            self._by_reader[reader] += 1
            self._arrivals += 1
            ticket = _Ticket(reader, self._arrivals)
        try:
            yield Turn(self, ticket)
        finally:
            self._leave(ticket)

    def places(self, ticket: _Ticket) -> Generator[Place, None, None]:
        """Queue up: yield the place when it changes and every `POLL_S`; return when it is one's turn."""
        with self._moved:
            ticket.start = max(self._clock, self._next_start.get(ticket.reader, 0.0))
            self._next_start[ticket.reader] = ticket.start + 1
            self._line.append(ticket)
            # Ties by arrival, not by whose evidence was found first.
            self._line.sort(key=lambda waiting: (waiting.start, waiting.arrival))
            self._call()
        shown, since = None, 0.0
        while True:
            with self._moved:
                if ticket.turn_since:
                    return
                place = self._place(ticket)
                if shown is not None and place.number == shown.number and time.monotonic() - since < POLL_S:
                    self._moved.wait(POLL_S)
                    continue
            shown, since = place, time.monotonic()
            yield place

    def _place(self, ticket: _Ticket) -> Place:
        number = self._line.index(ticket) + 1
        return Place(number, median(self._lengths) * number / self.at_once if self._lengths else None)

    def _call(self) -> None:
        """Give free turns to the first in line."""
        while self._line and self._serving < self.at_once:
            ticket = self._line.pop(0)
            ticket.turn_since = time.monotonic()
            self._clock = ticket.start
            self._serving += 1
        self._next_start = {reader: start for reader, start in self._next_start.items() if start > self._clock}
        self._moved.notify_all()

    def _leave(self, ticket: _Ticket) -> None:
        with self._moved:
            self._present -= 1
            self._by_reader -= Counter([ticket.reader])
            if ticket in self._line:
                self._line.remove(ticket)
            elif ticket.turn_since:
                self._serving -= 1
                self._lengths.append(time.monotonic() - ticket.turn_since)
            self._call()
            if not self._present:
                self._next_start.clear()

    def _busy(self, coming: int = 0) -> BusyError:
        served, waiting = self._serving, self._present - self._serving + coming
        told = (
            f"onrecord is busy: {served} {self._serving_words[served != 1]} and {waiting} "
            f"{'is' if waiting == 1 else 'are'} waiting. "
        )
        if not self._lengths:  # Nothing was finished yet: how long it takes is not known.
            return BusyError(f"{told}Try again later.")
        wait_s = max(1, round(median(self._lengths) * (self.room + 1) / self.at_once))
        return BusyError(f"{told}Try again in about {wait_s} second{'s' if wait_s > 1 else ''}.", wait_s)


@dataclass(frozen=True)
class Turn:
    """One reader's admission; `places` is called once, when the turn is needed."""

    _turns: Turns
    _ticket: _Ticket

    def places(self) -> Generator[Place, None, None]:
        return self._turns.places(self._ticket)
