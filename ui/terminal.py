"""The text output of the commands, and progress bars."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from rag.answer import Answer, Citation
from rag.events import Event, Finished
from ui.layout import by_article, newest, shown_text
from ui.markup import iso_day
from ui.so_far import SoFar

if TYPE_CHECKING:
    from index import Article, Filter, Outcome, Removal, Report, Version
    from index.store.adding import Progress
    from ui.removing import Removed

_STATUS = {"partial": "Partly answered.", "conflict": "The sources differ.", "not_found": "Not in the articles."}


def answer_text(answer: Answer, named: Callable[[str], str] = str) -> str:
    """The answer, then each source with the sentence quoted from it, then the time it took.

    `named` returns the display name of an article id.
    """
    parts = [shown_text(answer)]
    if answer.status in _STATUS and answer.status != "not_found":
        parts.insert(0, _STATUS[answer.status])
    latest = newest(answer.citations) if answer.status == "conflict" else ""
    for cited in by_article(answer.citations):
        newer = "newest: " if latest and iso_day(cited[0].published) == latest else ""
        numbers = "".join(f"[{citation.marker}]" for citation in cited)
        lines = [f"{numbers} {newer}{_about(cited[0], named)}"]
        lines += [f"[{c.marker}] {_quote(c)}" if len(cited) > 1 else _quote(c) for c in cited]
        parts.append("\n    ".join(lines))
    if answer.closest:
        parts.append("Closest passages:")
        parts += [f"  – {source_text(citation, named)}" for citation in answer.closest]
    if answer.filter:
        parts.append(f"Searched only {_articles(answer.filter)}.")
    if answer.standalone_question != answer.question:
        parts.append(f"Understood as: {answer.standalone_question}")
    articles = len({citation.article_id for citation in answer.citations})
    told = ["told by a single article" if articles == 1 else f"told by {articles} articles"] if articles else []
    if answer.as_of:
        told.append(f"the newest of {answer.as_of}")
    parts.append(", ".join([*told, f"{answer.timings.total_s:.1f} s", answer.models.llm]))
    return "\n\n".join(parts)


def report_text(report: "Report") -> str:
    """How many articles were added, updated and so on, and remarks on single ones."""
    counts = (
        ("added", report.added),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("left out", report.left_out),
        ("failed", report.failed),
    )
    counted = ", ".join(f"{len(items)} {name}" for name, items in counts if items) or "Nothing to add."
    notes = (f"{note.source}: {note.text}" for note in report.notes)
    return "\n".join([counted, *filter(None, map(outcome_text, report.outcomes)), *notes])


def outcome_text(outcome: "Outcome") -> str:
    """A remark on one article; empty if there is none."""
    told = [outcome.why] if outcome.why else []
    if outcome.what == "updated":
        part = f"{max(1, round(outcome.changed * 100))} % of its text" if outcome.changed else "its data, not its text"
        told.append(f"changed {part}; earlier versions: onrecord article {outcome.article} --versions")
    told += outcome.notes
    name = outcome.what.replace("_", " ")
    return f"{outcome.source}: {outcome.title!r} {name}: {'; '.join(told)}" if told else ""


def article_line(article: "Article") -> str:
    updated = f"updated {article.updated}" if article.updated else None
    about = ", ".join(value for value in (article.publisher, article.published, updated, article.language) if value)
    return f"{article.id}  {article.title} ({about})"


def article_text(article: "Article", versions: int = 0, now: str = "") -> str:
    """The article with the number of its versions, or, for a version, the id of its article (`now`)."""
    dropped = ["", "Left out by cleaning:", *(f"  – {text}" for text in article.dropped)] if article.dropped else []
    if now and now != article.id:
        dropped += ["", f"This is a version of {now}. Bring it back: onrecord article {now} --restore {article.id}"]
    elif versions:
        dropped += ["", f"Other versions: {versions}. List them: onrecord article {article.id} --versions"]
    return "\n".join([article_line(article), "", article.text, *dropped])


def version_line(version: "Version") -> str:
    return f"{article_line(version.article)}, {len(version.article.text):,} characters, kept since {version.kept[:10]}"


def removal_line(removal: "Removal") -> str:
    return f"{removal.id}  {removal.title or 'no title'} (removed {removal.removed[:10]}: {removal.reason or 'no reason given'})"


def removed_text(removed: "Removed") -> str:
    """What was removed, and which files still have it."""
    count = len(removed.ids)
    lines = [f"Removed {count} article{'s' if count > 1 else ''}."]
    if removed.answers:
        lines.append(f"Kept answers that quoted {'them' if count > 1 else 'it'} and were emptied: {removed.answers}.")
    if removed.copies:
        lines.append("Copies that still have it; delete them, or make new ones:")
        lines += [
            f"  {holder.path}{'' if holder.read else ' (not readable now: it may have it)'}"
            for holder in removed.copies
        ]
    return "\n".join(lines)


def shown_answer(events: Iterable[Event], show: bool) -> Answer:
    """The stream's answer. On a terminal, what is found and checked meanwhile is shown dimmed, then wiped."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    console, so_far = Console(stderr=True), SoFar()
    with Live(console=console, transient=True, refresh_per_second=8) as live:
        for event in events:
            if isinstance(event, Finished):
                return event.answer
            so_far = so_far.after(event)
            if show and console.is_terminal:
                found = [Text(f"– {citation.quote}", style="dim", no_wrap=True) for citation in so_far.evidence[:5]]
                checked = f"So far, each sentence checked: {so_far.text}" if so_far.text else "Reading …"
                live.update(Group(*found, Text(checked, style="italic")))
    raise AssertionError("a stream ends with the answer")


@contextmanager
def progress(doing: str) -> Iterator[Callable[[str], None]]:
    """Counts what is done and names the latest, on a terminal's last line."""
    from rich.console import Console

    console = Console(stderr=True)
    done = 0
    with console.status(f"{doing} …") as status:

        def on_progress(title: str) -> None:
            nonlocal done
            done += 1
            status.update(f"{doing}: {done} done, {title[:60]}")

        yield on_progress


@contextmanager
def adding_progress() -> Iterator[Callable[["Progress"], None]]:
    """A bar with what is done, how fast, and, once everything is read, how long it will take; on a terminal only.

    Interrupted, it says what is kept, wherever that goes.
    """
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    started = time.monotonic()
    done = 0
    columns = (SpinnerColumn(), BarColumn(20), TextColumn("{task.description}", markup=False))
    with rich_progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading …", total=None)

        def on_progress(progress: "Progress") -> None:
            nonlocal done
            done = progress.articles
            total = progress.embedded + progress.waiting if progress.read_all else None
            text = adding_text(progress, time.monotonic() - started)
            bar.update(task, completed=progress.embedded, total=total, description=text)

        try:
            yield on_progress
        except KeyboardInterrupt:
            bar.stop()
            kept = "1 article is" if done == 1 else f"{done} articles are"
            console.print(f"{kept} kept. The same command goes on from there.", soft_wrap=True)
            raise


def adding_text(progress: "Progress", seconds: float) -> str:
    """How far adding has come after so many seconds, in words: "120 articles, 5,300 characters/s, 2:05 left"."""
    parts = [f"{progress.articles:,} article{'s' if progress.articles != 1 else ''}"]
    if progress.embedded and seconds > 0:
        rate = progress.embedded / seconds
        parts.append(f"{rate:,.0f} characters/s")
        if progress.read_all:
            parts.append(f"{timedelta(seconds=round(progress.waiting / rate))} left".removeprefix("0:"))
    return ", ".join([*parts, " ".join(progress.title.split())[:40]])


@contextmanager
def byte_progress(name: str) -> Iterator[Callable[[int, int], None]]:
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

    with Progress(*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn(), transient=True) as bar:
        task = bar.add_task(name, total=None)
        bar.console.file = sys.stderr
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _articles(filter: "Filter") -> str:
    """What a filter lets through, in words: "articles from Reuters, published since 2018-01-01"."""
    source = f" from {' or '.join(filter.sources)}" if filter.sources else ""
    times = (("since", filter.since), ("until", filter.until))
    published = " ".join(f"{name} {day}" for name, day in times if day)
    return (
        f"articles{source}{', published ' if source and published else ' published ' if published else ''}{published}"
    )


def source_text(citation: Citation, named: Callable[[str], str]) -> str:
    """Title, publisher and date of a cited article, and beneath them the quote."""
    return f"{_about(citation, named)}\n    {_quote(citation)}"


def _about(citation: Citation, named: Callable[[str], str]) -> str:
    about = ", ".join(value for value in (citation.title, citation.publisher, citation.published) if value)
    also = f" (also in {', '.join(dict.fromkeys(map(named, citation.also_in)))})" if citation.also_in else ""
    return about + also


def _quote(citation: Citation) -> str:
    translation = f"\n    machine translation: {citation.translation}" if citation.translation else ""
    return f"“{' '.join(citation.quote.split())}”{translation}"
