"""A cache that is cleared when the library changes."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 500


class VersionCache:
    """Up to 500 values by key, dropped when `version` changes."""

    def __init__(self, version: Callable[[], tuple[int, int]]) -> None:
        self._version = version
        self._values: tuple[tuple[int, int], dict[object, Any]] = (-1, -1), {}

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The cached value of that key, or the result of `make`."""
        version = self._version()
        if self._values[0] != version or len(self._values[1]) >= _MOST:
            self._values = version, {}
        values = self._values[1]
        if key not in values:
            values[key] = make()
        return values[key]  # type: ignore[no-any-return]
