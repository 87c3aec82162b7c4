"""Thresholds for an archive of one's own, from a set of questions about it: what to decline, and what to call doubtful."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import track

from eval.cases import load_set
from index.errors import SettingsError
from rag.pipeline import PASSAGES
from rag.reader.runtime import Reader, Thresholds
from rag.retrieve.evidence import passages_of

if TYPE_CHECKING:
    from rich.console import Console

    from index import Library

MOST_REFUSED = 0.12
"""The share of answerable questions that may be declined for the sake of declining the others."""
_LEAST_PRESENT, _LEAST_ABSENT = 20, 10


@dataclass(frozen=True)
class Declining:
    """What a threshold does to a set: the shares declined of the questions without an answer and of those with one."""

    absent: float
    present: float


def calibrate(set_path: Path, library: "Library", reader: Reader, console: "Console") -> Thresholds:
    """The reader's thresholds with those for declining fitted to a set; raises SettingsError for a set that is too small."""
    cases = load_set(set_path).cases
    asked = [case for case in cases if not case.history]
    known: list[tuple[float, bool]] = []
    for case in track(asked, "Reading", console=console, transient=True):
        passages = passages_of(library.candidates(case.question, PASSAGES), library.sentences)
        reading = reader.read(case.question, [passage.for_reader for passage in passages])
        known.append((reading.answered, case.expect != "not_found"))
    present = sorted(chance for chance, answerable in known if answerable)
    absent = sorted(chance for chance, answerable in known if not answerable)
    if len(present) < _LEAST_PRESENT or len(absent) < _LEAST_ABSENT:
        raise SettingsError(
            f"The set has {len(present)} questions with an answer and {len(absent)} without; calibrating takes at least "
            f"{_LEAST_PRESENT} and {_LEAST_ABSENT}."
        )
    before = reader.thresholds
    declined = threshold(present, absent)
    after = replace(before, declined=round(declined, 4), doubtful=round(max(declined, before.doubtful), 4))
    for name, at in (("before", before.declined), ("after", after.declined)):
        done = declining(present, absent, at)
        console.print(
            f"{name}: threshold {at:.3f}, declines {done.absent:.2f} of the questions without an answer and "
            f"{done.present:.2f} of the others"
        )
    return after


def threshold(present: Sequence[float], absent: Sequence[float]) -> float:
    """Where most of `absent` are declined and at most MOST_REFUSED of `present`; the lowest such place. Both sorted."""
    highest = present[int(MOST_REFUSED * len(present))]
    below = [chance for chance in absent if chance < highest]
    return (below[-1] + min((c for c in present if c > below[-1]), default=highest)) / 2 if below else highest


def declining(present: Sequence[float], absent: Sequence[float], at: float) -> Declining:
    """The shares of both that lie below a threshold."""
    return Declining(sum(c < at for c in absent) / len(absent), sum(c < at for c in present) / len(present))
