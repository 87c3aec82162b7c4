"""One evaluation: every question put to every engine, each reply measured and kept at once, then figures and a report.

load the set → open its corpus → open the engines → ask what earlier runs have not → sum up → report → gate
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cases import Case, Plan, load_set, plan_of
from eval.corpus import Corpus, corpus_of, open_corpus
from eval.engines import Engine, Onrecord, Retrieval
from eval.gate import Gates, parse_requirements
from eval.metrics.nuggets import failed_scores
from eval.metrics.reply_metrics import score
from eval.metrics.summary import overview, plain_figures
from eval.reply_records import Record, Reply
from eval.results import Results, run_key
from eval.statement_sets import is_statement_set
from eval.version import code_version
from index.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from eval.judge import Judge
    from index import Library

ENGINES = ("onrecord", "starter", "retrieval")


def run_evaluation(
    set_path: Path, *, engines: Sequence[str], library: Path | None, llm: str | None, out: Path, baseline: Path | None,
    require: str | None, sample: int | None, seed: int, cache: Path, judge: str | None, console: "Console",
) -> int:  # fmt: skip
    """Run a set against engines and write results.jsonl, summary.json and report.html to `out`.

    `cache` keeps corpora between runs; `library` is asked where the set names no corpus. Returns 0, 1 where an engine
    failed on a question, 3 where `require` or the baseline's accuracy was not reached. A run that was interrupted goes
    on where it stopped if `out` is the same.
    """
    gates = Gates(tuple(parse_requirements(require or "")), baseline)
    if is_statement_set(set_path):
        from eval.verifying import run_statements

        if judge:
            raise SettingsError("A set of statements has labels; leave out --judge.")
        return run_statements(
            set_path, engines=engines, library=library, llm=llm, out=out, gates=gates, sample=sample, seed=seed,
            cache=cache, console=console,
        )  # fmt: skip
    plan = plan_of(load_set(set_path), sample, seed)
    gates.read_baseline(plan)
    from rich.markup import escape

    from eval.judge import open_judge

    with ExitStack() as stack:
        with console.status("Opening the corpus") as status:
            opened = open_corpus(plan.asked, library, cache, lambda done: status.update(f"Adding {escape(done.title)}"))
        stack.enter_context(opened)
        built = open_engines(engines, opened, llm, stack)
        return evaluate(plan, built, opened, gates, out, console, open_judge(judge) if judge else None)


def evaluate(
    plan: Plan[Case], engines: Sequence[Engine], library: "Library", gates: Gates, out: Path, console: "Console",
    judge: "Judge | None" = None,
) -> int:  # fmt: skip
    """The run itself, over engines and a library that are open."""
    console.print(f"[bold]{plan.asked.name}[/]: {len(plan.cases)} questions, {', '.join(e.name for e in engines)}")
    corpus, version = corpus_of(library.articles(), plan.cases), code_version()
    keys = {engine.name: run_key(plan.hash, sorted(corpus.articles), engine, version["sources"]) for engine in engines}
    records = ask_all(plan, engines, corpus, Results(out, keys), console)
    summary = summarise(plan, engines, records, corpus, asdict(library.fingerprint), version)
    if judge:
        from eval.judge import judged

        console.print(f"Judging with {judge.name}", markup=False)
        summary["judge"] = {"name": judge.name, "engines": judged(records, plan.by_id, judge, out)}
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    return _conclude(plan, records, summary, gates, corpus, out, console)


def open_engines(names: Sequence[str], library: "Library", llm: str | None, stack: ExitStack) -> list[Engine]:
    """The engines of those names, over one library and one language model that is loaded once."""
    unknown = [name for name in names if name not in ENGINES]
    if unknown or not names:
        raise SettingsError(f"There is no engine {', '.join(unknown)!r}. Choose from {', '.join(ENGINES)}.")
    built: dict[str, Engine] = {}
    if {"onrecord", "starter"} & set(names):
        from rag import open_assistant

        assistant = stack.enter_context(open_assistant(library=library, llm=llm))
        built["onrecord"] = Onrecord(assistant)
        if "starter" in names:
            from eval.starter import Starter

            if assistant.llm is None:
                raise SettingsError("The starter cannot answer without a language model. Name one with --llm.")
            built["starter"] = stack.enter_context(Starter(library, assistant.llm))
    built["retrieval"] = Retrieval(library)
    library.search("warm")  # The first search loads the embedding and the vectors: no question should pay for that.
    return [built[name] for name in dict.fromkeys(names)]


def ask_all(
    plan: Plan[Case], engines: Sequence[Engine], corpus: Corpus, results: Results, console: "Console"
) -> list[Record]:
    """Every record of the run, in the set's order; what is already there is measured anew but not asked again."""
    from eval.report.progress import watching

    cases = plan.by_id
    done = [_measured(record, cases[record.case_id], corpus) for record in results.read() if record.case_id in cases]
    results.write(done)
    asked = {(record.case_id, record.engine) for record in done}
    todo = [(case, engine) for case, engine in interleaved(plan, engines) if (case.id, engine.name) not in asked]
    with watching(console, done, len(plan.cases) * len(engines)) as tell:
        for case, engine in todo:
            record = ask(case, engine, corpus, results.keys[engine.name])
            results.append(record)
            done.append(record)
            tell(done)
    names = [engine.name for engine in engines]
    order = {id: place for place, id in enumerate(cases)}
    return sorted(done, key=lambda record: (names.index(record.engine), order[record.case_id]))


def interleaved(plan: Plan[Case], engines: Sequence[Engine]) -> Iterator[tuple[Case, Engine]]:
    """Each question to every engine in turn, in an order drawn per question: none always asks a machine warmed by
    another, and all meet the same hour.
    """
    for case in plan.cases:
        order = list(engines)
        random.Random(f"{plan.seed}:{case.id}").shuffle(order)
        yield from ((case, engine) for engine in order)


def ask(case: Case, engine: Engine, corpus: Corpus, key: str) -> Record:
    """One question to one engine. Whatever it raises is kept as this question's failure: the run goes on."""
    record = Record(key, engine.name, case.id, case.question, None, {})
    try:
        reply: Reply = engine.answer(case)
    except Exception as error:
        return replace(record, error=f"{type(error).__name__}: {error}", scores=failed_scores(case))
    return replace(record, reply=reply, scores=score(case, reply, corpus))


def summarise(
    plan: Plan[Case], engines: Sequence[Engine], records: Sequence[Record], corpus: Corpus, fingerprint: Mapping[str, Any],
    version: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """What summary.json says."""
    return {
        "set": plan.facts("questions"),
        "corpus": {"articles": len(corpus.articles), "fingerprint": dict(fingerprint)},
        "settings": {engine.name: dict(engine.settings) for engine in engines},
        "code": dict(version),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "engines": plain_figures(overview(records, plan.by_id)),
    }


def _conclude(
    plan: Plan[Case], records: Sequence[Record], summary: Mapping[str, Any], gates: Gates, corpus: Corpus, out: Path,
    console: "Console",
) -> int:  # fmt: skip
    """Report, say what failed and what fell short, and give the exit status."""
    from eval.report.progress import finish, show
    from eval.report.report_page import write_report

    baseline = gates.read_baseline(plan)
    write_report(out / "report.html", plan.asked, plan.cases, records, summary, baseline, corpus)
    show(console, summary, out)
    failed = [f"{record.engine} on {record.case_id}: {record.error}" for record in records if record.error]
    return finish(console, failed, gates.short_of(summary, baseline))


def _measured(record: Record, case: Case, corpus: Corpus) -> Record:
    return replace(record, scores=score(case, record.reply, corpus)) if record.reply else record
