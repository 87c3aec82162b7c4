"""`onrecord check`: check a text against the archive and print it sentence by sentence."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import indent
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from index.errors import QuestionError, SourceError
from index.ingest.clean import remove_hidden
from index.ingest.document import Document, read_document
from rag.check import Check, CheckedSentence, SentenceVerdict, spans_of
from ui.cli.app import article_names
from ui.terminal import source_text

if TYPE_CHECKING:
    from index import Filter
    from rag import Assistant

_SIGNS: dict[SentenceVerdict, tuple[str, str, str]] = {
    "supported": ("✓", "supported", "green"),
    "contradicted": ("✗", "contradicted", "bold red"),
    "not_found": ("?", "not found", "yellow"),
    "no_claim": ("–", "no claim", "dim"),
}


def readable(source: str) -> Document:
    """The text of a file or of standard input ("-"); raises QuestionError where it cannot be checked, and why."""
    try:
        document = read_document(source)
    except SourceError as error:
        raise QuestionError(f"{_name(source)} cannot be checked: {error}.") from error
    try:
        spans_of(document.text)
    except QuestionError as error:
        raise QuestionError(f"{_name(source)} cannot be checked. {error}") from error
    return document


def checked(assistant: "Assistant", document: Document, filter: "Filter", as_json: bool) -> Check:
    """Check a text. Sentences are printed as soon as they are checked, or only counted where JSON is asked for.

    How far it has come is shown on standard error, unless the sentences themselves show it.
    """
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    whole: Check | None = None
    total = len(spans_of(document.text))
    with _progress(total, shown=as_json or not sys.stdout.isatty()) as advance:
        for step in assistant.checking(document.text, filter):
            if isinstance(step, Check):
                whole = step
                continue
            advance()
            if not as_json:
                console.print(sentence_text(step, article_names(assistant)), soft_wrap=True)
    assert whole is not None, "a check ends with the whole"
    if not as_json:
        console.print(f"\n{summary(whole, document.dropped)}", soft_wrap=True)
    return whole


def sentence_text(sentence: CheckedSentence, named: Callable[[str], str] = str) -> Text:
    """A sentence after its verdict, a sign and words, with the sentences that decide on it indented beneath."""
    sign, words, style = _SIGNS[sentence.verdict]
    text = Text.assemble((f"{sign} {words}", style), f"  {_line(sentence.text)}")
    for citation in sentence.citations:
        text.append(f"\n{indent(f'[{citation.marker}] {source_text(citation, named)}', '    ')}")
    return text


def summary(check: Check, dropped: tuple[str, ...] = ()) -> str:
    """How many sentences have which verdict, the date of the newest article cited, and what was not checked."""
    counts = Counter(sentence.verdict for sentence in check.sentences)
    verdicts = ", ".join(f"{counts[name]} {words}" for name, (_, words, _) in _SIGNS.items() if counts[name])
    number = len(check.sentences)
    lines = [f"{number} sentence{'s' if number != 1 else ''}: {verdicts}"]
    if check.as_of:
        lines.append(f"Newest article cited: {check.as_of}")
    if dropped:
        lines += ["Not checked, left out by cleaning:", *(f"  – {_line(text)}" for text in dropped)]
    return "\n".join([*lines, f"{check.timings.total_s:.1f} s, {check.models.reader}"])


@contextmanager
def _progress(total: int, shown: bool) -> Iterator[Callable[[], None]]:
    """A bar on standard error, on a terminal only. Interrupted, it says how many sentences were checked."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), BarColumn(20), MofNCompleteColumn(), TextColumn("sentences"), TimeRemainingColumn())
    off = not (shown and console.is_terminal)
    done = 0
    with Progress(*columns, console=console, transient=True, disable=off, redirect_stdout=False) as bar:
        task = bar.add_task("", total=total)

        def advance() -> None:
            nonlocal done
            done += 1
            bar.advance(task)

        try:
            yield advance
        except KeyboardInterrupt:
            bar.stop()
            console.print(f"{done} of {total} sentences were checked.", soft_wrap=True, highlight=False)
            raise


def _name(source: str) -> str:
    return "Standard input" if source == "-" else repr(source)


def _line(text: str) -> str:
    """On one line and without signs that would command the terminal."""
    return " ".join(remove_hidden(text).split())
