"""Read items in a background thread, within a limit on what waits."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

_POLL_S = 0.25
_READ_AHEAD = 20_000_000
"""Characters that may wait for embedding, to limit memory."""


class Stopped(Exception):  # noqa: N818 - not an error
    """The user stopped adding."""


class ReadAhead(Generic[T]):
    """Iterates over items that another thread reads ahead; that thread pauses while items of size `most` are waiting.

    An error of the reader is raised in its place, Stopped once `stopped()` is true. Closing stops the reader after its
    current item. `read` is the total size read so far, `read_all` whether that is everything.
    """

    def __init__(
        self,
        items: Iterable[T],
        size: Callable[[T], int],
        most: int = _READ_AHEAD,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._stopped = stopped
        self._items = items
        self._size = size
        self._most = most
        self._queue: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()
        self._room = threading.Condition()
        self.read, self.read_all = 0, False
        self._taken = 0
        self._closed = False
        threading.Thread(target=self._read, name="reading", daemon=True).start()

    def __iter__(self) -> Iterator[T]:
        while (got := self._next()) is not None:
            if isinstance(got, BaseException):
                raise got
            with self._room:
                self._taken += self._size(got[0])
                self._room.notify()
            yield got[0]

    def _next(self) -> tuple[T] | BaseException | None:
        while not self._stopped():
            with suppress(queue.Empty):
                return self._queue.get(timeout=_POLL_S)
        raise Stopped

    def close(self) -> None:
        with self._room:
            self._closed = True
            self._room.notify()

    def _read(self) -> None:
        try:
            for item in self._items:
                with self._room:
                    self._room.wait_for(lambda: self._closed or self.read - self._taken < self._most)
                    if self._closed:
                        return
                    self.read += self._size(item)
                self._queue.put((item,))
            self.read_all = True
            self._queue.put(None)
        except BaseException as error:
            self._queue.put(error)
