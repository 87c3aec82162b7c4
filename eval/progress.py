"""What a run shows in the terminal: a bar with running figures, and the table at its end."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from eval.measures import HEADLINES, MEASURES, written
from eval.records import Record
from eval.summary import by_engine, outcome

if TYPE_CHECKING:
    from rich.console import Console


class Watching:
    """A progress bar that tells each engine's accuracy and median time so far."""

    def __init__(self, console: "Console", done: Sequence[Record], total: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console)
        self._records = list(done)
        self._task = self._progress.add_task(running(self._records), total=total, completed=len(self._records))

    def saw(self, record: Record) -> None:
        self._records.append(record)
        self._progress.update(self._task, advance=1, description=running(self._records))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()


def running(records: Sequence[Record]) -> str:
    """Each engine's figures so far, in a few words."""
    parts = []
    for engine, held in by_engine(records).items():
        judged = [value for record in held if (value := outcome(record)) is not None]
        searched = [value for record in held if (value := record.value("recall@5")) is not None]
        if judged:
            parts.append(f"{engine} {sum(judged) / len(judged):.0%} right")
        elif searched:
            parts.append(f"{engine} {sum(searched) / len(searched):.0%} found")
    return " · ".join(parts)


def show(console: "Console", summary: Mapping[str, Any], out: Path) -> None:
    """The table of the run, engines side by side, and where the report lies."""
    from rich.table import Table

    engines = summary["engines"]
    table = Table("", *engines, title=f"{summary['set']['name']}, {summary['set']['questions']} questions")
    for name in HEADLINES:
        cells = [_cell(held["figures"].get(name), name) for held in engines.values()]
        if any(cells):
            table.add_row(MEASURES[name].label, *cells)
    console.print(table)
    console.print(f"The report: {out / 'report.html'}", soft_wrap=True)


def _cell(figure: Mapping[str, Any] | None, name: str) -> str:
    if not figure or figure["value"] is None:
        return ""
    value, low, high = (written(figure[key], MEASURES[name]) for key in ("value", "low", "high"))
    return f"{value} [dim]({low}–{high})[/]"
