"""Searches before everything else: while some readers have seen nothing yet, others can wait for the rest of an answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ui.server.pump import PAUSE, end_if_left

_PATIENCE_S = 5.0
_HELD_S = 2.0
_AT_ONCE = 16
"""Searches under way together: enough for the embedding to read its weights once for several (`index/embedding/batching.py`), few
enough for the first to be done soon. All at once, all would be late."""


class Searches:
    """Who is looking for evidence. Safe to share between threads."""

    def __init__(self) -> None:
        self._places = threading.Semaphore(_AT_ONCE)
        self._changed = threading.Condition()
        self._open = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A search, begun before those of whoever came later; after some seconds of waiting, in any case.

        Raises ReaderLeftError where the reader leaves while waiting.
        """
        with self._changed:
            self._open += 1
        placed = False
        try:
            latest = time.monotonic() + _PATIENCE_S
            while not placed and time.monotonic() < latest:
                placed = self._places.acquire(timeout=PAUSE)
                end_if_left()
            yield
        finally:
            if placed:
                self._places.release()
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def over(self) -> None:
        """Wait until nobody is searching, two seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _HELD_S)
