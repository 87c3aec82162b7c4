"""The numbers and dates of two texts compared by value, in English and French alike."""

import re
from collections.abc import Sequence
from datetime import date

from index.text.text_cache import cached_by_text
from rag.verify.allowed import equal, overlapping, shown
from rag.verify.dates import Day, covers, dates
from rag.verify.numbers import Amount, amounts
from rag.verify.vetoes import missing_addresses

_FIGURE = re.compile(r"\d|z[eé]ro", re.IGNORECASE)


@cached_by_text
def numbers_of(text: str, language: str = "") -> tuple[Amount, ...]:
    """The amounts of a text, bare years among them, without the words for none and one and the parts of other dates.

    Without a language, English and French are read.
    """
    days = [day for day in dates_of(text) if not day.iso.isdigit()]
    found = {one for read in ([language] if language else ("en", "fr")) for one in amounts(text, read)}
    counted = (one for one in found if one.high > 1 or _FIGURE.search(text, one.start, one.end))
    outside = [one for one in counted if not any(day.start < one.end and one.start < day.end for day in days)]
    return tuple(sorted(outside, key=lambda one: (one.start, one.end, one.low)))


@cached_by_text
def dates_of(text: str, published: date | None = None) -> tuple[Day, ...]:
    """The dates of a text; without the day it was published, those that are counted from it are left out."""
    return dates(text, "", published)


def same_day(one: Sequence[Day], other: Sequence[Day]) -> bool:
    """Whether a date of the one is, or holds, a date of the other."""
    return any(covers(a.iso, b.iso) or covers(b.iso, a.iso) for a in one for b in other)


def missing(claim: str, text: str) -> tuple[str, ...]:
    """The numbers, dates and addresses of a claim that a text does not give, as the claim has them."""
    told, days = numbers_of(text), dates_of(text)
    groups = [
        one for one in overlapping(numbers_of(claim)) if not shown(one, lambda said: any(equal(said, t) for t in told))
    ]
    spans = {(min(one.start for one in group), max(one.end for one in group)) for group in groups}
    spans |= {(day.start, day.end) for day in dates_of(claim) if not day.iso.isdigit()}
    known = {
        span
        for span in spans
        if same_day([d for d in dates_of(claim) if d.start >= span[0] and d.end <= span[1]], days)
    }
    return (*(claim[slice(*span)] for span in sorted(spans - known)), *missing_addresses(claim, text))
