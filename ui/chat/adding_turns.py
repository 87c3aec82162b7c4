"""Turns of visitors who add to the library at the same time: limits, one batch at a time, stopping."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from index.store.adding import Pace
from index.store.read_ahead import Stopped
from ui.server.turns import Turns

AT_ONCE = 16
EACH = 3
"""Sources added at once, in all and of one visitor."""
ADDING = ("source is being added", "sources are being added")


class Adders:
    """The sources being added. Safe to use from several threads."""

    def __init__(self) -> None:
        self._inside = Turns(AT_ONCE, 0, ADDING, EACH)
        self._turns = Turns(1, AT_ONCE, ADDING)
        self._stops: dict[threading.Event, str] = {}

    @contextmanager
    def stoppable(self, visitor: str, stop: threading.Event) -> Iterator[None]:
        """Register the event for `stop_all`; it is also set at the end of the context."""
        self._stops[stop] = visitor
        try:
            yield
        finally:
            stop.set()
            del self._stops[stop]

    def stop_all(self, visitor: str) -> None:
        """Stop all sources of a visitor."""
        for stop, whose in tuple(self._stops.items()):
            if whose == visitor:
                stop.set()

    @contextmanager
    def admitted(self, visitor: str, stop: threading.Event) -> Iterator[Pace]:
        """Enter, or raise BusyError if too many are added already."""
        with self._inside.admitted(visitor) as place:
            list(place.places())
            yield Pace(lambda: self._turn(visitor, stop), stop.is_set)

    @contextmanager
    def _turn(self, visitor: str, stop: threading.Event) -> Iterator[None]:
        with self._turns.admitted(visitor) as turn:
            for _ in turn.places():
                if stop.is_set():
                    raise Stopped
            yield
