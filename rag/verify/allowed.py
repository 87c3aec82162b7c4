"""Whether the amounts of an evidence allow an amount of a statement: value, range, bound and unit, and simple arithmetic."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, permutations

from rag.verify.numbers import Amount
from rag.verify.units import compatible, family, is_money

_ROUGH = Decimal("0.1")
_EQUAL = Decimal("1e-9")
"""Shares of a number: what "about" allows, and what is lost in converting units."""
_BEYOND = Decimal("1.5")
"""How far above "more than N" a number may be: half of it again."""
_SMALL = 10
_MOST_TERMS = 8
_ALONE = {"th", "century"}


def allows(said: Amount, told: Amount) -> bool:
    """Whether one amount of the evidence shows the statement's."""
    if not compatible(said.unit, told.unit) or (said.unit != told.unit and {said.unit, told.unit} & _ALONE):
        return False
    if said.unit and told.unit and said.unit != told.unit:
        said, told = _in_family(said), _in_family(told)
    return values_allow(said, told)


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


def derivable(said: Amount, told: Sequence[Amount]) -> bool:
    """Whether a sum, difference, ratio or product of a few of the evidence's amounts gives the statement's."""
    plain = dict.fromkeys(replace(_in_family(one), start=0, end=0, bound="exact") for one in told if one.low == one.high)
    terms = [one for one in plain if one.low][:_MOST_TERMS]
    wanted = _in_family(said)
    return any(_matches(wanted, abs(result)) for result in _results(wanted, terms))


def _results(said: Amount, terms: Sequence[Amount]) -> Iterator[Decimal]:
    for one, other in combinations(terms, 2):
        if _joins(said, (one, other)):
            first, second = _same_scale(one.low, other.low)
            yield from (first + second, first - second)
        yield from _ratios(said, one, other)
    for one, other, third in permutations(terms[:5], 3):
        if _joins(said, (one, other, third)):
            yield from (one.low + other.low + third.low, one.low - other.low - third.low, one.low + other.low - third.low)
    alike = [one for one in terms if one.unit == said.unit]
    if len(alike) > 3 and said.unit:
        yield sum((one.low for one in alike), Decimal(0))


def _joins(said: Amount, terms: Sequence[Amount]) -> bool:
    """Whether amounts may be added up to the statement's: all of one unit, where one may be left out ("from 94 to 61 km/h")."""
    units = {one.unit for one in terms if one.unit not in {"", "th"}}
    unit = "" if said.unit == "th" else said.unit
    if unit == "point":
        return units <= {"percent", "point"} and bool(units)
    if unit == "hour" and units == {"clock"}:
        return True
    if units and unit and not any(compatible(unit, one) for one in units):
        return False
    return len(units) < 2 or all(is_money(one) for one in units) and all(compatible(a, b) for a, b in combinations(units, 2))


def _ratios(said: Amount, one: Amount, other: Amount) -> Iterator[Decimal]:
    if "percent" in {one.unit, other.unit} and one.unit != other.unit:
        share, whole = (one, other) if one.unit == "percent" else (other, one)
        if compatible(said.unit, whole.unit):
            yield from (share.low * whole.low / 100, whole.low * (1 - share.low / 100), whole.low * (1 + share.low / 100))
            yield whole.low * 100 / share.low
        return
    if said.unit in {"percent", "times"} and compatible(one.unit, other.unit):
        for over, under in ((one.low, other.low), (other.low, one.low)):
            yield from (over / under, over / under - 1) if said.unit == "times" else (100 * over / under, 100 * (over - under) / under)
        return
    if min(one.low, other.low) > 1 and (said.unit in {one.unit, other.unit, ""} or is_money(said.unit)):
        if one.unit != other.unit:
            yield one.low * other.low
        yield max(one.low, other.low) / min(one.low, other.low)


def _same_scale(one: Decimal, other: Decimal) -> tuple[Decimal, Decimal]:
    """The second number with the first's "million" where it leaves that out: "71 million, now 58"."""
    high, low = max(one, other), min(one, other)
    for scale in (10**9, 10**6):
        if high >= scale and low < 1000:
            return high, low * scale
    return one, other


def _matches(said: Amount, result: Decimal) -> bool:
    wanted = said.low
    if said.low < said.high:
        return False
    if said.bound == "exact":
        return _within(wanted, result, result, Decimal("0.01") if wanted >= _SMALL and wanted % 1 == 0 else _EQUAL)
    if said.bound in {"over", "least"}:
        return wanted <= result <= wanted * Decimal("1.25")
    if said.bound in {"under", "most"}:
        return wanted * Decimal("0.75") <= result <= wanted
    return _within(wanted, result, result, _ROUGH)


def _in_family(amount: Amount) -> Amount:
    kind, size = family(amount.unit)
    unit = amount.unit if is_money(amount.unit) else kind
    return replace(amount, low=amount.low * size, high=amount.high * size, unit=unit)


def _within(value: Decimal, low: Decimal, high: Decimal, share: Decimal) -> bool:
    return low * (1 - share) <= value <= high * (1 + share)
