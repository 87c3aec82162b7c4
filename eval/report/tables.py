"""The report's tables: every figure with its interval, engine beside engine."""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.metrics.measures import GROUPS, HEADLINES, MEASURES, SLICED, Measure, written
from eval.report.html_elements import Element, el

Summary = Mapping[str, Any]

_READING = (
    "In brackets, 95 % bootstrap intervals over the questions. An arrow compares with the baseline; it is bold where the "
    "two intervals do not meet."
)


def headlines(summary: Summary, baseline: Summary | None) -> Element:
    """Every figure, engine beside engine; those people look at first above, the others folded away."""
    shown = [MEASURES[name] for name in HEADLINES]
    others = [
        el("section", el("h3", group), _table(list(measures), summary, baseline)) for group, measures in GROUPS.items()
    ]
    judged = _judged(summary)
    return el(
        "section",
        el("h2", "Figures"),
        _table(shown, summary, baseline),
        judged,
        el("details", el("summary", "All figures"), others),
        el("p", _READING, class_="note"),
    )


def _table(measures: Sequence[Measure], summary: Summary, baseline: Summary | None) -> Element | None:
    engines = summary["engines"]
    rows = [
        el(
            "tr",
            el("th", measure.label, title=measure.meaning),
            [_cell(measure, name, summary, baseline) for name in engines],
        )
        for measure in measures
        if any(measure.name in held["figures"] for held in engines.values())
    ]
    if not rows:
        return None
    return el("table", el("thead", el("tr", el("th"), [el("th", name) for name in engines])), el("tbody", rows))


def _cell(measure: Measure, engine: str, summary: Summary, baseline: Summary | None) -> Element:
    figure = summary["engines"][engine]["figures"].get(measure.name)
    if not figure:
        return el("td", "–", class_="absent")
    value, low, high = (written(figure[key], measure) for key in ("value", "low", "high"))
    unit = el("span", f" {measure.unit}", class_="unit") if measure.unit else None
    interval = el("span", f" ({low}–{high})", class_="interval")
    return el(
        "td", el("b", value), unit, interval, _change(measure, engine, figure, baseline), _bar(measure, figure["value"])
    )


def _bar(measure: Measure, value: float) -> Element | None:
    if measure.unit:
        return None
    kind = "" if measure.higher_is_better else " lower"
    return el("span", el("span", style=f"width:{100 * min(max(value, 0), 1):.1f}%"), class_=f"bar{kind}")


def _change(measure: Measure, engine: str, figure: Mapping[str, Any], baseline: Summary | None) -> Element | None:
    old = baseline["engines"].get(engine, {}).get("figures", {}).get(measure.name) if baseline else None
    if not old or old["value"] is None:
        return None
    change = figure["value"] - old["value"]
    if abs(change) < 5e-4:
        return el("span", " = ", class_="same")
    better = (change > 0) == measure.higher_is_better
    apart = figure["low"] > old["high"] or figure["high"] < old["low"]
    kind = ("better" if better else "worse") + (" apart" if apart else "")
    return el("span", f" {'▲' if change > 0 else '▼'} {written(abs(change), measure)}", class_=kind)


def _judged(summary: Summary) -> Element | None:
    """What a judge model said, by its name and apart from what was measured."""
    judge = summary.get("judge")
    if not judge:
        return None
    rows = [
        el("tr", el("th", f"{name} ({engine})"), el("td", _with_interval(figure)))
        for engine, figures in judge["engines"].items()
        for name, figure in figures.items()
        if figure["value"] is not None
    ]
    return el(
        "aside",
        el("h3", f"Judged by {judge['name']}"),
        el("p", "A language model's opinion, not a measurement.", class_="note"),
        el("table", el("tbody", rows)),
    )


def _with_interval(figure: Mapping[str, Any]) -> list[Element]:
    interval = f" ({figure['low']:.3f}–{figure['high']:.3f}), {figure['n']} answers"
    return [el("b", f"{figure['value']:.3f}"), el("span", interval, class_="interval")]


def slices(summary: Summary) -> Element | None:
    """The figures of every language, form, tag, label and kind of change."""
    engines = summary["engines"]
    names = dict.fromkeys(name for held in engines.values() for name in held["slices"])
    if not names:
        return None
    applied = {measure for held in engines.values() for figures in held["slices"].values() for measure in figures}
    shown = [MEASURES[name] for name in SLICED if name in applied]
    head = el("tr", [el("th", text) for text in ("", "engine", "n", *(measure.label for measure in shown))])
    rows = [
        el("tr", el("th", name), el("td", engine), _slice_cells(engines[engine]["slices"][name], shown))
        for name in names
        for engine in engines
        if name in engines[engine]["slices"]
    ]
    return el(
        "section", el("h2", "By language and kind"), el("table", el("thead", head), el("tbody", rows), class_="slices")
    )


def _slice_cells(figures: Mapping[str, Any], shown: Sequence[Measure]) -> list[Element]:
    asked = figures["failed"]["n"] if "failed" in figures else max(figure["n"] for figure in figures.values())
    cells = [written(figures[measure.name]["value"], measure) if measure.name in figures else "–" for measure in shown]
    return [el("td", text) for text in (str(asked), *cells)]
