"""The layout of an answer by its form, for the page, the terminal, Markdown and plain text. Pure functions.

It depends on `form` and on the claims' `group`, `date` and `speaker`; without these an answer is prose.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer import Answer, Citation, Claim
from ui.i18n import words
from ui.markup import day, iso_day

Kind = Literal["timeline", "table", "sections", "list"]

_MARKERS = re.compile(r"(?:\s?\[\d+\])*[.,;:!?…»”]*")


@dataclass(frozen=True)
class Item:
    """A claim, `text[start:end]` of the answer with its markers, and the words before it (`lead`)."""

    lead: str
    start: int
    end: int
    date: str = ""


@dataclass(frozen=True)
class Section:
    """Claims under one heading; an empty heading shows none."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Layout:
    """`opening` is the text before the claims, `closing` the offset of the text after them."""

    kind: Kind
    sections: tuple[Section, ...]
    opening: str = ""
    closing: int = 0


def layout_of(answer: Answer) -> Layout | None:
    """The layout of a finished answer; None for prose."""
    if answer.status == "not_found" or len(answer.claims) < 2:
        return None
    claims = sorted(answer.claims, key=lambda claim: claim.start)
    match answer.form:
        case "timeline" if any(claim.date for claim in claims):
            return _layout("timeline", answer, [("", _chronological(claims))])
        case "comparison" if len({claim.group for claim in claims if claim.group}) > 1:
            return _layout("table", answer, _grouped(claims, lambda claim: claim.group))
        case "comparison" if any(claim.group for claim in claims):  # Of one side alone: no table.
            return _layout("sections", answer, _grouped(claims, lambda claim: claim.group))
        case "positions" if any(claim.speaker for claim in claims):
            return _layout("sections", answer, _grouped(claims, lambda claim: claim.speaker))
        case "summary" if any(claim.group for claim in claims):
            return _layout("sections", answer, _grouped(claims, lambda claim: claim.group))
        case "list" | "count":
            return _layout("list", answer, _grouped(claims, lambda claim: claim.group))
    return None


def shown_text(answer: Answer) -> str:
    """The answer as plain text, which Markdown shows as lists: its layout, and what the articles leave open."""
    layout = layout_of(answer)
    return "\n\n".join(
        [answer.text if layout is None else _text(answer, layout), *remarks(answer), *other_readings(answer)]
    )


def remarks(answer: Answer) -> list[str]:
    """What is said beside the answer: how the question was read, parts left open and not named in its text, notices."""
    say = words(answer.language)
    left = [part for part in answer.open if part not in answer.text]
    read = answer.reading.understood_as
    return [
        *([f"{say['read_as']} {read}."] if read else []),
        *([f"{say['open']} {'; '.join(left)}."] if left else []),
        *answer.notices,
    ]


def other_readings(answer: Answer) -> list[str]:
    """The other readings of the question in one line, where no buttons can be."""
    say, others = words(answer.language), answer.reading.others
    return [f"{say['other_readings']}{say['colon']} {' · '.join(others)}"] if others else []


def by_article(citations: Iterable[Citation]) -> list[tuple[Citation, ...]]:
    """The citations in order, those of one article together."""
    groups: dict[str, list[Citation]] = {}
    for citation in citations:
        groups.setdefault(citation.article_id, []).append(citation)
    return [tuple(group) for group in groups.values()]


def newest(citations: Iterable[Citation]) -> str:
    """The latest day on which one of these was published; "" unless all have a day and they differ."""
    days = {iso_day(citation.published) for citation in citations}
    return max(days) if len(days) > 1 and "" not in days else ""


def _layout(kind: Kind, answer: Answer, groups: Sequence[tuple[str, Sequence[Claim]]]) -> Layout:
    ends = {claim: _end(answer, claim) for claim in answer.claims}
    order = sorted(answer.claims, key=lambda claim: claim.start)
    leads = {
        claim: _lead(answer.text[ends[before] if before else 0 : claim.start], claim)
        for before, claim in zip([None, *order], order, strict=False)
    }
    opening, leads[order[0]] = leads[order[0]], ""
    rest = words(answer.language)["other_passages"] if kind == "sections" and len(groups) > 1 else ""
    sections = tuple(
        Section(
            heading or rest, tuple(Item(leads[claim], claim.start, ends[claim], claim.date or "") for claim in claims)
        )
        for heading, claims in groups
    )
    return Layout(kind, sections, opening, max(ends.values()))


def _end(answer: Answer, claim: Claim) -> int:
    """Where a claim ends with the markers and the full stop that follow it."""
    found = _MARKERS.match(answer.text, claim.end)
    return found.end() if found else claim.end


def _lead(between: str, claim: Claim) -> str:
    """The words before a claim, unless they only repeat its heading."""
    rest = between.casefold()
    told = [claim.group, claim.speaker, claim.date]
    told += [day(claim.date, words(language)) for language in ("en", "fr")] if claim.date else []
    for name in filter(None, told):
        rest = rest.replace(name.casefold(), "")
    return between.strip() if re.search(r"\w", rest) else ""


def _chronological(claims: Sequence[Claim]) -> list[Claim]:
    """By date; a claim without one stays behind the claim that it followed."""
    dates, last = [], ""
    for claim in claims:
        last = claim.date or last
        dates.append(last)
    return [claim for _, claim in sorted(zip(dates, claims, strict=True), key=lambda dated: dated[0])]


def _grouped(claims: Sequence[Claim], heading: Callable[[Claim], str | None]) -> list[tuple[str, list[Claim]]]:
    """The claims by heading, in the order in which the headings come; those without one last."""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(heading(claim) or "", []).append(claim)
    alone = groups.pop("", [])
    return [*groups.items(), *([("", alone)] if alone else [])]


def _text(answer: Answer, layout: Layout) -> str:
    say = words(answer.language)
    parts = [layout.opening]
    for section in layout.sections:
        lines = [section.heading] if section.heading else []
        bullet = "" if answer.form == "summary" else "  - "
        for item in section.items:
            dated = f"{day(item.date, say)}{say['colon']} " if item.date and layout.kind == "timeline" else ""
            lead = f"{item.lead} " if item.lead else ""
            lines.append(f"{bullet}{dated}{lead}{answer.text[item.start : item.end]}")
        parts.append("\n".join(lines))
    return "\n\n".join(filter(None, [*parts, answer.text[layout.closing :].strip()]))
