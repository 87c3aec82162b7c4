"""Slowing down guesses at the password: one attempt a second from an address that was wrong, ten from all of them."""

import time
from collections.abc import Callable

WRONG_PASSWORD_S = 1.0
AT_ONCE = 10
"""How many attempts a second all addresses together have, and how many seconds an attempt waits at most."""
_MOST_ADDRESSES = 10_000


class Throttle:
    """Says when an attempt may be looked at. Used by one event loop: no step of it is interrupted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._next_of_all = 0.0

    def wait_s(self, address: str) -> float | None:
        """Seconds until an attempt from that address may be looked at; None where too many wait already.

        Nobody waits before an attempt was wrong. Who waits has a place in the line, right or wrong.
        """
        now = self._clock()
        start = max(now, self._next.get(address, 0.0), self._next_of_all)
        if start - now > AT_ONCE * WRONG_PASSWORD_S:
            return None
        if start > now:
            self._delay(address, start)
        return start - now

    def was_wrong(self, address: str) -> None:
        """Note a wrong attempt that was looked at."""
        self._delay(address, self._clock())

    def _delay(self, address: str, start: float) -> None:
        if len(self._next) >= _MOST_ADDRESSES:
            self._next = {known: time for known, time in self._next.items() if time > self._clock()}
        self._next[address] = max(self._next.get(address, 0.0), start + WRONG_PASSWORD_S)
        self._next_of_all = max(self._next_of_all, start + WRONG_PASSWORD_S / AT_ONCE)
