"""What a run shows in the terminal: a bar with running figures, and the table at its end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from eval.metrics.measures import HEADLINES, MEASURES, written
from eval.metrics.summary import by_engine, outcome
from eval.reply_records import Record

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


@contextmanager
def watching(console: "Console", done: Sequence[Record], total: int) -> "Iterator[Callable[[Sequence[Record]], None]]":
    """A progress bar that tells how many answers of each engine were right so far; call it with all records there are."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(running(done), total=total, completed=len(done))
        yield lambda records: progress.update(task, completed=len(records), description=running(records))


def running(records: Sequence[Record]) -> str:
    """Each engine's figures so far, in a few words."""
    parts = []
    for engine, held in by_engine(records).items():
        judged = [value for record in held if (value := outcome(record)) is not None]
        searched = [value for record in held if (value := record.value("recall@5")) is not None]
        if judged or searched:
            parts.append(f"{engine} {fmean(judged or searched):.0%} {'right' if judged else 'found'}")
    return " · ".join(parts)


def show(console: "Console", summary: Mapping[str, Any], out: Path) -> None:
    """The table of the run, engines side by side, and where the report lies."""
    from rich.table import Table

    engines = summary["engines"]
    asked = next(f"{summary['set'][what]} {what}" for what in ("questions", "statements") if what in summary["set"])
    table = Table("", *engines, title=f"{summary['set']['name']}, {asked}")
    for name in HEADLINES:
        cells = [_cell(held["figures"].get(name), name) for held in engines.values()]
        if any(cells):
            table.add_row(MEASURES[name].label, *cells)
    console.print(table)
    if by_kind := _by_kind(engines):
        console.print(by_kind)
    console.print(f"The report: {out / 'report.html'}", soft_wrap=True)


def finish(console: "Console", failed: Sequence[str], short: Sequence[str]) -> int:
    """Name what failed and what fell short, and give the exit status."""
    for line in (*(f"failed: {why}" for why in failed), *(f"short: {why}" for why in short)):
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    return 3 if short else 1 if failed else 0


_KINDS = ("form ", "change ")
_ALSO = ("language ", "tag cross", "evidence in another language")
_BY_KIND = ("accuracy", "present_right", "vital_recall", "false_supported", "true_supported", "contradicted_found")


def _by_kind(engines: Mapping[str, Mapping[str, Any]]) -> "Table | None":
    """Figures by form of question or kind of change, then by language; None for a set without forms and changes."""
    from rich.table import Table

    names = sorted({name for held in engines.values() for name in held["slices"] if name.startswith(_KINDS + _ALSO)})
    names.sort(key=lambda name: not name.startswith(_KINDS))
    applied = {measure for held in engines.values() for name in names for measure in held["slices"].get(name, {})}
    columns = [(engine, measure) for engine in engines for measure in _BY_KIND if measure in applied]
    if not columns or not names[0].startswith(_KINDS):
        return None
    prefix = "{0}, {1}" if len(engines) > 1 else "{1}"
    table = Table("", "n", *(prefix.format(engine, MEASURES[measure].label) for engine, measure in columns))
    for name in names:
        held = {engine: engines[engine]["slices"].get(name, {}) for engine in engines}
        n = max((figure["n"] for figures in held.values() for figure in figures.values()), default=0)
        cells = [_value(held[engine].get(measure), measure) for engine, measure in columns]
        table.add_row(name.removeprefix("form ").removeprefix("change "), str(n), *cells)
    return table


def _value(figure: Mapping[str, Any] | None, name: str) -> str:
    return written(figure["value"], MEASURES[name]) if figure else ""


def _cell(figure: Mapping[str, Any] | None, name: str) -> str:
    if not figure or figure["value"] is None:
        return ""
    value, low, high = (written(figure[key], MEASURES[name]) for key in ("value", "low", "high"))
    return f"{value} [dim]({low}–{high})[/]"
