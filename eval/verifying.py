"""One evaluation of statement checking: every statement checked, its verdict kept, then figures and a report.

load the set → open its corpus, if it has one → check every statement → sum up → report → gate
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from eval.gate import Gates
from eval.metrics.summary import plain_figures
from eval.metrics.verdicts import Judged, verdict_overview
from eval.statement_sets import (
    StatementCase,
    StatementSet,
    Verdict,
    load_statements,
    sample_statements,
    statements_hash,
    verdict_of,
)
from eval.version import code_version
from index.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from index import Library


class Verify(Protocol):
    """Says whether a statement follows from a text. `language` is the statement's, the rest is the article's."""

    def __call__(
        self, statement: str, evidence: str, language: str, published: str | None, title: str
    ) -> Literal["supported", "contradicted", "neither"]: ...


class CheckedSentence(Protocol):
    """One sentence of a checked text."""

    @property
    def verdict(self) -> str: ...


class CheckResult(Protocol):
    """What the check of a text against the archive found."""

    @property
    def sentences(self) -> Sequence[CheckedSentence]: ...


class Check(Protocol):
    """Reads a text sentence by sentence against the archive."""

    def __call__(self, text: str) -> CheckResult: ...


@dataclass(frozen=True)
class Checker:
    """What is measured: `verify` for statements with evidence, `check` for the others; `settings` name its models."""

    verify: Verify | None
    check: Check | None
    settings: Mapping[str, object]
    name: str = "onrecord"

    def verdict(self, case: StatementCase) -> Verdict:
        """The verdict of one statement."""
        if case.evidence:
            assert self.verify is not None
            return verdict_of(self.verify(case.text, case.evidence, case.lang, case.published, case.title))
        assert self.check is not None
        return combined([verdict_of(sentence.verdict) for sentence in self.check(case.text).sentences])


@dataclass(frozen=True)
class StatementPlan:
    """The statements of a run: what two runs must share for their figures to be compared."""

    statements: StatementSet
    cases: tuple[StatementCase, ...]
    hash: str
    sample: int | None
    seed: int


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
    if list(engines) != ["onrecord"]:
        raise SettingsError(f"Statements are checked by onrecord alone, not by {', '.join(engines)!r}.")
    plan = statement_plan(set_path, sample, seed)
    gates.read_baseline(plan.hash, plan.statements.name)
    from rag import open_assistant

    with ExitStack() as stack:
        opened = stack.enter_context(_library(plan, library, cache, console))
        assistant = stack.enter_context(open_assistant(library=opened, llm=llm))
        from eval.engines import settings_of

        checker = checker_of(assistant, settings_of(opened, assistant.llm), plan.cases)
        return evaluate_statements(plan, checker, gates, out, console)


def statement_plan(set_path: Path, size: int | None, seed: int) -> StatementPlan:
    """The statements of a set, or the same sample of them every time."""
    statements = load_statements(set_path)
    if size is not None and size < 1:
        raise SettingsError(f"--sample is {size}; check at least one statement.")
    cases = tuple(sample_statements(statements.cases, size, seed) if size else statements.cases)
    return StatementPlan(statements, cases, statements_hash(statements, cases), size, seed)


def checker_of(assistant: object, settings: Mapping[str, object], cases: Sequence[StatementCase]) -> Checker:
    """The checker of an assistant; raises SettingsError where it cannot check these statements."""
    checker = Checker(getattr(assistant, "verify", None), getattr(assistant, "check", None), settings)
    needed = {"verify" if case.evidence else "check" for case in cases}
    missing = [name for name in sorted(needed) if getattr(checker, name) is None]
    if missing:
        raise SettingsError(f"This version of onrecord cannot check statements: its assistant has no {missing[0]}().")
    return checker


def evaluate_statements(plan: StatementPlan, checker: Checker, gates: Gates, out: Path, console: "Console") -> int:
    """The run itself, with a checker that is open."""
    from eval.report.progress import finish, show
    from eval.report.report_page import write_statement_report

    console.print(f"[bold]{plan.statements.name}[/]: {len(plan.cases)} statements, {checker.name}")
    out.mkdir(parents=True, exist_ok=True)
    judged = list(_kept(check_all(plan.cases, checker, console), out / "results.jsonl"))
    summary = summarise_statements(plan, checker, judged)
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    baseline = gates.read_baseline(plan.hash, plan.statements.name)
    write_statement_report(out / "report.html", plan.statements, judged, summary, baseline)
    show(console, summary, out)
    failed = [f"{checker.name} on {one.case.id}: {one.error}" for one in judged if one.error]
    return finish(console, failed, gates.short_of(summary, baseline))


def check_all(cases: Sequence[StatementCase], checker: Checker, console: "Console") -> Iterator[Judged]:
    """The verdict of every statement, one after the other, with a progress bar."""
    from rich.progress import track

    yield from (judge(case, checker) for case in track(cases, "Checking", console=console))


def judge(case: StatementCase, checker: Checker) -> Judged:
    """One statement. Whatever the check raises is kept as this statement's failure: the run goes on."""
    started = time.perf_counter()
    try:
        verdict = checker.verdict(case)
    except Exception as error:
        return Judged(case, None, error=f"{type(error).__name__}: {error}")
    return Judged(case, verdict, time.perf_counter() - started)


def summarise_statements(plan: StatementPlan, checker: Checker, judged: Sequence[Judged]) -> dict[str, Any]:
    """What summary.json says, in the shape of a question set's."""
    statements = plan.statements
    return {
        "set": {
            "kind": "statements", "name": statements.name, "hash": plan.hash, "statements": len(plan.cases),
            "sample": plan.sample, "seed": plan.seed, "licence": statements.licence,
            "attribution": statements.attribution,
        },
        "settings": {checker.name: dict(checker.settings)},
        "code": dict(code_version()),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "engines": plain_figures({checker.name: verdict_overview(judged)}),
    }  # fmt: skip


def _kept(judged: Iterator[Judged], path: Path) -> Iterator[Judged]:
    """The same verdicts, each on disk before the next statement is checked."""
    with path.open("w", encoding="utf-8") as file:
        for one in judged:
            file.write(json.dumps(one.to_dict(), ensure_ascii=False) + "\n")
            file.flush()
            yield one


@contextmanager
def _library(plan: StatementPlan, library: Path | None, cache: Path, console: "Console") -> Iterator["Library"]:
    """The library that statements are checked against: an empty one where all of them bring their evidence."""
    from eval.corpus import open_corpus
    from index import Library

    if all(case.evidence for case in plan.cases):
        with tempfile.TemporaryDirectory(prefix="onrecord-statements-") as folder, Library.open(folder) as empty:
            yield empty
        return
    with console.status("Opening the corpus"):
        opened = open_corpus(plan.statements, library, cache)
    with opened:
        yield opened
