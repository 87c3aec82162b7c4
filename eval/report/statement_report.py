"""The report of statement checking: figures, the verdicts by label, what changed and every wrong verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.metrics.verdicts import Judged
from eval.report import tables
from eval.report.html_elements import Element, document, el
from eval.report.report_page import changes, definitions, making
from eval.report.style import STYLE
from eval.report.tables import Summary
from eval.statement_sets import VERDICTS, StatementSet


def write_statement_report(
    path: Path, statements: StatementSet, judged: Sequence[Judged], summary: Summary, baseline: Summary | None
) -> None:
    """Write the page of a run."""
    texts = {one.case.id: one.case.text for one in judged}
    body = [
        _head(statements, summary),
        tables.headlines(summary, baseline),
        [_confusion(name, held["confusion"]) for name, held in summary["engines"].items()],
        tables.slices(summary),
        changes(texts, summary, baseline) if baseline else None,
        _mistakes(judged),
        definitions(summary),
        making(summary, statements.licence, statements.attribution),
    ]
    path.write_text(document(f"{statements.name}: evaluation", STYLE, el("main", body)), encoding="utf-8")


def _head(statements: StatementSet, summary: Summary) -> Element:
    line = f"{summary['set']['statements']} statements · {', '.join(summary['engines'])} · {summary['written'][:10]}"
    return el(
        "header",
        el("p", "onrecord evaluation", class_="kicker"),
        el("h1", statements.name),
        el("p", line, class_="lead"),
    )


def _confusion(engine: str, counts: Mapping[str, Mapping[str, int]]) -> Element:
    """One row a label, one column a verdict."""
    columns = [verdict for verdict in (*VERDICTS, "failed") if any(row[verdict] for row in counts.values())]
    rows = [el("tr", el("th", label), [el("td", row[name]) for name in columns]) for label, row in counts.items()]
    head = el("tr", el("th", "label"), [el("th", name) for name in columns])
    return el("section", el("h2", f"Verdicts of {engine}"), el("table", el("thead", head), el("tbody", rows)))


def _mistakes(judged: Sequence[Judged]) -> Element:
    """Every wrong verdict; false statements that were called supported come first."""
    wrong = sorted((one for one in judged if not one.right), key=lambda one: one.verdict != "supported")
    return el(
        "section", el("h2", f"Every wrong verdict: {len(wrong)}"), [_card(one) for one in wrong] or el("p", "None.")
    )


def _card(one: Judged) -> Element:
    case = one.case
    labels = [text for text in (case.lang, f"{case.label} → {one.verdict or 'failed'}", case.change) if text]
    rows: list[tuple[str, Any]] = [
        ("evidence", case.evidence),
        ("article", " · ".join(text for text in (case.title, case.published) if text)),
        ("failed with", one.error),
    ]
    listed = [(el("dt", name), el("dd", value)) for name, value in rows if value]
    tags = [el("span", text, class_="tag") for text in labels]
    return el("details", el("summary", tags, case.text), el("dl", listed), class_="card")
