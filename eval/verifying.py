"""One evaluation of statement checking: every statement checked, its verdict kept, then figures and a report.

load the set → open its corpus, if it has one → check every statement → sum up → report → gate
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cases import Plan, plan_of
from eval.corpus import open_corpus
from eval.engines import Onrecord, settings_of
from eval.gate import Gates
from eval.metrics.summary import plain_figures
from eval.metrics.verdicts import Judged, verdict_overview
from eval.statement_sets import StatementCase, Verdict, load_statements, verdict_of
from eval.version import code_version
from index.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from index import Library
    from rag import Assistant


def verdict_by(assistant: "Assistant", case: StatementCase) -> Verdict:
    """The verdict of one statement, by its evidence or by the archive."""
    if case.evidence:
        return verdict_of(assistant.verify(case.text, case.evidence, case.lang, case.published, case.title))
    return combined([verdict_of(sentence.verdict) for sentence in assistant.check(case.text).sentences])


def combined(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a statement of several sentences: contradicted if one is, supported if all that claim are."""
    claims = [verdict for verdict in verdicts if verdict != "no_claim"]
    if not claims:
        return "no_claim"
    if "contradicted" in claims:
        return "contradicted"
    return "supported" if set(claims) == {"supported"} else "neither"


def run_statements(
    set_path: Path, *, engines: Sequence[str], library: Path | None, llm: str | None, out: Path, gates: Gates,
    sample: int | None, seed: int, cache: Path, console: "Console",
) -> int:  # fmt: skip
    """Check the statements of a set and write results.jsonl, summary.json and report.html to `out`.

    The exit status is that of `run_evaluation`. Checking is quick: a run that was interrupted starts again.
    """
    if list(engines) != [Onrecord.name]:
        raise SettingsError(f"Statements are checked by onrecord alone, not by {', '.join(engines)!r}.")
    plan = plan_of(load_statements(set_path), sample, seed)
    gates.read_baseline(plan)
    from rag import open_assistant

    with ExitStack() as stack:
        opened = stack.enter_context(_library(plan, library, cache, console))
        assistant = stack.enter_context(open_assistant(library=opened, llm=llm))
        return evaluate_statements(plan, assistant, settings_of(opened, assistant.llm), gates, out, console)


def evaluate_statements(
    plan: Plan[StatementCase], assistant: "Assistant", settings: Mapping[str, object], gates: Gates, out: Path,
    console: "Console",
) -> int:  # fmt: skip
    """The run itself, with an assistant that is open; each verdict is on disk before the next statement is checked."""
    from rich.progress import track

    from eval.report.progress import finish, show
    from eval.report.report_page import write_statement_report

    console.print(f"[bold]{plan.asked.name}[/]: {len(plan.cases)} statements, {Onrecord.name}")
    out.mkdir(parents=True, exist_ok=True)
    judged: list[Judged] = []
    with (out / "results.jsonl").open("w", encoding="utf-8", buffering=1) as file:
        for case in track(plan.cases, "Checking", console=console):
            judged.append(judge(case, assistant))
            file.write(json.dumps(judged[-1].to_dict(), ensure_ascii=False) + "\n")
    summary = summarise_statements(plan, settings, judged)
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    baseline = gates.read_baseline(plan)
    write_statement_report(out / "report.html", plan.asked, judged, summary, baseline)
    show(console, summary, out)
    failed = [f"{Onrecord.name} on {one.case.id}: {one.error}" for one in judged if one.error]
    return finish(console, failed, gates.short_of(summary, baseline))


def judge(case: StatementCase, assistant: "Assistant") -> Judged:
    """One statement. Whatever the check raises is kept as this statement's failure: the run goes on."""
    started = time.perf_counter()
    try:
        verdict = verdict_by(assistant, case)
    except Exception as error:
        return Judged(case, None, error=f"{type(error).__name__}: {error}")
    return Judged(case, verdict, time.perf_counter() - started)


def summarise_statements(
    plan: Plan[StatementCase], settings: Mapping[str, object], judged: Sequence[Judged]
) -> dict[str, Any]:
    """What summary.json says, in the shape of a question set's."""
    return {
        "set": {"kind": "statements", **plan.facts("statements")},
        "settings": {Onrecord.name: dict(settings)},
        "code": dict(code_version()),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "engines": plain_figures({Onrecord.name: verdict_overview(judged)}),
    }


@contextmanager
def _library(plan: Plan[StatementCase], library: Path | None, cache: Path, console: "Console") -> Iterator["Library"]:
    """The library that statements are checked against: an empty one where all of them bring their evidence."""
    from index import Library

    if all(case.evidence for case in plan.cases):
        with tempfile.TemporaryDirectory(prefix="onrecord-statements-") as folder, Library.open(folder) as empty:
            yield empty
        return
    with console.status("Opening the corpus"):
        opened = open_corpus(plan.asked, library, cache)
    with opened:
        yield opened
