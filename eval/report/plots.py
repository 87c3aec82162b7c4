"""The report's pictures, as SVG (matplotlib's one home file)."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.metrics.ranking import CUTOFFS
from eval.reply_records import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1f5f8b", "#c8642a", "#5d7a3a", "#7b5b9e")
_INK = "#2b2b2b"
_STYLE = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#999999",
    "axes.labelcolor": _INK, "text.color": _INK, "xtick.color": _INK, "ytick.color": _INK, "axes.grid": True,
    "grid.color": "#e6e2da", "grid.linewidth": 0.8, "legend.frameon": False, "axes.axisbelow": True,
    "figure.facecolor": "none", "axes.facecolor": "none",
}  # fmt: skip

Figures = Mapping[str, Mapping[str, Any]]


def rates(rows: Sequence[tuple[str, Mapping[str, Mapping[str, Any] | None]]], engines: Sequence[str]) -> bytes:
    """Rates with their intervals: one row a figure, one dot an engine."""
    with _drawing(0.4 * len(rows) + 1.1) as (axes, save):
        for place, (_, figures) in enumerate(rows):
            for number, engine in enumerate(engines):
                figure = figures.get(engine)
                if not figure or figure["value"] is None:
                    continue
                y = place + 0.22 * (number - (len(engines) - 1) / 2)
                low, high = figure["low"], figure["high"]
                axes.plot(
                    [low, high], [y, y], color=COLOURS[number % 4], linewidth=2, alpha=0.45, solid_capstyle="round"
                )
                axes.plot(figure["value"], y, "o", color=COLOURS[number % 4], markersize=7)
        _name_engines(axes, engines)
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-0.02, 1.02)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("rate, with its 95 % bootstrap interval")
        return save()


def recall_over_k(engines: Mapping[str, Figures]) -> bytes:
    """Retrieval recall by depth: whole lines for articles, broken ones for passages."""
    with _drawing(4.3) as (axes, save):
        for number, (engine, figures) in enumerate(engines.items()):
            for prefix, line in (("", "-"), ("passage_", "--")):
                points = [(k, figures[f"{prefix}recall@{k}"]) for k in CUTOFFS if f"{prefix}recall@{k}" in figures]
                if points:
                    label = f"{engine}, {'passages' if prefix else 'articles'}"
                    ks, values = [k for k, _ in points], [figure["value"] for _, figure in points]
                    axes.plot(ks, values, line, marker="o", color=COLOURS[number % 4], label=label, markersize=5)
                    lows, highs = [figure["low"] for _, figure in points], [figure["high"] for _, figure in points]
                    axes.fill_between(ks, lows, highs, color=COLOURS[number % 4], alpha=0.08, linewidth=0)
        axes.set_xscale("log")
        axes.set_xticks(CUTOFFS, [str(k) for k in CUTOFFS])
        axes.minorticks_off()
        axes.set_ylim(top=1.01)
        axes.set_xlabel("the first k that search brings")
        axes.set_ylabel("recall")
        _legend_below(axes)
        return save()


def latency(engines: Mapping[str, Sequence[Record]]) -> bytes:
    """The share of questions answered within so many seconds, and with evidence on the page."""
    with _drawing(4.3) as (axes, save):
        for number, (engine, records) in enumerate(engines.items()):
            totals = _sorted(records, "total_s") or _sorted(records, "search_s")
            first = _sorted(records, "first_evidence_s")
            _cumulative(axes, totals, COLOURS[number % 4], "-", engine)
            if first and first != totals:
                _cumulative(axes, first, COLOURS[number % 4], ":", f"{engine}, first evidence")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("seconds")
        axes.set_ylabel("share of questions done")
        _legend_below(axes)
        return save()


def gate(
    engines: Mapping[str, Sequence[Record]], figures: Mapping[str, Figures], absent: Mapping[str, bool]
) -> bytes | None:
    """What declining at every threshold would catch and lose, by the best similarity alone (broken) and by how sure the
    engine is, and where each engine stands.

    None where the run has not both answerable and unanswerable questions with a similarity.
    """
    lines = (("similarity", "similarity alone", "--"), ("sure", "its own sureness", "-"))
    drawn = [
        (number, engine, said, line, curve)
        for number, (engine, records) in enumerate(engines.items())
        for measure, said, line in lines
        if (curve := _gate_curve(records, measure, absent)) is not None
    ]
    if not drawn:
        return None
    with _drawing(4.3) as (axes, save):
        for number, engine, said, line, (lost, caught) in drawn:
            area = float(np.trapezoid(caught, lost))
            axes.plot(
                lost, caught, line, color=COLOURS[number % 4], alpha=0.6, label=f"{engine}: {said} (area {area:.2f})"
            )
        for number, engine in dict.fromkeys((number, engine) for number, engine, *_ in drawn):
            point = figures[engine].get("false_refusal"), figures[engine].get("abstention_recall")
            if point[0] and point[1]:
                axes.plot(
                    point[0]["value"],
                    point[1]["value"],
                    "D",
                    color=COLOURS[number % 4],
                    markersize=9,
                    label=f"{engine}: as it decided",
                )
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8, linestyle=":")
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("answerable, yet declined")
        axes.set_ylabel("absent, and declined")
        _legend_below(axes, columns=1)
        return save()


def _gate_curve(
    records: Sequence[Record], measure: str, absent: Mapping[str, bool]
) -> tuple[list[float], list[float]] | None:
    scored = [(value, absent[record.case_id]) for record in records if (value := record.value(measure)) is not None]
    missing, present = sum(gone for _, gone in scored), sum(not gone for _, gone in scored)
    if not missing or not present:
        return None
    lost, caught = [0.0], [0.0]
    for threshold in sorted({value for value, _ in scored}):
        caught.append(sum(gone for value, gone in scored if value <= threshold) / missing)
        lost.append(sum(not gone for value, gone in scored if value <= threshold) / present)
    return lost, caught


def _sorted(records: Sequence[Record], measure: str) -> list[float]:
    return sorted(value for record in records if (value := record.value(measure)) is not None)


def _cumulative(axes: "Axes", values: Sequence[float], colour: str, line: str, label: str) -> None:
    if values:
        shares = [place / len(values) for place in range(1, len(values) + 1)]
        axes.step([values[0], *values], [0, *shares], line, where="post", color=colour, label=label)


def _name_engines(axes: "Axes", engines: Sequence[str]) -> None:
    for number, engine in enumerate(engines):
        axes.plot([], [], "o", color=COLOURS[number % 4], label=engine)
    if len(engines) > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(engines))


def _legend_below(axes: "Axes", columns: int = 2) -> None:
    """Under the picture, where it hides nothing."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=columns, fontsize=9)


@contextmanager
def _drawing(height: float) -> "Iterator[tuple[Axes, Callable[[], bytes]]]":
    """Axes in the house's style, without matplotlib's global state, and what makes SVG of them."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(5.4, height), layout="constrained")
        axes = figure.add_subplot()
        yield axes, lambda: _svg(figure)


def _svg(figure: "Figure") -> bytes:
    page = io.BytesIO()
    figure.savefig(page, format="svg", metadata={"Date": None})
    return page.getvalue()
