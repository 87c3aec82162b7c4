"""Measures of statement checking: what is called supported, and what should have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.metrics.intervals import Figure, mean_figure, percentile_figure
from eval.metrics.summary import PERCENTILES, grouped
from eval.statement_sets import VERDICTS, StatementCase, Verdict


@dataclass(frozen=True)
class Judged:
    """A statement and the verdict it got; `verdict` is None where the check failed with `error`."""

    case: StatementCase
    verdict: Verdict | None
    seconds: float = 0.0
    error: str = ""

    @property
    def right(self) -> float:
        return float(self.verdict == self.case.label)

    def to_dict(self) -> dict[str, Any]:
        """One line of results.jsonl."""
        case = self.case
        return {
            "id": case.id, "statement": case.text, "lang": case.lang, "change": case.change, "label": case.label,
            "verdict": self.verdict, "evidence": case.evidence, "seconds": round(self.seconds, 4), "error": self.error,
        }  # fmt: skip


def verdict_scores(judged: Judged) -> dict[str, float | None]:
    """The measures of one verdict; None where a measure does not apply to the statement's label.

    A check that failed supports nothing: it is wrong, but it is no false statement shown as supported.
    """
    label, supported, contradicted = judged.case.label, judged.verdict == "supported", judged.verdict == "contradicted"
    true, false = label == "supported", label in ("contradicted", "neither")
    return {
        "verdict_accuracy": judged.right,
        "false_supported": float(supported) if false else None,
        "true_supported": float(supported) if true else None,
        "contradicted_found": float(contradicted) if label == "contradicted" else None,
        "true_contradicted": float(contradicted) if true else None,
    }


def verdict_figures(held: Sequence[Judged]) -> dict[str, Figure]:
    """Every measure over these verdicts."""
    scores = [verdict_scores(judged) for judged in held]
    result = {
        name: mean_figure([score[name] for score in scores]) for name in dict.fromkeys(k for s in scores for k in s)
    }
    seconds = [judged.seconds or None for judged in held]
    result |= {f"verdict_s_p{percent}": percentile_figure(seconds, percent) for percent in PERCENTILES}
    result["failed"] = mean_figure([float(bool(judged.error)) for judged in held])
    return {name: figure for name, figure in result.items() if figure.n}


def verdict_slices(held: Sequence[Judged]) -> dict[str, dict[str, Figure]]:
    """The figures of every language, label and kind of change."""
    groups = grouped(held, lambda judged: _groups(judged.case))
    return {name: verdict_figures(groups[name]) for name in sorted(groups)}


def confusion(held: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How often each label got each verdict; `failed` where the check raised an error."""
    columns = (*VERDICTS, "failed")
    counts: dict[str, dict[str, int]] = {}
    for judged in held:
        row = counts.setdefault(judged.case.label, dict.fromkeys(columns, 0))
        row[judged.verdict or "failed"] += 1
    return {label: counts[label] for label in VERDICTS if label in counts}


def verdict_overview(held: Sequence[Judged]) -> dict[str, Mapping[str, Any]]:
    """What summary.json says of the verdicts; `outcomes` are what a later run is compared with."""
    return {
        "figures": verdict_figures(held),
        "slices": verdict_slices(held),
        "confusion": confusion(held),
        "outcomes": {
            judged.case.id: {"accuracy": judged.right, "status": judged.verdict, "text": judged.verdict or judged.error}
            for judged in held
        },
        "failed": {judged.case.id: judged.error for judged in held if judged.error},
    }


def _groups(case: StatementCase) -> tuple[str, ...]:
    crossing = ("evidence in another language",) if case.crosses else ()
    change = (f"change {case.kind}",) if case.kind else ()
    return (f"language {case.lang}", f"label {case.label}", *crossing, *change)
