"""A cache for pure functions of a text: questions read the same articles and sentences again and again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_TEXTS = 1_024
_LONGEST = 20_000
"""Characters. Longer texts are not cached, to limit memory."""


def cached_by_text(function: F) -> F:
    """Cache the results for the last 1,024 texts of up to 20,000 characters."""
    cached = lru_cache(_TEXTS)(function)

    @wraps(function)
    def either(text: str, *more: Any) -> Any:
        return cached(text, *more) if len(text) <= _LONGEST else function(text, *more)

    return cast(F, either)
