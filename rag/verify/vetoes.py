"""What a statement says and its evidence does not: numbers, units, bounds, dates, names, quotations and web addresses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Literal

from index.embedding.token_table import readable
from index.text.language import detect
from rag.verify.allowed import allows, derivable, overlapping, shown
from rag.verify.dates import Day, covers, dates, whole_day
from rag.verify.names import IsCommon, missing_names
from rag.verify.numbers import Amount, amounts
from rag.verify.units import compatible

Kind = Literal["number", "unit", "date", "name", "quotation", "address", "bound"]


@dataclass(frozen=True)
class Evidence:
    """Sentences of one article; `published` is its ISO date or None.

    The title may show names and numbers too. `context`, other sentences of the article, may show names only: "She says…" rests
    on the sentence before for who she is.
    """

    text: str
    language: str
    published: str | None
    title: str
    context: str = ""


@dataclass(frozen=True)
class Veto:
    """What the evidence does not show: `said` as the statement has it, `message` for people."""

    kind: Kind
    said: str
    message: str


_Dated = Sequence[tuple[Evidence, date | None]]


def vetoes(statement: str, evidence: Sequence[Evidence], common: IsCommon | None = None) -> tuple[Veto, ...]:
    """What a statement says that its evidence does not, by kind; empty when code has no objection.

    `common` tells whether a lower-case word is an ordinary one; without it, a lone unknown word that opens the statement is
    judged by its form. An empty statement has no vetoes.
    """
    statement = readable(statement)
    evidence = [replace(one, text=readable(one.text), title=readable(one.title)) for one in evidence]
    language = detect(statement)
    days = [(one, whole_day((one.published or "")[:10])) for one in evidence]
    said_days = list(dates(statement, language, None))
    said_days += [day for _, published in days if published for day in dates(statement, language, published)]
    told = _Told(days)
    return (
        *_numbers(statement, language, said_days, told),
        *_dates(statement, said_days, days, told.amounts),
        *_names(statement, language, evidence, common),
        *_quotations(statement, language, evidence),
        *_addresses(statement, evidence),
    )


class _Told:
    """What the evidence says in numbers: all its amounts, those that may be counted with, and the lengths between its dates."""

    def __init__(self, days: _Dated) -> None:
        self.amounts: list[Amount] = []
        self.terms: list[Amount] = []
        self.lengths = _between(days)
        for one, published in days:
            self.amounts += amounts(one.title, one.language)
            dated = dates(one.text, one.language, published)
            for amount in amounts(one.text, one.language):
                self.amounts.append(amount)
                in_date = any(day.start < amount.end and amount.start < day.end for day in dated)
                if not in_date and not _is_article(one.text[amount.start : amount.end], [amount]):
                    self.terms.append(amount)


# Numbers

_FEW = 2
"""Up to so many things a text can name without the number: "both", "A and B"."""
_MANY = 12
# "The two sides": a small number of things known already.
_DEFINITE = re.compile(r"\b(?:the|les|ces|these|those|des|leurs|both|their|ses|nos|aux)[ \u00a0]$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:an?|une?|the|this|la)\b", re.IGNORECASE)
_ZERO_WORDS = re.compile(r"0|zero|zéro", re.IGNORECASE)


def _numbers(statement: str, language: str, days: Sequence[Day], told: _Told) -> Iterator[Veto]:
    for group in overlapping(amounts(statement, language)):
        start, end = min(one.start for one in group), max(one.end for one in group)
        said = statement[start:end]
        dated = any(day.start < end and start < day.end for day in days)
        zero = all(one.high == 0 for one in group) and not _ZERO_WORDS.match(said)
        both = all(one.high <= _FEW for one in group) and not said[:1].isdigit() and _DEFINITE.search(statement[:start])
        if dated or zero or both or _is_article(said, group) or shown(group, lambda said: _one_shown(said, told)):
            continue
        kind = _kind(group, told.amounts)
        yield Veto(kind, said, _MESSAGES[kind].format(said))


_MESSAGES = {
    "number": "The evidence does not give the number “{}”.",
    "unit": "The evidence gives the number of “{}” in another unit.",
    "bound": "The evidence bounds “{}” the other way.",
}


def _is_article(said: str, group: Sequence[Amount]) -> bool:
    """Whether an amount is an article with a unit: "a year"."""
    return all(one.low == 1 for one in group) and bool(_ARTICLE.match(said))


def _one_shown(said: Amount, told: _Told) -> bool:
    if any(allows(said, one) for one in told.amounts) or _lasts(said, told.lengths):
        return True
    if said.low < said.high or _otherwise_bound(said, told.amounts):
        return False
    if said.unit in {"", "people"} and said.low <= _FEW and said.low == said.low.to_integral_value():
        rivals = [one for one in told.amounts if one.unit in {"", "people"} and 0 < one.low <= _MANY]
    elif said.low == 1 and said.unit:
        rivals = [one for one in told.amounts if one.unit and compatible(said.unit, one.unit)]
    else:
        return derivable(said, told.terms)
    return not rivals or derivable(said, told.terms)


def _lasts(said: Amount, lengths: Sequence[Amount]) -> bool:
    return bool(said.unit) and said.bound in {"exact", "about"} and any(allows(said, one) for one in lengths)


def _otherwise_bound(said: Amount, told: Sequence[Amount]) -> bool:
    """Whether the evidence has the number with the opposite bound: "at most ten" for "at least ten"."""
    same = (one for one in told if said.low == one.low == one.high and compatible(said.unit, one.unit))
    return any({said.bound, one.bound} in _OPPOSITE for one in same)


_OPPOSITE = ({"over", "under"}, {"over", "most"}, {"least", "under"}, {"least", "most"})


def _kind(group: Sequence[Amount], told: Sequence[Amount]) -> Literal["number", "unit", "bound"]:
    for said in group:
        for one in told:
            if said.low == one.low and said.high == one.high:
                return "bound" if compatible(said.unit, one.unit) and said.bound != one.bound else "unit"
    return "number"


# Dates

_SPANS = {"day": 1, "week": 7}


def _days_told(days: _Dated) -> Iterator[Day]:
    for one, published in days:
        text = f"{one.title}. {one.text}"
        yield from (day for reading in {None, published} for day in dates(text, one.language, reading))


def _between(days: _Dated) -> list[Amount]:
    """How long it is between any two dates of the evidence, weekdays left out, its publication included: years, months, days."""
    isos = {published.isoformat() for _, published in days if published}
    for one, published in days:
        text = f"{one.title}. {one.text}"
        weekdays = {day.start for day in dates(text, one.language, None) if day.iso.startswith("-W")}
        isos |= {day.iso for day in dates(text, one.language, published) if day.start not in weekdays}
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
        if not any(_is_known(day.iso, readings, known) for day in readings):
            yield Veto("date", statement[start:end], f"The evidence does not give the date “{statement[start:end]}”.")


def _is_known(iso: str, readings: Sequence[Day], known: frozenset[str]) -> bool:
    """Whether the evidence shows one reading of a date; "Monday" without its date only where it is undated there too."""
    if iso.startswith("-") and any(not day.iso.startswith("-") for day in readings):
        return iso in known
    return any(covers(one, iso) for one in known)


def _known_dates(days: _Dated, told: Sequence[Amount]) -> frozenset[str]:
    """The dates of the evidence, its publication's, and those that a length of time in it leads to."""
    known = {day.iso for day in _days_told(days)} | {published.isoformat() for _, published in days if published}
    counted = [
        one for one in told if one.low == one.high and one.low == one.low.to_integral_value() and one.low < _LONG_AGO
    ]
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
    text = "\n".join(f"{one.title}.\n{one.text}\n{one.context}" for one in evidence)
    taken = [(day.start, day.end) for day in dates(statement, language, None)]
    taken += [(amount.start, amount.end) for amount in amounts(statement, language)]
    same = all(one.language == language for one in evidence)
    for name in missing_names(statement, text, same, common):
        if not any(start < name.end and name.start < end for start, end in taken):
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
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w@./-])(?:(?:[a-z0-9-]{2,}\.)+(?:com|org|net|info|eu|[a-z]{2})|(?-i:(?:[a-z0-9-]{2,}\.)+[a-z]{2,24}))"
    r"(?:/[^\s<>()\"”»]*\b)?(?![\w@])",
    re.IGNORECASE,
)


def sends_elsewhere(statement: str) -> bool:
    """Whether a statement gives an address of the web or of mail; a name that ends like one ("Booking.com") is a name."""
    return any(not match[0][0].isupper() for match in _ADDRESS.finditer(statement))


def missing_addresses(statement: str, text: str) -> list[str]:
    """The addresses of the web or of mail in a statement that a text does not have."""
    bare = {
        said[0]: re.sub(r"^[a-z+.-]*://(?:www\.)?|^//|^www\.", "", said[0].lower())
        for said in _ADDRESS.finditer(statement)
    }
    return [said for said, address in bare.items() if address.rstrip("/") not in text.lower()]


def _addresses(statement: str, evidence: Sequence[Evidence]) -> Iterator[Veto]:
    for said in missing_addresses(statement, " ".join(f"{one.title} {one.text}" for one in evidence)):
        yield Veto("address", said, f"The evidence does not have the address {said}.")
