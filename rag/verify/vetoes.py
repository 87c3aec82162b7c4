"""What a statement says and its evidence does not: numbers, units, bounds, dates, names, quotations and web addresses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Literal

from index.language import detect
from rag.verify.allowed import allows, derivable
from rag.verify.dates import Day, covers, dates, whole_day
from rag.verify.names import IsCommon, missing_names
from rag.verify.numbers import Amount, amounts
from rag.verify.units import compatible

Kind = Literal["number", "unit", "date", "name", "quotation", "address", "bound"]


@dataclass(frozen=True)
class Evidence:
    """Sentences of one article; `published` is its ISO date or None, `title` may support names and numbers too."""

    text: str
    language: str
    published: str | None
    title: str


@dataclass(frozen=True)
class Veto:
    """What the evidence does not show: `said` as the statement has it, `message` for people."""

    kind: Kind
    said: str
    message: str


def vetoes(statement: str, evidence: Sequence[Evidence], common: IsCommon | None = None) -> tuple[Veto, ...]:
    """What a statement says that its evidence does not, by kind; empty when code has no objection.

    `common` tells whether a lower-case word is an ordinary one; without it, a lone unknown word that opens the statement is
    judged by its form. An empty statement has no vetoes.
    """
    language = detect(statement)
    days = [(one, _published(one)) for one in evidence]
    said_days = [day for day in dates(statement, language, None)]
    said_days += [day for _, published in days if published for day in dates(statement, language, published)]
    told = [amount for one in evidence for amount in amounts(f"{one.title}. {one.text}", one.language)]
    return (
        *_numbers(statement, language, said_days, told, _between(days)),
        *_dates(statement, said_days, days, told),
        *_names(statement, language, evidence, common),
        *_quotations(statement, language, evidence),
        *_addresses(statement, evidence),
    )


def _published(evidence: Evidence) -> date | None:
    try:
        return date.fromisoformat((evidence.published or "")[:10])
    except ValueError:
        return None


# Numbers

_FEW = 3
"""Up to so many things a text can name without the number: "both", "A and B"."""
_MANY = 12
_ARTICLE = re.compile(r"(?:an?|une?)\b(?! (?:half|quarter|third|dozen|hundred|thousand|million|billion))", re.IGNORECASE)
_ZERO_WORDS = re.compile(r"0|zero|zéro", re.IGNORECASE)


def _numbers(
    statement: str, language: str, days: Sequence[Day], told: Sequence[Amount], between: Sequence[Amount]
) -> Iterator[Veto]:
    for group in _overlapping(amounts(statement, language)):
        start, end = min(one.start for one in group), max(one.end for one in group)
        said = statement[start:end]
        dated = any(day.start < end and start < day.end for day in days)
        zero = all(one.high == 0 for one in group) and not _ZERO_WORDS.match(said)
        if dated or zero or _ARTICLE.match(said) or _shown(group, told, between):
            continue
        kind = _kind(group, told)
        yield Veto(kind, said, _MESSAGES[kind].format(said))


_MESSAGES = {
    "number": "The evidence does not give the number “{}”.",
    "unit": "The evidence gives the number of “{}” in another unit.",
    "bound": "The evidence bounds “{}” the other way.",
}


def _overlapping(found: Sequence[Amount]) -> list[list[Amount]]:
    """Amounts that share characters: the readings of one number, or a range and its ends."""
    groups: list[list[Amount]] = []
    for amount in found:
        if groups and amount.start < max(one.end for one in groups[-1]):
            groups[-1].append(amount)
        else:
            groups.append([amount])
    return groups


def _shown(group: Sequence[Amount], told: Sequence[Amount], between: Sequence[Amount]) -> bool:
    ranges = [one for one in group if one.low < one.high]
    if any(_one_shown(one, told, between) for one in ranges):
        return True
    spans: dict[tuple[int, int], list[Amount]] = {}
    for one in group:
        if one.low == one.high:
            spans.setdefault((one.start, one.end), []).append(one)
    return bool(spans) and all(any(_one_shown(one, told, between) for one in readings) for readings in spans.values())


def _one_shown(said: Amount, told: Sequence[Amount], between: Sequence[Amount]) -> bool:
    if any(allows(said, one) for one in (*told, *between)):
        return True
    if said.low < said.high:
        return False
    whole = said.low == said.low.to_integral_value()
    if said.unit in {"", "people"} and whole and said.low <= _FEW:
        rivals = [one for one in told if one.unit in {"", "people"} and 0 < one.low <= _MANY]
    else:
        rivals = [one for one in told if one.unit and compatible(said.unit, one.unit)] if said.low == 1 and said.unit else list(told)
    return not rivals and said.low <= _FEW or derivable(said, told)


def _kind(group: Sequence[Amount], told: Sequence[Amount]) -> Literal["number", "unit", "bound"]:
    for said in group:
        for one in told:
            if said.low == one.low and said.high == one.high:
                return "bound" if compatible(said.unit, one.unit) and said.bound != one.bound else "unit"
    return "number"


# Dates

_Dated = Sequence[tuple[Evidence, date | None]]
_SPANS = {"day": 1, "week": 7}


def _days_told(days: _Dated) -> Iterator[Day]:
    for one, published in days:
        text = f"{one.title}. {one.text}"
        yield from (day for reading in {None, published} for day in dates(text, one.language, reading))


def _between(days: _Dated) -> list[Amount]:
    """How long it is between any two dates of the evidence, its publication included: in years, months and days."""
    isos = {day.iso for day in _days_told(days)} | {published.isoformat() for _, published in days if published}
    years = {int(iso[:4]) for iso in isos if re.match(r"\d{4}", iso)}
    months = {int(iso[:4]) * 12 + int(iso[5:7]) for iso in isos if re.match(r"\d{4}-\d\d", iso)}
    full = {day.toordinal() for iso in isos if (day := whole_day(iso))}
    lengths = {("year", abs(one - other)) for one, other in combinations(years, 2)}
    lengths |= {("month", abs(one - other)) for one, other in combinations(months, 2)}
    lengths |= {("day", abs(one - other)) for one, other in combinations(full, 2)}
    return [Amount(Decimal(length), Decimal(length), unit, 0, 0) for unit, length in lengths]


def _dates(statement: str, said: Sequence[Day], days: _Dated, told: Sequence[Amount]) -> Iterator[Veto]:
    known = _known_dates(days, told)
    spans: dict[tuple[int, int], list[Day]] = {}
    for day in said:
        spans.setdefault((day.start, day.end), []).append(day)
    for (start, end), readings in sorted(spans.items()):
        dated = [day for day in readings if not day.iso.startswith("-")] or readings
        if not any(covers(iso, day.iso) for day in dated for iso in known):
            yield Veto("date", statement[start:end], f"The evidence does not give the date “{statement[start:end]}”.")


def _known_dates(days: _Dated, told: Sequence[Amount]) -> frozenset[str]:
    """The dates of the evidence, its publication's, and those that a length of time in it leads to."""
    known = {day.iso for day in _days_told(days)} | {published.isoformat() for _, published in days if published}
    counted = [one for one in told if one.low == one.high and one.low == one.low.to_integral_value() and one.low < _LONG_AGO]
    reached = set()
    for iso in known:
        for amount in counted:
            reached |= set(_reached(iso, amount))
    return frozenset(known | reached | {f"{int(one.low)}" for one in told if 1000 <= one.low < 2200 and not one.unit})


_LONG_AGO = 1000


def _reached(iso: str, amount: Amount) -> Iterator[str]:
    """The dates that lie an amount of time before and after another: "two days later"."""
    length = int(amount.low)
    for sign in (1, -1):
        if amount.unit in _SPANS and (day := whole_day(iso)):
            yield (day + timedelta(days=sign * length * _SPANS[amount.unit])).isoformat()
        elif amount.unit == "month" and re.match(r"\d{4}-\d\d", iso):
            months = int(iso[:4]) * 12 + int(iso[5:7]) - 1 + sign * length
            yield f"{months // 12}-{months % 12 + 1:02}"
        elif amount.unit == "year" and re.match(r"\d{4}", iso):
            yield f"{int(iso[:4]) + sign * length:04}"


# Names, quotations, addresses


def _names(statement: str, language: str, evidence: Sequence[Evidence], common: IsCommon | None) -> Iterator[Veto]:
    text = "\n".join(f"{one.title}.\n{one.text}" for one in evidence)
    taken = [*dates(statement, language, None), *amounts(statement, language)]
    same = all(one.language == language for one in evidence)
    for name in missing_names(statement, text, same, common):
        if not any(day.start < name.end and name.start < day.end for day in taken):
            yield Veto("name", name.text, f"The evidence does not name “{name.text}”.")


_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«\s*([^«»]+?)\s*»|„([^„“”]+)[“”]")
_OMITTED = re.compile(r"\[?\(?(?:…|\.\.\.)\)?\]?|\[[^\]]*\]")


def _quotations(statement: str, language: str, evidence: Sequence[Evidence]) -> Iterator[Veto]:
    texts = [_plain(f"{one.title} {one.text}") for one in evidence if one.language == language]
    if not texts:
        return
    for match in _QUOTED.finditer(statement):
        quoted = next(group for group in match.groups() if group)
        parts = [_plain(part).strip(" .,;:!?") for part in _OMITTED.split(quoted)]
        if not all(any(part in text for text in texts) for part in parts):
            yield Veto("quotation", match[0], f"The evidence does not have the words {match[0]}.")


def _plain(text: str) -> str:
    """A text as quotations are compared: one kind of quotation mark, apostrophe, dash and space, lower case."""
    text = re.sub(r"[“”„«»\"]", "", text.replace("’", "'").replace("‘", "'"))
    return re.sub(r"\s+", " ", re.sub(r"[–—‑]", "-", text)).strip().lower()


_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|(?<![\w:])//)[^\s<>()\[\]\"”»]*[^\s<>()\[\]\"”».,;:!?]"
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w@./-])(?:[a-z0-9-]{2,}\.)+(?:com|org|net|info|eu|[a-z]{2})(?:/[^\s<>()\"”»]*\b)?(?![\w@])",
    re.IGNORECASE,
)


def _addresses(statement: str, evidence: Sequence[Evidence]) -> Iterator[Veto]:
    text = " ".join(f"{one.title} {one.text}" for one in evidence).lower()
    for match in _ADDRESS.finditer(statement):
        bare = re.sub(r"^[a-z+.-]*://(?:www\.)?|^//|^www\.", "", match[0].lower()).rstrip("/")
        if bare not in text:
            yield Veto("address", match[0], f"The evidence does not have the address {match[0]}.")
