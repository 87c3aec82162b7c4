"""The report's pictures, as SVG (matplotlib's one home file)."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
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
        for number, (engine, colour) in enumerate(_coloured(engines)):
            shown = [(place, figure) for place, (_, figures) in enumerate(rows) if (figure := figures.get(engine))]
            held = [(place, figure) for place, figure in shown if figure["value"] is not None]
            at = [place + 0.22 * (number - (len(engines) - 1) / 2) for place, _ in held]
            lows, highs = [figure["low"] for _, figure in held], [figure["high"] for _, figure in held]
            axes.hlines(at, lows, highs, color=colour, linewidth=2, alpha=0.45)
            axes.plot([figure["value"] for _, figure in held], at, "o", color=colour, markersize=7, label=engine)
        if len(engines) > 1:
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(engines))
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.5), xlabel="rate, with its 95 % bootstrap interval")
        axes.grid(axis="y", visible=False)
        return save()


def recall_over_k(engines: Mapping[str, Figures]) -> bytes:
    """Retrieval recall by depth: whole lines for articles, broken ones for passages."""
    with _drawing(4.3) as (axes, save):
        for engine, colour in _coloured(engines):
            for prefix, line, what in (("", "-", "articles"), ("passage_", "--", "passages")):
                points = {k: f for k in CUTOFFS if (f := engines[engine].get(f"{prefix}recall@{k}"))}
                if points:
                    values, lows, highs = ([f[key] for f in points.values()] for key in ("value", "low", "high"))
                    label = f"{engine}, {what}"
                    axes.plot(list(points), values, line, marker="o", color=colour, label=label, markersize=5)
                    axes.fill_between(list(points), lows, highs, color=colour, alpha=0.08, linewidth=0)
        axes.set_xscale("log")
        axes.set_xticks(CUTOFFS, [str(k) for k in CUTOFFS])
        axes.minorticks_off()
        axes.set_ylim(top=1.01)
        axes.set(xlabel="the first k that search brings", ylabel="recall")
        _legend_below(axes)
        return save()


def latency(engines: Mapping[str, Sequence[Record]]) -> bytes:
    """The share of questions answered within so many seconds, and with evidence on the page."""
    with _drawing(4.3) as (axes, save):
        for engine, colour in _coloured(engines):
            totals = _values(engines[engine], "total_s") or _values(engines[engine], "search_s")
            first = _values(engines[engine], "first_evidence_s")
            if totals:
                axes.ecdf(totals, color=colour, label=engine)
            if first and first != totals:
                axes.ecdf(first, color=colour, linestyle=":", label=f"{engine}, first evidence")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set(ylim=(0, 1.02), xlabel="seconds", ylabel="share of questions done")
        _legend_below(axes)
        return save()


def gate(
    engines: Mapping[str, Sequence[Record]], figures: Mapping[str, Figures], absent: Mapping[str, bool]
) -> bytes | None:
    """What declining at every threshold would catch and lose, by the best similarity alone (broken) and by how sure the
    engine is, and where each engine stands.

    None where the run has not both answerable and unanswerable questions with a similarity.
    """
    drawn = False
    with _drawing(4.3) as (axes, save):
        for engine, colour in _coloured(engines):
            curves = False
            for measure, said, line in (("similarity", "similarity alone", "--"), ("sure", "its own sureness", "-")):
                if curve := _gate_curve(engines[engine], measure, absent):
                    label = f"{engine}: {said} (area {np.trapezoid(curve[1], curve[0]):.2f})"
                    axes.plot(*curve, line, color=colour, alpha=0.6, label=label)
                    curves = drawn = True
            lost, caught = (figures[engine].get(name) for name in ("false_refusal", "abstention_recall"))
            if curves and lost and caught:
                label = f"{engine}: as it decided"
                axes.plot(lost["value"], caught["value"], "D", color=colour, markersize=9, label=label)
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8, linestyle=":")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.set(xlabel="answerable, yet declined", ylabel="absent, and declined")
        _legend_below(axes, columns=1)
        return save() if drawn else None


def _coloured(engines: Iterable[str]) -> Iterator[tuple[str, str]]:
    return zip(engines, cycle(COLOURS), strict=False)


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


def _values(records: Sequence[Record], measure: str) -> list[float]:
    return [value for record in records if (value := record.value(measure)) is not None]


def _legend_below(axes: "Axes", columns: int = 2) -> None:
    """Under the picture, where it hides nothing."""
    if axes.get_legend_handles_labels()[0]:
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
