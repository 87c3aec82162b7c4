"""Pure functions of a text that remember their last results: each question meets the same articles and sentences again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_TEXTS = 1_024
_LONGEST = 20_000
"""Characters: whole books are read anew each time, so that what is remembered stays small."""


def cached_by_text(function: F) -> F:
    """The function with a memory of its last 1,024 texts, longer ones than 20,000 characters left out."""
    recalled = lru_cache(_TEXTS)(function)

    @wraps(function)
    def either(text: str, *more: Any) -> Any:
        return recalled(text, *more) if len(text) <= _LONGEST else function(text, *more)

    return cast(F, either)
