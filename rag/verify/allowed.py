"""Whether the amounts of an evidence allow an amount of a statement: value, range, bound and unit, and simple arithmetic."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, permutations

from rag.verify.numbers import Amount
from rag.verify.units import compatible, factor, family, is_money

_ROUGH = Decimal("0.1")
_ROUGHLY = Decimal("0.05")
_EQUAL = Decimal("1e-12")
"""Shares of a number: what "about" allows, the same for a number that was worked out, and what is lost in converting units."""
_BEYOND = Decimal("1.5")
"""How far above "more than N" a number may be: half of it again."""
_SMALL = 10
_MOST_TERMS = 8
_ALONE = {"th", "century"}


def allows(said: Amount, told: Amount) -> bool:
    """Whether one amount of the evidence shows the statement's."""
    if said.unit != told.unit and (told.unit in _ALONE or said.unit == "century" or (said.unit == "th" and told.unit)):
        return False
    if said.per and told.per and said.per != told.per:
        return False
    return compatible(said.unit, told.unit) and values_allow(said, _converted(told, said.unit))


def equal(one: Amount, other: Amount) -> bool:
    """Whether two amounts give the same number or range, whatever their bounds."""
    told = _converted(other, one.unit) if compatible(one.unit, other.unit) else None
    return (
        told is not None
        and _within(one.low, told.low, told.low, _EQUAL)
        and _within(one.high, told.high, told.high, _EQUAL)
    )


def overlapping(found: Sequence[Amount]) -> list[list[Amount]]:
    """Amounts that share characters: the readings of one number, or a range and its ends."""
    groups: list[list[Amount]] = []
    for amount in found:
        if groups and amount.start < max(one.end for one in groups[-1]):
            groups[-1].append(amount)
        else:
            groups.append([amount])
    return groups


def shown(group: Sequence[Amount], one_shown: Callable[[Amount], bool]) -> bool:
    """Whether the whole is shown (a range, "one in nine"), or each number in it by one of its readings."""
    spans: dict[tuple[int, int], list[Amount]] = {}
    for one in group:
        spans.setdefault((one.start, one.end), []).append(one)
    known = {span: any(one_shown(one) for one in readings) for span, readings in spans.items()}
    wholes = {
        span for span in spans if any(span != other and span[0] <= other[0] and other[1] <= span[1] for other in spans)
    }
    parts = spans.keys() - wholes
    return any(known[span] for span in wholes) or (bool(parts) and all(known[span] for span in parts))


def _converted(told: Amount, unit: str) -> Amount:
    """An amount in another unit, compatible with its own; months in days are 30.4 of them, so that is "about"."""
    times = factor(told.unit, unit)
    if times == 1:
        return told
    bound = (
        "about"
        if {family(told.unit)[0], family(unit)[0]} == {"hour", "month"} and told.bound == "exact"
        else told.bound
    )
    return replace(told, low=told.low * times, high=told.high * times, unit=unit, bound=bound)


def values_allow(said: Amount, told: Amount) -> bool:
    """Whether the value, range and bound of the evidence's amount show the statement's, units aside."""
    if said.low < said.high:
        return said.low <= told.low and told.high <= said.high
    if said.bound in {"over", "least"}:
        floor = said.low < told.low or (said.low == told.low and (said.bound == "least" or told.bound not in {"exact"}))
        return told.bound not in {"under", "most"} and floor and told.low <= said.low * _BEYOND
    if said.bound in {"under", "most"}:
        roof = said.low > told.high or (said.low == told.high and (said.bound == "most" or told.bound not in {"exact"}))
        return told.bound not in {"over", "least"} and roof and said.low <= told.high * _BEYOND
    if "about" in {said.bound, told.bound}:
        return _within(said.low, told.low, told.high, _ROUGH)
    return told.low == told.high and _within(said.low, told.low, told.high, _EQUAL)


@dataclass(frozen=True)
class _Term:
    """A number to count with, in the statement's unit; `times` is what it was multiplied by to be so."""

    value: Decimal
    unit: str
    times: Decimal


def derivable(said: Amount, told: Sequence[Amount]) -> bool:
    """Whether a sum, difference, ratio or product of a few of the evidence's amounts gives the statement's."""
    terms = dict.fromkeys(_term(one, said.unit) for one in told if one.low == one.high and one.low)
    return any(_matches(said, abs(result)) for result in _results(said, list(terms)[:_MOST_TERMS]))


def _term(told: Amount, unit: str) -> _Term:
    if not compatible(told.unit, unit):
        return _Term(told.low, told.unit, Decimal(1))
    times = factor(told.unit, unit)
    return _Term(told.low * times, unit if told.unit and unit else told.unit, times)


def _results(said: Amount, terms: Sequence[_Term]) -> Iterator[Decimal]:
    for one, other in combinations(terms, 2):
        first, second = _alike(one, other)
        if _joins(said, (one, other)):
            yield from (first + second, first - second)
            if "clock" in {one.unit, other.unit}:
                yield Decimal(24) - abs(first - second)
        yield from _ratios(said, one, other)
        if (first, second) != (one.value, other.value):
            yield from _ratios(said, replace(one, value=first), replace(other, value=second))
    for one, other, third in permutations(terms[:5], 3):
        if _joins(said, (one, other, third)):
            # One that is taken from the two others comes out below zero, which its amount does not show.
            yield from (one.value + other.value + third.value, one.value - other.value - third.value)
    alike = [one.value for one in terms if one.unit == said.unit]
    if len(alike) > 3 and said.unit:
        yield sum(alike, Decimal(0))


def _joins(said: Amount, terms: Sequence[_Term]) -> bool:
    """Whether amounts may be added up to the statement's: all of one unit, where one may be left out ("from 94 to 61 km/h")."""
    units = {one.unit for one in terms if one.unit not in {"", "th"}}
    unit = "" if said.unit == "th" else said.unit
    if unit in {"point", "percent"} and units and units <= {"percent", "point"}:
        return True
    if unit in {"hour", ""} and units == {"clock"}:
        return True
    if units and unit and not any(compatible(unit, one) for one in units):
        return False
    return len(units) < 2 or (
        all(is_money(one) for one in units) and all(compatible(a, b) for a, b in combinations(units, 2))
    )


def _ratios(said: Amount, one: _Term, other: _Term) -> Iterator[Decimal]:
    units = {one.unit, other.unit}
    if said.unit in {"percent", "times"}:
        if units & {"times", "year", "clock", "th"} or not compatible(one.unit, other.unit):
            return
        for over, under in ((one.value, other.value), (other.value, one.value)):
            ratio = over / under
            yield from (ratio, ratio - 1) if said.unit == "times" else (100 * ratio, 100 * (ratio - 1))
    elif "percent" in units and len(units) == 2:
        share, whole = (one, other) if one.unit == "percent" else (other, one)
        if compatible(said.unit, whole.unit) and share.value:
            yield from (share.value * whole.value / 100, whole.value * 100 / share.value)
            yield from (whole.value * (1 - share.value / 100), whole.value * (1 + share.value / 100))
    elif len(units) == 2 and _counts(units) and min(one.value, other.value) > 1 and said.unit in units:
        yield one.value * other.value
        yield max(one.value, other.value) / min(one.value, other.value)


def _counts(units: set[str]) -> bool:
    """Whether one of two units may count the other: "$60 a day" times seven, or shared among 140."""
    return bool(units & {"", "people", "times"}) or any(family(unit)[0] in {"hour", "month"} for unit in units)


def _alike(one: _Term, other: _Term) -> tuple[Decimal, Decimal]:
    """The two numbers, one without a unit or a "million" being in those of the other: "from 3.20 to 3.60 euros"."""
    first = one.value * other.times if not one.unit and other.unit else one.value
    second = other.value * one.times if not other.unit and one.unit else other.value
    return _same_scale(first, second)


def _same_scale(one: Decimal, other: Decimal) -> tuple[Decimal, Decimal]:
    """Two numbers, the smaller with the other's "million" where it leaves that out: "71 million, now 58"."""
    high, low = max(one, other), min(one, other)
    scale = next((scale for scale in (10**9, 10**6) if high >= scale and low < 1000), 1)
    return (one, other * scale) if other == low else (one * scale, other)


def _matches(said: Amount, result: Decimal) -> bool:
    wanted = said.low
    if said.low < said.high:
        return False
    if said.unit == "times":
        return _within(wanted, result, result, _ROUGH)
    if said.bound == "exact":
        return _within(wanted, result, result, Decimal("0.01") if wanted >= _SMALL and wanted % 1 == 0 else _EQUAL)
    if said.bound in {"over", "least"}:
        return wanted <= result <= wanted * Decimal("1.25")
    if said.bound in {"under", "most"}:
        return wanted * Decimal("0.75") <= result <= wanted
    return _within(wanted, result, result, _ROUGHLY)


def _within(value: Decimal, low: Decimal, high: Decimal, share: Decimal) -> bool:
    return low * (1 - share) <= value <= high * (1 + share)
