"""Give searches priority over the rest of other readers' answers, so that everybody sees evidence soon."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ui.server.background_stream import PAUSE, end_if_left

_PATIENCE_S = 5.0
_HELD_S = 2.0
_AT_ONCE = 16
"""Searches under way together: enough for the embedding to read its weights once for several (`index/embedding/batching.py`), few
enough for the first to be done soon. All at once, all would be late."""


class Searches:
    """The searches under way. Safe to use from several threads."""

    def __init__(self) -> None:
        self._places = threading.Semaphore(_AT_ONCE)
        self._changed = threading.Condition()
        self._open = 0

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Hold a place for a search; after `_PATIENCE_S` it begins without one.

        Raises ReaderLeftError if the reader leaves while waiting.
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

    def wait(self) -> None:
        """Wait until no search is under way, `_HELD_S` seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _HELD_S)
