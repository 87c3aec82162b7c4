"""Taking turns: who is answered now, who waits for how long, and who is told at once that it is too busy.

Turns go round the readers, not round their questions: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996).
Somebody who asks fifty questions at once does not keep the next reader waiting for all of them.
"""

import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from index.errors import BusyError

QUESTIONS = ("question is being answered", "questions are being answered")
_EXPECTED_S = 10.0
GLANCE_S = 2.0
"""How often who waits is looked after, even if nothing moved: to notice that they left."""


@dataclass(frozen=True)
class Place:
    """Where somebody stands in the line: 1 is next. `wait_s` is None until enough answers were timed."""

    number: int
    wait_s: float | None


@dataclass(eq=False)
class _Ticket:
    reader: str
    came: int = 0
    start: float = 0.0
    turn_since: float = field(default=0.0, compare=False)


class Turns:
    """`at_once` are served together, `room` more may wait. Safe to share between threads.

    `serving` says what one and what several are, for the notice that there is no room.
    """

    def __init__(self, at_once: int, room: int, serving: tuple[str, str] = QUESTIONS) -> None:
        self.at_once, self.room = at_once, room
        self._serving_words = serving
        self._moved = threading.Condition()
        self._present = 0
        self._comers = 0
        self._serving = 0
        self._line: list[_Ticket] = []
        self._clock = 0.0  # The start tag of who was served last: virtual time.
        self._next_start: dict[str, float] = {}
        self._lengths: deque[float] = deque(maxlen=20)
        self._expected: deque[float] = deque()

    def expect(self) -> None:
        """Count somebody who is on the way in, from the moment they knock; raise BusyError if there is no room.

        Between a request and its `admitted` lies a server's own queue, where a crowd would learn too late that it is
        too large. Who never comes in is forgotten after `_EXPECTED_S` seconds.
        """
        with self._moved:
            now = time.monotonic()
            while self._expected and self._expected[0] < now - _EXPECTED_S:
                self._expected.popleft()
            if self._present + len(self._expected) >= self.at_once + self.room:
                raise self._busy()
            self._expected.append(now)

    @property
    def present(self) -> int:
        """How many are being served or waiting."""
        return self._present

    @contextmanager
    def admitted(self, reader: str) -> Iterator["Turn"]:
        """Come in, or raise BusyError at once if there is no room. The turn is given back on leaving."""
        with self._moved:
            if self._expected:
                self._expected.popleft()
            if self._present >= self.at_once + self.room:
                raise self._busy()
            self._present += 1
            self._comers += 1
            ticket = _Ticket(reader, self._comers)
        try:
            yield Turn(self, ticket)
        finally:
            self._leave(ticket)

    def places(self, ticket: _Ticket) -> Generator[Place, None, None]:
        """Stand in line: the place whenever it changes and every `GLANCE_S`; ends when it is one's turn."""
        with self._moved:
            ticket.start = max(self._clock, self._next_start.get(ticket.reader, 0.0))
            self._next_start[ticket.reader] = ticket.start + 1
            self._line.append(ticket)
            # Among equals whoever came in first, though the other's evidence may have been found sooner.
            self._line.sort(key=lambda waiting: (waiting.start, waiting.came))
            self._call()
        shown, since = None, 0.0
        while True:
            with self._moved:
                if ticket.turn_since:
                    return
                place = self._place(ticket)
                if shown is not None and place.number == shown.number and time.monotonic() - since < GLANCE_S:
                    self._moved.wait(GLANCE_S)
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
            if ticket in self._line:
                self._line.remove(ticket)
            elif ticket.turn_since:
                self._serving -= 1
                self._lengths.append(time.monotonic() - ticket.turn_since)
            self._call()
            if not self._present:
                self._next_start.clear()

    def _busy(self) -> BusyError:
        wait_s = round(median(self._lengths) * (self.room + 1) / self.at_once) if self._lengths else 30
        served, waiting = self._serving, self._present - self._serving
        return BusyError(
            f"onrecord is busy: {served} {self._serving_words[served != 1]} and {waiting} {'is' if waiting == 1 else 'are'} "
            f"waiting. Try again in about {max(1, wait_s)} seconds.",
            max(1, wait_s),
        )


@dataclass(frozen=True)
class Turn:
    """One reader's admission; `places` is called once, when the turn is needed."""

    _turns: Turns
    _ticket: _Ticket

    def places(self) -> Generator[Place, None, None]:
        return self._turns.places(self._ticket)
