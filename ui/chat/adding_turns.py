"""Who adds to the library: so many at once in all and of one visitor, batch by batch in turn, until each is stopped."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from index.store.adding import Pace
from index.store.read_ahead import Stopped
from ui.server.turns import Turns

AT_ONCE = 16
EACH = 3
"""How many add at once, and of one visitor."""
ADDING = ("source is being added", "sources are being added")


class Adders:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._inside = Turns(AT_ONCE, 0, ADDING, EACH)
        self._turns = Turns(1, AT_ONCE, ADDING)
        self._stops: dict[threading.Event, str] = {}

    @contextmanager
    def stoppable(self, visitor: str, stop: threading.Event) -> Iterator[None]:
        """Let `stop_all` set the event while this is open; it is set on leaving."""
        self._stops[stop] = visitor
        try:
            yield
        finally:
            stop.set()
            del self._stops[stop]

    def stop_all(self, visitor: str) -> None:
        """End what the visitor adds."""
        for stop, whose in tuple(self._stops.items()):
            if whose == visitor:
                stop.set()

    @contextmanager
    def admitted(self, visitor: str, stop: threading.Event) -> Iterator[Pace]:
        """Come in, or raise BusyError at once where too many add already."""
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
