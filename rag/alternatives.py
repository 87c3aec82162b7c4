"""Either-or questions about figures ("Is it $45,000 or $50,000?"): where the articles hold both, neither is chosen for you."""

import re
from collections.abc import Sequence

from rag.facts import Readings, numbers_of
from rag.verifying import Pair


def alternatives(question: str) -> tuple[Readings, ...]:
    """The figures that a question sets against each other; none if it does not."""
    found = tuple(dict.fromkeys(numbers_of(question)))
    return found if len(found) > 1 and re.search(r"\d[^?]{0,20}\b(?:or|ou)\b[^?]{0,20}\d", question) else ()


def sides(question: str, candidates: Sequence[Pair]) -> tuple[tuple[str, Pair], ...]:
    """Each alternative, as the question writes it, with the first sentence of its own; nothing unless two have one."""
    figures = alternatives(question)
    taken: list[tuple[str, Pair]] = []
    for figure in figures:
        holding = [pair for pair in candidates if _holds(pair, figure) and all(pair != other for _, other in taken)]
        alone = [pair for pair in holding if not any(_holds(pair, other) for other in figures if other != figure)]
        if holding:
            taken.append((_as_written(question, figure), (alone or holding)[0]))
    return tuple(taken) if len(taken) > 1 else ()


def _holds(pair: Pair, figure: Readings) -> bool:
    return any(figure & readings for readings in numbers_of(pair[1].text))


def _as_written(question: str, figure: Readings) -> str:
    """The figure in the question's own writing ("$45,000", "12 million"); one that it spells out is given in digits."""
    written: list[str] = re.findall(r"[$€£]?\d+(?:[\s.,\u00a0\u202f]\d+)*(?:[\s\u00a0\u202f]?[^\W\d_]+)?", question)
    for text in written:
        number = re.match(r"[^a-zA-Z]*\d", text)
        shorter = number[0] if number else text
        for candidate in (shorter, text):
            if any(figure & readings for readings in numbers_of(candidate)):
                return candidate.strip()
    return f"{min(figure):f}"
