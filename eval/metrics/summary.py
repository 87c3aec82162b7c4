"""The figures of a run: every measure over all questions, by language, by kind and by tag, with its interval."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from eval.cases import Case
from eval.metrics.intervals import Figure, mean_figure, percentile_figure, ratio_figure
from eval.reply_records import Record

Item = TypeVar("Item")
TIMES = ("first_evidence_s", "first_token_s", "total_s", "search_s")
PERCENTILES = (50, 90, 95)


def figures(records: Sequence[Record]) -> dict[str, Figure]:
    """Every measure over these records; a question whose engine failed counts as wrong, not as absent."""
    names = dict.fromkeys(name for record in records for name in record.scores)
    result = {name: mean_figure([record.value(name) for record in records]) for name in names if name not in TIMES}
    if "accuracy" in result:
        result["accuracy"] = mean_figure([outcome(record) for record in records])
        result["abstention_f1"] = _abstention_f1(records)
    for name in TIMES:
        values = [record.value(name) for record in records]
        result |= {f"{name}_p{percent}": percentile_figure(values, percent) for percent in PERCENTILES}
    result["failed"] = mean_figure([float(bool(record.error)) for record in records])
    return {name: figure for name, figure in result.items() if figure.n}


def outcome(record: Record) -> float | None:
    """Whether the answer was right; 0 where the engine failed."""
    return 0.0 if record.error else record.value("accuracy")


def slices(records: Sequence[Record], cases: Mapping[str, Case]) -> dict[str, dict[str, Figure]]:
    """The figures of each language, kind and tag that some but not all questions have; the same questions once, except
    that every form is kept.
    """
    groups = grouped(records, lambda record: _groups(cases[record.case_id]))
    told: dict[tuple[str, ...], str] = {tuple(record.case_id for record in records): "all"}
    for name, held in sorted(groups.items()):
        told.setdefault(tuple(record.case_id for record in held), name)
    kept = {*told.values(), *(name for name in groups if name.startswith("form "))}
    return {name: figures(groups[name]) for name in sorted(kept) if name in groups}


def _groups(case: Case) -> tuple[str, ...]:
    form = (f"form {case.form}",) if case.form else ()
    tags = (f"tag {tag}" for tag in dict.fromkeys(case.tags))
    return (f"language {case.lang}", f"expected {case.expect}", *form, *tags)


def _abstention_f1(records: Sequence[Record]) -> Figure:
    """Twice what was rightly declined over all that was declined and all that had to be."""
    declined = [record.value("abstention_precision") for record in records]
    absent = [record.value("abstention_recall") for record in records]
    parts = [2.0 * (value or 0.0) for value in absent]
    wholes = [float(one is not None) + float(other is not None) for one, other in zip(declined, absent, strict=True)]
    return ratio_figure(parts, wholes) if any(value is not None for value in absent) else Figure(None)


def by_engine(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The records of each engine, in the order of the run."""
    return grouped(records, lambda record: (record.engine,))


def grouped(items: Iterable[Item], names_of: Callable[[Item], Iterable[str]]) -> dict[str, list[Item]]:
    """The items under each of their names, in their order."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        for name in names_of(item):
            groups.setdefault(name, []).append(item)
    return groups


def overview(records: Sequence[Record], cases: Mapping[str, Case]) -> dict[str, dict[str, Any]]:
    """What summary.json says of each engine: figures, slices, and each question's outcome for later comparisons."""
    return {
        engine: {
            "figures": figures(held),
            "slices": slices(held, cases),
            "outcomes": {record.case_id: _outcome(record) for record in held},
            "failed": {record.case_id: record.error for record in held if record.error},
        }
        for engine, held in by_engine(records).items()
    }


def _outcome(record: Record) -> dict[str, Any]:
    answer = record.reply.answer if record.reply else None
    return {
        "accuracy": outcome(record),
        "status": answer.status if answer else None,
        "text": answer.text if answer else record.error,
    }


def plain_figures(engines: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Figures as plain values, as JSON has them."""
    plain: dict[str, Any] = json.loads(json.dumps(engines, default=asdict))
    return plain
