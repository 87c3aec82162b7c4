"""What an engine gave for one question, and how it is kept in results.jsonl."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eval.metrics.ranking import Span
from rag.answer import Answer, answer_from_dict


@dataclass(frozen=True)
class Found:
    """A passage that an engine's search brought, in its order."""

    article_id: str
    start: int
    end: int
    similarity: float
    also_in: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        return (self.article_id, self.start, self.end)


@dataclass(frozen=True)
class Reply:
    """What an engine gave. `answer` is None where it only searches; `search_s` is what searching alone took."""

    answer: Answer | None
    retrieved: tuple[Found, ...]
    search_s: float = 0.0


@dataclass(frozen=True)
class Score:
    """The value of one measure for one question and why; None means that it does not apply, which is not 0."""

    value: float | None
    why: str = ""


@dataclass(frozen=True)
class Record:
    """One line of results.jsonl. Either a reply or the error that stood in its way."""

    key: str
    engine: str
    case_id: str
    question: str
    reply: Reply | None
    scores: Mapping[str, Score]
    error: str = ""

    def value(self, measure: str) -> float | None:
        """The value of a measure, None where it does not apply or the engine failed."""
        score = self.scores.get(measure)
        return score.value if score else None

    def to_json(self) -> str:
        values = asdict(self)
        if self.reply and self.reply.answer:
            values["reply"]["answer"] = self.reply.answer.to_dict()
        return json.dumps(values, ensure_ascii=False)


def read_record(line: str) -> Record | None:
    """The record of a line, None where it is not whole: a run that was killed may leave half a line behind."""
    try:
        values = json.loads(line)
        return Record(
            **{name: values[name] for name in ("key", "engine", "case_id", "question", "error")},
            reply=_reply(values["reply"]) if values["reply"] else None,
            scores={name: Score(**score) for name, score in values["scores"].items()},
        )
    except (ValueError, KeyError, TypeError):
        return None


def _reply(values: Mapping[str, Any]) -> Reply:
    answer = values["answer"]
    found = [Found(**{**found, "also_in": tuple(found["also_in"])}) for found in values["retrieved"]]
    return Reply(answer_from_dict(answer) if answer else None, tuple(found), values["search_s"])
