"""The report: one page that opens anywhere, with the figures, the pictures, what changed and what went wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.cases import Case, QuestionSet
from eval.corpus import Corpus
from eval.gate import accuracy_changes
from eval.metrics.measures import GROUPS, MEASURES
from eval.metrics.summary import by_engine, outcome
from eval.reply_records import Record
from eval.report import plots, tables
from eval.report.html_elements import Element, document, el, image
from eval.report.reply_cards import answer_card
from eval.report.style import STYLE
from eval.report.tables import Summary


def write_report(
    path: Path, questions: QuestionSet, cases: Sequence[Case], records: Sequence[Record], summary: Summary,
    baseline: Summary | None, corpus: Corpus,
) -> None:  # fmt: skip
    """Write the page of a run."""
    known = {case.id: case for case in cases}
    texts = {case.id: case.question for case in cases}
    body = [
        _head(questions, summary),
        tables.headlines(summary, baseline),
        _pictures(records, known, summary),
        tables.slices(summary),
        changes(texts, summary, baseline) if baseline else None,
        _mistakes(records, known, corpus),
        definitions(summary),
        making(summary, questions.licence, questions.attribution),
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
    wanted = [
        "accuracy",
        "vital_recall",
        "abstention_recall",
        "false_refusal",
        "citation_recall",
        "citation_precision",
        "verified",
    ]
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


# What changed


def changes(texts: Mapping[str, str], summary: Summary, baseline: Summary) -> Element:
    """How much of a set is right compared with the baseline, and every question or statement that changed."""
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
        parts.append(_changed(texts, summary["engines"][engine], baseline["engines"][engine]))
    return el("section", el("h2", "Against the baseline"), parts)


def _changed(texts: Mapping[str, str], ours: Summary, theirs: Summary) -> list[Element]:
    changed = []
    for id, new in ours["outcomes"].items():
        old = theirs["outcomes"].get(id)
        if old is None or old["accuracy"] == new["accuracy"]:
            continue
        kind = "better" if (new["accuracy"] or 0) > (old["accuracy"] or 0) else "worse"
        label = "now right" if kind == "better" else "now wrong"
        parts = [el("dt", "before"), el("dd", _told(old)), el("dt", "now"), el("dd", _told(new))]
        changed.append(
            el("details", el("summary", el("span", label, class_=f"tag {kind}"), texts[id]), el("dl", parts))
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


def definitions(summary: Summary) -> Element:
    """What the figures of a run mean."""
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


def making(summary: Summary, licence: str, attribution: str) -> Element:
    """What a run was made with."""
    asked = summary["set"]
    facts = {
        "set": f"{asked['name']} ({asked['hash']}), sample {asked['sample'] or 'whole'}, seed {asked['seed']}",
        "licence": licence,
        "attribution": attribution,
        "code": ", ".join(f"{key} {value}" for key, value in summary["code"].items() if value),
        "library": ", ".join(
            f"{key} {value}" for key, value in summary.get("corpus", {"fingerprint": {}})["fingerprint"].items()
        ),
    }
    settings = {
        engine: ", ".join(f"{key} {value}" for key, value in values.items() if key != "library" and value is not None)
        for engine, values in summary["settings"].items()
    }
    rows = [el("tr", el("th", name), el("td", value)) for name, value in (facts | settings).items() if value]
    return el("footer", el("h2", "How it was made"), el("table", el("tbody", rows), class_="words"))
