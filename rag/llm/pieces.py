"""Pieces that something else produces in the background, as an iterator that never blocks for long and can be closed."""

import queue
from collections.abc import Iterator
from typing import Any

IDLE_S = 0.25
"""After so long without a piece, an iterator says that nothing new is there: whoever reads may want to stop meanwhile."""


class Pieces:
    """A queue from a producer (`put`, then `end`, from any thread) to one reader."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def put(self, piece: Any) -> None:
        self._queue.put((piece, None, False))

    @property
    def unread(self) -> int:
        return self._queue.qsize()

    def end(self, error: BaseException | None = None) -> None:
        self._queue.put((None, error, True))

    def __iter__(self) -> Iterator[Any]:
        """Every piece, and None whenever there is nothing new; raises the error that the producer ended with."""
        while True:
            try:
                piece, error, ended = self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                yield None
                continue
            if error is not None:
                raise error
            if ended:
                return
            yield piece
