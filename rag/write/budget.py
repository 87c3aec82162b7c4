"""Budgets: no prompt is longer than the model reads, and no question costs more tokens than it may. Pure functions."""

from collections.abc import Callable, Sequence

from rag.retrieve.evidence import Passage
from rag.write import prompts

CALLS, PLANNED_CALLS = 2, 3
"""So often is a capable model asked at the most: for its answer, and for its opinion on what the reader doubts; before both
for a plan, where the question is open."""
_DEAR = bytes([*b"0123456789", *range(128, 256)])


def room(context_window: int, max_tokens: int, reply: int, calls: int = CALLS) -> int:
    """The tokens that one prompt may have, so that its reply fits in as well, and all calls in `max_tokens`."""
    return min(context_window, max_tokens // calls) - reply


def within(passages: Sequence[Passage], prompt: Callable[[Sequence[Passage]], str], room: int) -> tuple[Passage, ...]:
    """The first passages with which the prompt has at most `room` tokens; none if it has more with the first alone."""
    fitting = len(passages)
    while fitting and at_most(prompt(passages[:fitting])) > room:
        fitting -= 1
    return tuple(passages[:fitting])


def fitting(pairs: Sequence[tuple[str, str]], room: int) -> int:
    """How many pairs of statement and evidence, from the first on, a question about them may hold in `room` tokens."""
    count = len(pairs)
    while count and at_most(prompts.render_opinion(pairs[:count])) > room:
        count -= 1
    return count


def at_most(text: str) -> int:
    """More tokens than tokenizers in use make of a text: half of its letters, every digit, every byte beyond ASCII."""
    coded = text.encode("utf-8", "replace")
    plain = len(coded.translate(None, delete=_DEAR))
    return plain // 2 + len(coded) - plain
