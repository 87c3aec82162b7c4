"""The report: one page that opens anywhere, with the figures, the pictures, what changed and what went wrong.

Its HTML is that of the Jinja2 templates in `templates/`, which escape every value.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.cases import Case, QuestionSet
from eval.corpus import Corpus
from eval.gate import accuracy_changes
from eval.metrics.citing import is_verbatim
from eval.metrics.measures import GROUPS, HEADLINES, MEASURES, SLICED, Measure, written
from eval.metrics.summary import by_engine, outcome
from eval.metrics.verdicts import Judged
from eval.reply_records import Record
from eval.report import plots
from eval.statement_sets import VERDICTS, StatementSet

Summary = Mapping[str, Any]

_EXPLAINED = ("accuracy", "vital_recall", "citation_recall", "verified", "markers", "invariants", "language")
_DRAWN = ("abstention_recall", "false_refusal", "citation_recall", "citation_precision", "verified")
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_report(
    path: Path, questions: QuestionSet, cases: Sequence[Case], records: Sequence[Record], summary: Summary,
    baseline: Summary | None, corpus: Corpus,
) -> None:  # fmt: skip
    """Write the page of a run."""
    values = {
        "pictures": _pictures(records, {case.id: case for case in cases}, summary),
        "wrong": {engine: [one for one in held if _is_wrong(one)] for engine, held in by_engine(records).items()},
        "cases": {case.id: case for case in cases},
        "corpus": corpus,
        "tags": _tags,
        "reasons": _reasons,
        "is_verbatim": is_verbatim,
    }
    _write(path, questions, {case.id: case.question for case in cases}, summary, baseline, values)


def write_statement_report(
    path: Path, statements: StatementSet, judged: Sequence[Judged], summary: Summary, baseline: Summary | None
) -> None:
    """Write the page of a run of statements. False ones that were called supported come first among the mistakes."""
    wrong = sorted((one for one in judged if not one.right), key=lambda one: one.verdict != "supported")
    values = {"wrong": wrong, "verdicts": _verdicts}
    _write(path, statements, {one.case.id: one.case.text for one in judged}, summary, baseline, values)


def _write(
    path: Path, asked: QuestionSet | StatementSet, texts: Mapping[str, str], summary: Summary, baseline: Summary | None,
    values: Mapping[str, Any],
) -> None:  # fmt: skip
    engines = summary["engines"]
    told = {name for held in engines.values() for name in held["figures"]}
    slices = [figures for held in engines.values() for figures in held["slices"].values()]
    page = _TEMPLATES.get_template(f"{summary['set'].get('kind', 'questions')}.html").render(
        asked=asked,
        texts=texts,
        summary=summary,
        engines=engines,
        baseline=baseline,
        headlines=[MEASURES[name] for name in HEADLINES if name in told],
        groups={group: [one for one in measures if one.name in told] for group, measures in GROUPS.items()},
        slices=dict.fromkeys(name for held in engines.values() for name in held["slices"]),
        sliced=[MEASURES[name] for name in SLICED if any(name in figures for figures in slices)],
        changes=accuracy_changes(summary, baseline) if baseline else {},
        change=lambda measure, figure, engine: _change(measure, figure, engine, baseline),
        facts=_facts(asked, summary),
        written=written,
        **values,
    )
    path.write_text(page, encoding="utf-8")


def _change(measure: Measure, figure: Summary, engine: str, baseline: Summary | None) -> tuple[str, str]:
    """The class and the words of what a figure gained or lost; no words where the baseline does not have it."""
    old = baseline["engines"].get(engine, {}).get("figures", {}).get(measure.name) if baseline else None
    if not old or old["value"] is None:
        return "", ""
    change = figure["value"] - old["value"]
    if abs(change) < 5e-4:
        return "same", "="
    better = (change > 0) == measure.higher_is_better
    apart = figure["low"] > old["high"] or figure["high"] < old["low"]
    kind = ("better" if better else "worse") + (" apart" if apart else "")
    return kind, f"{'▲' if change > 0 else '▼'} {written(abs(change), measure)}"


def _facts(asked: QuestionSet | StatementSet, summary: Summary) -> dict[str, str]:
    """What a run was made with."""
    of = summary["set"]
    code = {key: value for key, value in summary["code"].items() if value}
    settings = {
        engine: _listed({key: value for key, value in values.items() if key != "library" and value is not None})
        for engine, values in summary["settings"].items()
    }
    return {
        "set": f"{of['name']} ({of['hash']}), sample {of['sample'] or 'whole'}, seed {of['seed']}",
        "licence": asked.licence,
        "attribution": asked.attribution,
        "code": _listed(code),
        "library": _listed(summary["corpus"]["fingerprint"] if "corpus" in summary else {}),
    } | settings


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _pictures(records: Sequence[Record], cases: Mapping[str, Case], summary: Summary) -> dict[str, str]:
    """The pictures by their titles, in base64; none of what the run did not measure."""
    grouped = by_engine(records)
    figures = {engine: held["figures"] for engine, held in summary["engines"].items()}
    absent = {id: case.expect == "not_found" for id, case in cases.items()}
    answering = [engine for engine in grouped if "accuracy" in figures[engine]]
    searching = {engine: held for engine, held in figures.items() if "recall@1" in held or "passage_recall@1" in held}
    drawn = {
        "Right, and rightly declined": plots.rates(_rate_rows(summary, answering), answering) if answering else None,
        "Retrieval": plots.recall_over_k(searching) if searching else None,
        "Time": plots.latency(grouped),
        "What declining costs": plots.gate(grouped, figures, absent),
    }
    return {title: base64.b64encode(svg).decode() for title, svg in drawn.items() if svg}


def _rate_rows(summary: Summary, engines: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Accuracy, whole and by language, then the other rates: the figure of every engine."""
    held = {engine: summary["engines"][engine] for engine in engines}
    languages = dict.fromkeys(name for one in held.values() for name in one["slices"] if name.startswith("language "))
    right = {
        f"right, {name.removeprefix('language ')}": {
            engine: one["slices"].get(name, {}).get("accuracy") for engine, one in held.items()
        }
        for name in languages
    }
    rates = {
        MEASURES[name].label: {engine: one["figures"].get(name) for engine, one in held.items()}
        for name in ("accuracy", "vital_recall", *_DRAWN)
    }
    accuracy = MEASURES["accuracy"].label
    return [row for row in ({accuracy: rates[accuracy]} | right | rates).items() if any(row[1].values())]


def _is_wrong(record: Record) -> bool:
    """Wrong, failed, or short of the contract; for an engine that only searches, nothing gold among the first five."""
    if outcome(record) is not None:
        return outcome(record) == 0 or record.value("invariants") == 0
    return record.value("passage_recall@5") == 0 or record.value("recall@5") == 0


def _tags(case: Case) -> list[str]:
    return [tag for tag in dict.fromkeys((case.lang, case.form, case.expect, *case.tags)) if tag]


def _reasons(record: Record) -> list[str]:
    scores = [(name, record.scores[name]) for name in _EXPLAINED if name in record.scores]
    return [f"{name}: {one.why}" for name, one in scores if one.value is not None and one.value < 1 and one.why]


def _verdicts(confusion: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The verdicts that were given at all."""
    return [name for name in (*VERDICTS, "failed") if any(counts[name] for counts in confusion.values())]
