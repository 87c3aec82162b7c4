"""The report: one page that opens anywhere, with the figures, the pictures, what changed and what went wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval import plots
from eval.answers import answer_card
from eval.cases import Case, QuestionSet
from eval.corpus import Corpus
from eval.gate import accuracy_changes
from eval.measures import GROUPS, HEADLINES, MEASURES, Measure, written
from eval.page import Element, document, el, image
from eval.records import Record
from eval.style import STYLE
from eval.summary import by_engine, outcome

Summary = Mapping[str, Any]


def write_report(
    path: Path, questions: QuestionSet, cases: Sequence[Case], records: Sequence[Record], summary: Summary,
    baseline: Summary | None, corpus: Corpus,
) -> None:  # fmt: skip
    """Write the page of a run."""
    known = {case.id: case for case in cases}
    body = [
        _head(questions, summary),
        _headlines(summary, baseline),
        _pictures(records, known, summary),
        _slices(summary),
        _changes(known, summary, baseline) if baseline else None,
        _mistakes(records, known, corpus),
        _definitions(summary),
        _making(summary, questions),
    ]
    path.write_text(document(f"{questions.name}: evaluation", STYLE, el("main", body)), encoding="utf-8")


def _head(questions: QuestionSet, summary: Summary) -> Element:
    asked, articles = summary["set"]["questions"], summary["corpus"]["articles"]
    line = f"{asked} questions over {articles} articles · {', '.join(summary['engines'])} · {summary['written'][:10]}"
    return el(
        "header",
        el("p", "onrecord evaluation", class_="kicker"),
        el("h1", questions.name),
        el("p", line, class_="lead"),
    )


# The figures


def _headlines(summary: Summary, baseline: Summary | None) -> Element:
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
        el(
            "p",
            "In brackets, 95 % bootstrap intervals over the questions. An arrow compares with the baseline.",
            class_="note",
        ),
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
        "td", el("b", value), unit, interval, _bar(measure, figure["value"]), _change(measure, engine, figure, baseline)
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


# The pictures


def _pictures(records: Sequence[Record], cases: Mapping[str, Case], summary: Summary) -> Element:
    grouped = by_engine(records)
    figures = {engine: held["figures"] for engine, held in summary["engines"].items()}
    absent = {id: case.expect == "not_found" for id, case in cases.items()}
    answering = [engine for engine in grouped if "accuracy" in figures[engine]]
    searching = {engine: held for engine, held in figures.items() if "recall@1" in held or "passage_recall@1" in held}
    drawn: list[Element | None] = [
        _picture("Right, and rightly declined", plots.rates(_rate_rows(summary, answering), answering))
        if answering
        else None,
        _picture("Retrieval", plots.recall_over_k(searching)) if searching else None,
        _picture("Time", plots.latency(grouped)),
    ]
    curve = plots.gate({engine: grouped[engine] for engine in grouped}, figures, absent)
    if curve:
        drawn.append(_picture("What declining costs", curve))
    return el("section", el("h2", "Pictures"), el("div", drawn, class_="pictures"))


def _picture(title: str, svg: bytes) -> Element:
    return el("figure", el("figcaption", title), image(svg, title))


def _rate_rows(summary: Summary, engines: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    wanted = ["accuracy", "abstention_recall", "false_refusal", "citation_recall", "citation_precision", "verified"]
    rows = [
        (MEASURES[name].label, {engine: summary["engines"][engine]["figures"].get(name) for engine in engines})
        for name in wanted
    ]
    names = dict.fromkeys(
        name for engine in engines for name in summary["engines"][engine]["slices"] if name.startswith("language ")
    )
    by_language = [
        (
            f"right, {name.removeprefix('language ')}",
            {engine: summary["engines"][engine]["slices"].get(name, {}).get("accuracy") for engine in engines},
        )
        for name in names
    ]
    return [row for row in rows[:1] + by_language + rows[1:] if any(row[1].values())]


# By language and kind


def _slices(summary: Summary) -> Element | None:
    engines = summary["engines"]
    names = dict.fromkeys(name for held in engines.values() for name in held["slices"])
    if not names:
        return None
    shown = [
        MEASURES[name]
        for name in ("accuracy", "citation_recall", "verified", "recall@5", "passage_recall@5", "total_s_p50")
    ]
    head = el("tr", [el("th", text) for text in ("", "engine", "questions", *(measure.label for measure in shown))])
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


# What changed


def _changes(cases: Mapping[str, Case], summary: Summary, baseline: Summary) -> Element:
    parts: list[object] = []
    for engine, change in accuracy_changes(summary, baseline).items():
        matters = change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)
        verdict = "more than chance explains" if matters else "no more than chance explains"
        parts.append(
            el(
                "p",
                el("b", engine),
                f": right {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}), {verdict}.",
            )
        )
        parts.append(_changed_questions(cases, summary["engines"][engine], baseline["engines"][engine]))
    return el("section", el("h2", "Against the baseline"), parts)


def _changed_questions(cases: Mapping[str, Case], ours: Summary, theirs: Summary) -> list[Element]:
    changed = []
    for id, new in ours["outcomes"].items():
        old = theirs["outcomes"].get(id)
        if old is None or old["accuracy"] == new["accuracy"]:
            continue
        kind = "better" if (new["accuracy"] or 0) > (old["accuracy"] or 0) else "worse"
        label = "now right" if kind == "better" else "now wrong"
        parts = [el("dt", "before"), el("dd", _told(old)), el("dt", "now"), el("dd", _told(new))]
        changed.append(
            el("details", el("summary", el("span", label, class_=f"tag {kind}"), cases[id].question), el("dl", parts))
        )
    return changed


def _told(outcome: Mapping[str, Any]) -> str:
    return str(outcome["text"] or outcome["status"] or "nothing")


# What went wrong


def _mistakes(records: Sequence[Record], cases: Mapping[str, Case], corpus: Corpus) -> Element:
    parts: list[object] = []
    for engine, held in by_engine(records).items():
        wrong = [record for record in held if _is_wrong(record)]
        if wrong:
            cards = [answer_card(record, cases[record.case_id], corpus) for record in wrong]
            parts += [el("h3", f"{engine}: {len(wrong)} of {len(held)}"), cards]
    return el("section", el("h2", "Every wrong answer"), parts or el("p", "None."))


def _is_wrong(record: Record) -> bool:
    """Wrong, failed, or short of the contract; for an engine that only searches, nothing gold among the first five."""
    if outcome(record) is not None:
        return outcome(record) == 0 or record.value("invariants") == 0
    return record.value("passage_recall@5") == 0 or record.value("recall@5") == 0


# How it was measured and made


def _definitions(summary: Summary) -> Element:
    used = {name for held in summary["engines"].values() for name in held["figures"]}
    rows = [
        el("tr", el("th", measure.label), el("td", el("code", measure.name)), el("td", measure.meaning))
        for measures in GROUPS.values()
        for measure in measures
        if measure.name in used
    ]
    return el(
        "section",
        el("h2", "What the figures mean"),
        el("details", el("summary", "Definitions and sources"), el("table", el("tbody", rows), class_="words")),
    )


def _making(summary: Summary, questions: QuestionSet) -> Element:
    asked = summary["set"]
    facts = {
        "set": f"{asked['name']} ({asked['hash']}), sample {asked['sample'] or 'whole'}, seed {asked['seed']}",
        "licence": questions.licence,
        "attribution": questions.attribution,
        "code": ", ".join(f"{key} {value}" for key, value in summary["code"].items() if value),
        "library": ", ".join(f"{key} {value}" for key, value in summary["corpus"]["fingerprint"].items()),
    }
    settings = {
        engine: ", ".join(f"{key} {value}" for key, value in values.items() if key != "library" and value is not None)
        for engine, values in summary["settings"].items()
    }
    rows = [el("tr", el("th", name), el("td", value)) for name, value in (facts | settings).items() if value]
    return el("footer", el("h2", "How it was made"), el("table", el("tbody", rows), class_="words"))
