"""What happens while a question is answered, as `stream` yields it. The last event is `Finished`, and no other is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index.filters import Filter
from rag.answer import Answer, Citation, Claim

Stage = Literal["reading", "writing", "checking"]


@dataclass(frozen=True)
class Searched:
    """The articles were searched for the question as it was understood, or for these parts of it.

    `filter` is what the articles had to meet, if it left any out; `language` is the question's.
    """

    question: str
    language: str
    filter: Filter | None
    sub_questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The passages found, nearest first. They are not cited yet: their marker is 0."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class NeedsModel:
    """A language model is asked next. Where readers share one, the next event is taken when it is their turn."""


@dataclass(frozen=True)
class Waiting:
    """Other readers have the model: the place in the line (1 is next) and about how long it takes, where that is known."""

    place: int
    wait_s: float | None = None


@dataclass(frozen=True)
class Working:
    """A language model is at work. It comes at every step, also where nothing else is new, so that it can be stopped."""

    stage: Stage


@dataclass(frozen=True)
class ClaimReady:
    """A claim that was checked, with its citations. `text` is all that can be shown by now; the claim's offsets count in it.

    The finished answer may put the claim in other words or leave it out. A marker keeps its citation.
    """

    claim: Claim
    citations: tuple[Citation, ...]
    text: str


@dataclass(frozen=True)
class Finished:
    """The answer."""

    answer: Answer


Event = Searched | Evidence | NeedsModel | Waiting | Working | ClaimReady | Finished


def claims_ready(answer: Answer, shown: Sequence[Claim] = ()) -> Iterator[ClaimReady]:
    """An event for each claim of what is written so far, but those that were shown."""
    known = {claim.text for claim in shown}
    for claim in answer.claims:
        if claim.text not in known:
            cited = tuple(c for c in answer.citations if c.marker in claim.citations)
            yield ClaimReady(claim, cited, answer.text)


def finished(events: Iterable[Event]) -> Answer:
    """The answer at the end of a stream."""
    *_, last = events
    assert isinstance(last, Finished), "a stream ends with the answer"
    return last.answer
