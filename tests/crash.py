"""Kills a library at work, again and again, and looks at what is left.

    python -m tests.crash --times 200          # a table; exit status 1 if anything was lost, doubled or out of step
    python -m tests.crash --only rebuilding    # one scenario

Each scenario is killed at random moments and once before the first and once before the last occurrence of every step that
its undisturbed run takes. What is left is opened by a reader and by a writer and compared (crash_check.py), then the work
is done again to its end. A library of 10,000 chunks is killed as well, and the time that it takes to recover is shown.
"""

import argparse
import json
import logging
import os
import pickle
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crash_check import Verdict, Versions, check, leftovers
from crash_kill import run, steps_of
from fakes import WordEmbedding
from page_fakes import answers

from index import Library
from index.store.backup import back_up, restore_backup
from index.store.rebuild import rebuild_library
from ui.conversations import Conversations

_WORDS = ("harbour", "ferry", "bridge", "minister", "budget", "engine", "delay", "council", "river", "port", "strike")


@dataclass(frozen=True)
class Change:
    """One article put in (`text`) or taken out (None); or that text of it brought `back` from its versions."""

    id: str
    text: str | None
    back: bool = False


@dataclass(frozen=True)
class Scenario:
    """What the child does: `start` are the articles that are there, `changes` what it does to them, one after another."""

    name: str
    start: tuple[Change, ...]
    changes: tuple[Change, ...] = ()
    before: Callable[[Path], None] = lambda folder: None
    instead: Callable[[Path], object] | None = None
    at_once: bool = False
    may_be_absent: bool = False


@dataclass
class Result:
    """What became of one scenario: `kept` counts the acknowledged changes, `failures` errors that are no crash."""

    name: str
    steps: int = 0
    kept: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.failures and all(verdict.well for verdict in self.verdicts)


def article(number: int, version: int, paragraphs: int) -> Change:
    """An article whose first word names it and its version, so that search must find that one and no other."""
    rng = random.Random(number * 100)  # The versions of an article share most words: else they were two articles.
    body = [
        " ".join([*rng.choices(_WORDS, k=12), f"part{number}x{version}x{n}", *rng.choices(_WORDS, k=40)]).capitalize()
        + "."
        for n in range(paragraphs)
    ]
    return Change(f"a{number}", f"Article{number}v{version} says so. " + "\n\n".join(body))


def changes_to(count: int, paragraphs: int) -> tuple[Change, ...]:
    """New articles, new versions of old ones, and removals, mixed."""
    new = [article(count + n, 1, paragraphs) for n in range(6)]
    updates = [article(n, 2, paragraphs + 1) for n in range(4)]
    removals = [Change(f"a{n}", None) for n in range(4, 7)]
    mixed = [change for triple in zip(new, updates + new[:2], removals * 2, strict=True) for change in triple]
    return tuple(dict.fromkeys(mixed))


def scenarios() -> list[Scenario]:
    small = tuple(article(n, 1, 3) for n in range(8))
    large = tuple(article(n, 1, 16) for n in range(60))  # So near 1,000 chunks that Chroma writes its index meanwhile.
    return [
        Scenario("adding to nothing", (), small, at_once=True),
        Scenario("adding, updating, removing", small, changes_to(8, 3)),
        Scenario("the same at 1,000 chunks", large, changes_to(60, 16)),
        Scenario("mending lost vectors", small, before=lose_vectors, instead=open_and_search),
        Scenario("rebuilding", small, instead=lambda folder: rebuild_library(folder, WordEmbedding())),
        Scenario("exchanging versions", small, exchanges(4)),
        Scenario("backing up", small, before=keep_conversation, instead=take_copy),
        Scenario("restoring", small, before=only_backup, instead=bring_back, may_be_absent=True),
    ]


def exchanges(count: int) -> tuple[Change, ...]:
    """New texts, and then the first ones back: the two of an article change places."""
    updates = [(article(n, 2, 4), replace(article(n, 1, 3), back=True)) for n in range(count)]
    return tuple(change for pair in updates for change in pair)


def keep_conversation(folder: Path) -> None:
    with closing(Conversations(folder / "conversations.db")) as kept:
        kept.keep("ann", "", answers()[0])


def lose_vectors(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


def open_and_search(folder: Path) -> None:
    with Library.open(folder, embedding=WordEmbedding()) as library:
        library.search("harbour")


def only_backup(folder: Path) -> None:
    keep_conversation(folder)
    back_up(folder, folder.parent / "backup")
    shutil.rmtree(folder)


def bring_back(folder: Path) -> None:
    if not (folder / "library.db").exists():  # Done a second time, it may be there.
        restore_backup(folder.parent / "backup", folder)


def take_copy(folder: Path) -> None:
    copy = folder.parent / "copy"
    if copy.exists():  # Done a second time, it may be there: then it is whole.
        restore_backup(copy, folder.parent / "from copy")
    else:
        back_up(folder, copy)


class Trial:
    """One library that is killed once, in a folder of its own."""

    def __init__(self, scenario: Scenario, template: Path, folder: Path) -> None:
        self.scenario = scenario
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        self.folder = folder
        self.library = folder / "library"
        self.steps = folder / "steps"
        self._acks = folder / "acks"

    def work(self) -> None:
        """What the child does; each change is acknowledged as it is to a user, once it is done."""
        acks = os.open(self._acks, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        if self.scenario.instead:
            self.scenario.instead(self.library)
            return
        with Library.open(self.library, embedding=WordEmbedding()) as library:
            if self.scenario.at_once:
                library.add(self._inputs(), lambda title: os.write(acks, b"."))
                return
            for change, source in zip(self.scenario.changes, self._inputs(), strict=True):
                if change.back:
                    found = [v.article for v in library.versions(change.id) if v.article.text == change.text]
                    library.restore(found[0].id) if found else None  # Done again, it may be the article's.
                elif change.text:
                    assert not library.add([source]).failed
                elif change.id in {article.id for article in library.articles()}:  # Done again, it may be gone.
                    library.remove([change.id])
                os.write(acks, b".")

    def acknowledged(self) -> int:
        return self._acks.stat().st_size if self._acks.exists() else 0

    def judge(self, acknowledged: int) -> Verdict:
        """What was left, judged in a process of its own; then the work is done to its end and judged again."""
        if self.scenario.may_be_absent and not (self.library / "library.db").exists():
            verdict = Verdict()
        else:
            verdict = self._verdict(versions(self.scenario, acknowledged), earlier(self.scenario, acknowledged))
        run(self.work, self.folder / "again")
        done = self._verdict(versions(self.scenario, len(self.scenario.changes)))
        self._look_aside(done)
        for name in ("lost", "doubled", "disagreeing", "hidden"):
            getattr(verdict, name).extend(f"done again: {what}" for what in getattr(done, name))
        return verdict

    def _verdict(self, allowed: Versions, earlier: Versions | None = None) -> Verdict:
        found = self.folder / "verdict"
        run(lambda: found.write_bytes(pickle.dumps(check(self.library, allowed, earlier))), self.folder / "check")
        return pickle.loads(found.read_bytes())

    def _look_aside(self, verdict: Verdict) -> None:
        """Conversations come with a restored library, and nothing is left beside it."""
        verdict.hidden += leftovers(self.folder)
        if self.scenario.before in (only_backup, keep_conversation):
            for place in filter(Path.exists, (self.library, self.folder / "from copy")):
                with closing(Conversations(place / "conversations.db")) as kept:
                    verdict.lost += [] if kept.headings("ann") else [f"conversations of {place}"]

    def _inputs(self) -> list[Path]:
        return [self.folder / "inputs" / f"{n:03}.jsonl" for n in range(len(self.scenario.changes))]


def versions(scenario: Scenario, acknowledged: int) -> Versions:
    """Which texts each article may have: the acknowledged one, or one that was on its way."""
    allowed: Versions = {change.id: {change.text} for change in scenario.start}
    for change in scenario.changes[:acknowledged]:
        allowed[change.id] = {change.text}
    for change in scenario.changes[acknowledged:]:
        allowed[change.id] = allowed.get(change.id, {None}) | {change.text}
    return allowed


def earlier(scenario: Scenario, acknowledged: int) -> Versions:
    """The texts that each article had, by what was acknowledged."""
    had: Versions = {change.id: {change.text} for change in scenario.start}
    for change in scenario.changes[:acknowledged]:
        had[change.id] = had.get(change.id, set()) | {change.text} if change.text else set()
    return had


def prepare(scenario: Scenario, folder: Path) -> None:
    """The library as it is before the work, and the sources of the work."""
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    for n, change in enumerate(scenario.changes):
        (inputs / f"{n:03}.jsonl").write_text(json.dumps({"id": change.id, "title": change.id, "text": change.text}))
    if scenario.start:
        source = folder / "start.jsonl"
        source.write_text(
            "".join(json.dumps({"id": c.id, "title": c.id, "text": c.text}) + "\n" for c in scenario.start)
        )
        with Library.open(folder / "library", embedding=WordEmbedding()) as library:
            assert len(library.add([source]).added) == len(scenario.start)
        scenario.before(folder / "library")


def kill_often(scenario: Scenario, scratch: Path, times: int, every_step: bool, rng: random.Random) -> Result:
    """The scenario killed at so many random moments, and at its steps: all, or as many again, drawn at random."""
    result = Result(scenario.name)
    template = scratch / "template"
    scratch.mkdir(parents=True, exist_ok=True)
    run(lambda: prepare(scenario, template), scratch / "preparing")
    undisturbed = Trial(scenario, template, scratch / "undisturbed")
    lasts = run(undisturbed.work, undisturbed.steps)
    named = steps_of(undisturbed.steps)
    result.steps = len(named)
    at_steps = sorted({at for found in named.values() for at in (found[0], found[-1])})
    if not every_step:
        at_steps = rng.sample(at_steps, min(times, len(at_steps)))
    kills: list[dict[str, float | int]] = [{"kill_after": rng.uniform(0, lasts)} for _ in range(times)]
    for kill in [*kills, *({"kill_at": at} for at in at_steps)]:
        trial = Trial(scenario, template, scratch / "trial")
        try:
            run(trial.work, trial.steps, **kill)
            acknowledged = trial.acknowledged()
            result.kept += acknowledged
            result.verdicts.append(trial.judge(acknowledged))
        except RuntimeError as error:
            result.failures.append(f"{kill}: {error}")
        if result.failures or not result.verdicts[-1].well:
            shutil.copytree(
                trial.folder, scratch.parent / f"failed-{scenario.name}-{len(result.verdicts)}", dirs_exist_ok=True
            )
    return result


def recover_large(scratch: Path, chunks: int) -> list[Result]:
    """A library of so many chunks, killed while it is added to, and with its vectors lost."""
    start = tuple(article(n, 1, 16) for n in range(chunks // 16))
    results = []
    for name, before in (("killed while adding", lambda folder: None), ("vectors lost", lose_vectors)):
        scenario = Scenario(f"{chunks} chunks, {name}", start, changes_to(len(start), 16), before=before)
        results.append(kill_often(scenario, scratch / name, 1, False, random.Random(0)))
    return results


def table(results: list[Result]) -> str:
    heads = (
        "scenario",
        "kills",
        "steps",
        "acked",
        "lost",
        "doubled",
        "hidden",
        "out of step",
        "recovery s",
        "most",
        "most CPU s",
    )
    row = "{:36}{:>6}{:>7}{:>7}{:>6}{:>9}{:>8}{:>13}{:>12}{:>7}{:>12}"
    lines = [row.format(*heads)]
    for result in results:
        times = [verdict.recovery_s for verdict in result.verdicts] or [0.0]
        worked = max((verdict.recovery_cpu_s for verdict in result.verdicts), default=0.0)
        counts = [
            sum(len(getattr(v, name)) for v in result.verdicts) for name in ("lost", "doubled", "hidden", "disagreeing")
        ]
        spent = (f"{statistics.median(times):.2f}", f"{max(times):.2f}", f"{worked:.2f}")
        lines.append(row.format(result.name, len(result.verdicts), result.steps, result.kept, *counts, *spent))
    return "\n".join(lines)


def warm_up() -> None:
    """Import once what every child would: the parent itself never opens a library."""
    import chromadb  # noqa: F401

    from index.text.language import detect

    detect("The ferry is late.")


def kill_all(times: int, every_step: bool = True, only: str = "", chunks: int = 0, seed: int = 0) -> list[Result]:
    """Every scenario; `times` random kills are shared out among them."""
    warm_up()
    scratch = Path(tempfile.mkdtemp(prefix="onrecord-crash-"))
    chosen = [scenario for scenario in scenarios() if only in scenario.name]
    results = []
    for number, scenario in enumerate(chosen):
        share = times // len(chosen) + (number < times % len(chosen))
        results.append(kill_often(scenario, scratch / str(number), share, every_step, random.Random(seed)))
        print(table(results[-1:]).splitlines()[1], file=sys.stderr, flush=True)
    if chunks:
        results += recover_large(scratch / "large", chunks)
    if all(result.well for result in results):
        shutil.rmtree(scratch)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="how many kills at random moments")
    parser.add_argument("--only", default="", help="a word of the scenarios to run")
    parser.add_argument("--chunks", type=int, default=10_000, help="the size of the large library, 0 for none")
    parser.add_argument("--seed", type=int, default=0, help="which random moments")
    parser.add_argument(
        "--few", action="store_true", help="kill at a few of the steps only, as many as at random moments"
    )
    asked = parser.parse_args()
    logging.getLogger("onrecord").setLevel(logging.ERROR)  # That something was mended is what is expected here.
    results = kill_all(asked.times, not asked.few, only=asked.only, chunks=asked.chunks, seed=asked.seed)
    print(table(results))
    for result in results:
        for what in [
            *result.failures,
            *(w for v in result.verdicts for w in (*v.lost, *v.doubled, *v.hidden, *v.disagreeing)),
        ]:
            print(f"{result.name}: {what}", file=sys.stderr)
    sys.exit(0 if all(result.well for result in results) else 1)


if __name__ == "__main__":
    main()
