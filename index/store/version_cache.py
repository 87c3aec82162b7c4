"""Values that are asked for often, made again when the library has changed."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 500


class VersionCache:
    """Remembers values by their keys until `version` changes; no more than 500 at a time."""

    def __init__(self, version: Callable[[], tuple[int, int]]) -> None:
        self._version = version
        self._made: tuple[tuple[int, int], dict[object, Any]] = (-1, -1), {}

    def get(self, key: object, make: Callable[[], T]) -> T:
        """What was made under that key, or what `make` makes now."""
        version = self._version()
        if self._made[0] != version or len(self._made[1]) >= _MOST:
            self._made = version, {}
        made = self._made[1]
        if key not in made:
            made[key] = make()
        return made[key]  # type: ignore[no-any-return]
