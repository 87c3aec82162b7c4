"""A stream read by a thread of its own, so that the event loop which passes it on never waits for it."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.25
"""Seconds: how soon a reader who leaves while the model is busy is noticed."""

_LEFT: ContextVar[threading.Event | None] = ContextVar("left", default=None)


class ReaderLeftError(Exception):
    """Ends a step for which nobody waits any more."""


def end_if_left() -> None:
    """Raise ReaderLeftError in the thread of a stream whose reader has left; a long wait asks now and then."""
    left = _LEFT.get()
    if left is not None and left.is_set():
        raise ReaderLeftError


async def pumped(stream: Generator[T, None, None], pause: float = PAUSE) -> AsyncGenerator[T | None, None]:
    """What the stream yields, and None whenever nothing came for that many seconds.

    A generator that waits for a model cannot be closed; this one can at any time. The stream is closed by its own thread,
    as soon as the step under way is done, or calls `end_if_left`.
    """
    loop, left = asyncio.get_running_loop(), threading.Event()
    things: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()

    def put(thing: tuple[T] | BaseException | None) -> None:
        with suppress(RuntimeError):  # The loop is closed: the server stops, and nobody listens.
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
