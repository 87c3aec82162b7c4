"""What each figure is called, what it means and which way is better: for the table, the report and the gate."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """A figure as people read it. `unit` is "" for a rate in [0, 1]."""

    name: str
    label: str
    meaning: str
    unit: str = ""
    higher_is_better: bool = True


GROUPS = {
    group: tuple(Measure(name, **values) for name, values in measures.items())
    for group, measures in tomllib.loads(Path(__file__).with_name("measures.toml").read_text("utf-8")).items()
}
MEASURES = {measure.name: measure for measures in GROUPS.values() for measure in measures}

HEADLINES = (
    "false_supported", "true_supported", "contradicted_found", "true_contradicted", "verdict_accuracy",
    "accuracy", "present_right", "vital_recall", "rejected", "f1", "abstention_recall", "abstention_precision", "false_refusal",
    "conflict_recognition", "citation_recall", "citation_precision", "source_recall", "source_precision", "verified",
    "recall@5", "passage_recall@5", "answer_words", "first_evidence_s_p50", "total_s_p50", "verdict_s_p50",
)  # fmt: skip
"""What people look at first."""

SLICED = (
    "accuracy", "present_right", "vital_recall", "abstention_recall", "false_refusal", "citation_recall",
    "source_recall", "verified", "recall@5", "passage_recall@5", "answer_words", "total_s_p50", "false_supported",
    "true_supported", "contradicted_found", "verdict_accuracy",
)  # fmt: skip
"""What is told of every slice."""

_DECIMALS = {"": 3, "cosine": 3, "s": 2, "USD": 4}


def written(value: float | None, measure: Measure) -> str:
    """A value as people read it."""
    return "–" if value is None else f"{value:.{_DECIMALS.get(measure.unit, 0)}f}"
