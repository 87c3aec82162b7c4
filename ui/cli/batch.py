"""Answer the questions of a file, one per line. A line with an error gets an error reply; the others continue."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import Filter
from index.errors import OnrecordError, QuestionError
from rag import Answer, Assistant


@dataclass(frozen=True)
class Reply:
    """The answer to a line, or its error; `number` counts from 1."""

    number: int
    id: Any
    answer: Answer | None = None
    error: str = ""

    @property
    def values(self) -> dict[str, Any]:
        return {"id": self.id} | (self.answer.to_dict() if self.answer else {"error": self.error})


def read_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a file, or of standard input for "-", that are not empty; raises QuestionError if it cannot be read."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"The questions in {str(path)!r} cannot be read ({error}).") from error
    lines = text.split("\n")  # Not splitlines: a line separator within a question does not end its line.
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def replies(
    assistant: Assistant, lines: Sequence[tuple[int, str]], filter: Filter, translate: bool = False
) -> Iterator[Reply]:
    """Each line's reply, as it is made."""
    for number, line in lines:
        id = None
        try:
            asked = _object(line)
            id = asked.get("id")
            answer = assistant.ask(*_question(asked), filter=filter)
            yield Reply(number, id, assistant.translated(answer) if translate else answer)
        except OnrecordError as error:
            yield Reply(number, id, error=str(error))


def _object(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionError(f"This line is not JSON ({error.msg} at column {error.colno}).") from error
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"This line is not usable JSON ({error}).") from error
    if not isinstance(asked, dict):
        raise QuestionError('This line is no object: write {"id": "1", "question": "…"}.')
    return asked


def _question(asked: dict[str, Any]) -> tuple[str, list[str]]:
    question, history = asked.get("question"), asked.get("history") or []
    if not isinstance(question, str):
        raise QuestionError('This line has no question: write {"id": "1", "question": "…"}.')
    if not (isinstance(history, list) and all(isinstance(earlier, str) for earlier in history)):
        raise QuestionError('Its history is no list of questions: write "history": ["…", "…"].')
    return question, history
