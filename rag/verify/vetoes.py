from collections.abc import Sequence
from dataclasses import dataclass

from rag.facts import facts_of, missing


@dataclass(frozen=True)
class Evidence:
    text: str
    language: str
    published: str | None
    title: str


@dataclass(frozen=True)
class Veto:
    kind: str
    said: str
    message: str


def vetoes(statement: str, evidence: Sequence[Evidence]) -> tuple[Veto, ...]:
    told = " ".join(e.text for e in evidence)
    return tuple(Veto("number", m, m) for m in missing(facts_of(statement), told + " " + evidence[0].title))
