"""Read a generator in a thread, so that the event loop never waits for it."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.25
"""Seconds until a disconnected reader is noticed while the model is busy."""

_LEFT: ContextVar[threading.Event | None] = ContextVar("left", default=None)


class ReaderLeftError(Exception):
    """The reader of this stream has disconnected."""


def end_if_left() -> None:
    """Raise ReaderLeftError if this thread's reader has left. Call it during long waits."""
    left = _LEFT.get()
    if left is not None and left.is_set():
        raise ReaderLeftError


async def read_in_thread(stream: Generator[T, None, None], pause: float = PAUSE) -> AsyncGenerator[T | None, None]:
    """Yield the stream's values, and None after every `pause` seconds without one.

    Unlike the stream, this can be closed at any time. Its thread then closes the stream after the current step, or in
    `end_if_left`.
    """
    loop, left = asyncio.get_running_loop(), threading.Event()
    things: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()

    def put(thing: tuple[T] | BaseException | None) -> None:
        with suppress(RuntimeError):  # The loop is closed: the server is stopping.
            loop.call_soon_threadsafe(things.put_nowait, thing)

    def read() -> None:
        _LEFT.set(left)
        try:
            for thing in stream:
                put((thing,))
                if left.is_set():
                    break
            put(None)
        except BaseException as error:
            put(error)
        finally:
            stream.close()

    threading.Thread(target=read, name="answer", daemon=True).start()
    try:
        while True:
            try:
                async with asyncio.timeout(pause):
                    thing = await things.get()
            except TimeoutError:
                yield None
                continue
            if thing is None:
                return
            if isinstance(thing, BaseException):
                raise thing
            yield thing[0]
    finally:
        left.set()
