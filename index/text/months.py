"""The names of the months in English and French, as the Unicode CLDR has them (babel)."""

from functools import cache

from babel.dates import get_month_names

from index.text.language import LANGUAGES
from index.text.terms import fold


def month_of(word: str) -> int | None:
    """The number of the month that a word names in either language, abbreviated or not."""
    return _months().get(fold(word.lower()).rstrip("."))


@cache
def _months() -> dict[str, int]:
    """The folded lower-case names of the months, full and abbreviated."""
    names = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                names[fold(name.lower()).rstrip(".")] = number
    return names | {"sept": 9, "fev": 2}
