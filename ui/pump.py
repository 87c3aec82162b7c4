"""A stream read so that its reader never has to wait for it."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.25
"""Seconds: how soon a reader who leaves while the model is busy is noticed."""


def pumped(
    stream: Generator[T, None, None], pause: Callable[[], float] = lambda: PAUSE
) -> Generator[T | None, None, None]:
    """What the stream yields, and None whenever nothing came for that many seconds.

    A generator that waits for a model cannot be closed; this one can at any time. The stream is read, and closed, by a
    thread of its own: as soon as the step under way is done.
    """
    things: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()

    def read() -> None:
        try:
            for thing in stream:
                things.put((thing,))
                if left.is_set():
                    break
            things.put(None)
        except BaseException as error:
            things.put(error)
        finally:
            stream.close()

    threading.Thread(target=read, name="answer", daemon=True).start()
    try:
        while True:
            try:
                thing = things.get(timeout=pause())
            except queue.Empty:
                yield None
                continue
            if thing is None:
                return
            if isinstance(thing, BaseException):
                raise thing
            yield thing[0]
    finally:
        left.set()
