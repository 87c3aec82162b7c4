"""Training examples as JSON lines: questions with passages, and statements with evidence."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Split = Literal["train", "calibrate", "test"]


@dataclass(frozen=True)
class Passage:
    """A passage that was found for a question. `answers` are spans in `text`, code points, half-open; none if it has none."""

    head: str
    text: str
    answers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class QuestionExample:
    """A question with passages, gold ones first. `yes_no` is "yes", "no", or None for other questions."""

    source: str
    split: Split
    group: str
    question: str
    passages: tuple[Passage, ...]
    yes_no: str | None = None
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class StatementExample:
    """A statement with its evidence; `label` is "supported", "contradicted", "neither" or "unsupported" (either of the two)."""

    source: str
    split: Split
    group: str
    statement: str
    head: str
    evidence: str
    label: str
    change: str = ""
    tags: tuple[str, ...] = field(default=())


def split_of(group: str) -> Split:
    """The split of an article or story: 80 % train, 10 % calibrate, 10 % test, by a hash of its name."""
    place = hashlib.sha256(group.encode()).digest()[0] % 10
    return "test" if place == 0 else "calibrate" if place == 1 else "train"


def write(path: Path, examples: Iterable[QuestionExample | StatementExample]) -> int:
    """Write examples, one a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_questions(path: Path) -> Iterator[QuestionExample]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        passages = tuple(Passage(p["head"], p["text"], tuple(map(tuple, p["answers"]))) for p in row.pop("passages"))
        yield QuestionExample(**row | {"passages": passages, "tags": tuple(row["tags"])})


def read_statements(path: Path) -> Iterator[StatementExample]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield StatementExample(**row | {"tags": tuple(row["tags"])})
