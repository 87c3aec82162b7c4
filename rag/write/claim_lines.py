"""Laying out: checked sentences, in the order and under the headings that the form of an answer asks for. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.answer import Answer, Citation, Claim, Form, Status
from rag.retrieve.evidence import Quote
from rag.write import compose
from rag.write.days import day_in_words

LINED: frozenset[Form] = frozenset({"list", "count", "comparison", "timeline", "positions"})
"""Forms of which every sentence has a line of its own."""
_MOST_CITED = 3


@dataclass(frozen=True)
class Line:
    """A checked sentence and the quotes it rests on. `quoted` if it is the article's own, to be put in quotation marks.

    `group` is the heading it stands under, `day` (ISO, as exact as is known) that of the event, `speaker` whose words it
    tells; `span` are the words of the first quote that answer, `lead` those words as they stand before it.
    """

    said: str
    quotes: tuple[Quote, ...]
    support: float = 1.0
    quoted: bool = False
    group: str | None = None
    day: str | None = None
    speaker: str | None = None
    lead: str = ""
    span: tuple[int, int] | None = None


def when(line: Line) -> str:
    """Its place in a timeline: the day that it tells of, else the day on which its article was printed."""
    return line.day or (line.quotes[0][0].article.published or "9999")[:10]


def laid_out(answer: Answer, form: Form, lines: Sequence[Line], status: Status = "answered") -> Answer:
    """The lines as an answer: a timeline by day, groups together in the order of their first line.

    Markers are numbered in the order of `lines`, whatever their place, so that adding a line never changes one.
    """
    citations: list[Citation] = []
    marked = [(line, _markers(citations, line)) for line in lines]
    text, claims, heading = "", list[Claim](), None
    for line, markers in _ordered(form, marked):
        text += ("\n" if form in LINED else " ") if text else ""
        if line.group != heading:
            heading = line.group
            text += f"{compose.unmarked(heading)}{_colon(answer)}\n" if heading else ""
        if form == "timeline" and line.day:
            text += f"{day_in_words(line.day, answer.language)}{_colon(answer)} "
        start = len(text)
        said = compose.in_quotation_marks(answer, line.said) if line.quoted else line.said
        text += compose.marked(f"{line.lead}{_colon(answer)} {said}" if line.lead else said, markers)
        shown = Claim(text[start:], start, len(text), markers, True, line.support, line.speaker)
        claims.append(replace(shown, group=line.group, date=line.day))
    laid = replace(
        answer, form=form, status=status, text=text, claims=tuple(claims), citations=tuple(citations), closest=()
    )
    return compose.dated(laid)


def _markers(citations: list[Citation], line: Line) -> tuple[int, ...]:
    numbers = [
        compose.marker(citations, quote, line.span if n == 0 else None)
        for n, quote in enumerate(line.quotes[:_MOST_CITED])
    ]
    return tuple(dict.fromkeys(numbers))


_Marked = tuple[Line, tuple[int, ...]]


def _ordered(form: Form, lines: Sequence[_Marked]) -> Iterable[_Marked]:
    if form == "timeline":
        return sorted(lines, key=lambda pair: when(pair[0]))
    groups = list(dict.fromkeys(line.group for line, _ in lines))
    return sorted(lines, key=lambda pair: groups.index(pair[0].group))


def _colon(answer: Answer) -> str:
    return "\u00a0:" if answer.language == "fr" else ":"
