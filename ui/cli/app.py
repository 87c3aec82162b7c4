"""The command line app: global options, errors, and helpers of the commands."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.addresses import redacted_text
from index.errors import OnrecordError, QuestionError, QuestionSetError, SettingsError

if TYPE_CHECKING:
    from index import Library
    from rag import Assistant

app = typer.Typer(
    name="onrecord",
    help="Ask your news archive. Every answer is on the record.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_INTERRUPTED = 130
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@dataclass(frozen=True)
class Globals:
    """The options before the command."""

    library: Path | None = None
    llm: str | None = None
    verbose: bool = False
    chroma: str | None = None


class RedactingFormatter(logging.Formatter):
    """Redacts passwords and keys in addresses, which libraries log in full."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted_text(super().format(record))


def main() -> None:
    """Run the command line: errors are one line on stderr, never a traceback unless --verbose asks for it."""
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        if status == _INTERRUPTED:  # typer's status for Ctrl-C.
            raise KeyboardInterrupt
        sys.exit(status if isinstance(status, int) else 0)
    except OnrecordError as error:
        _fail(str(error), 2 if isinstance(error, QuestionError | QuestionSetError | SettingsError) else 1)
    except (KeyboardInterrupt, typer.Abort):
        _fail("Stopped.", _INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # Click's usage errors.
            _fail(_usage(error), 2)
        if "--verbose" in sys.argv:
            raise
        _fail(
            f"Something that should not happen did: {type(error).__name__}: {error}. Run it with --verbose to see where.",
            1,
        )


def _version(asked: bool) -> None:
    if asked:
        print(f"onrecord {metadata.version('onrecord')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    library: Annotated[Path | None, typer.Option(help="The library's folder (or ONRECORD_LIBRARY).")] = None,
    llm: Annotated[str | None, typer.Option(help="The language model: an embedded one, 'none', or a server's.")] = None,
    chroma: Annotated[
        str | None, typer.Option(help="A Chroma server that keeps the vectors (or ONRECORD_CHROMA): http://HOST:PORT.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Nothing leaves this machine, whatever keys are set (or ONRECORD_LOCAL=1).")
    ] = False,
    verbose: Annotated[bool, typer.Option(help="Log what is being done, and show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if local:
        os.environ["ONRECORD_LOCAL"] = "1"  # Whatever reads the settings sees it, and what it starts.
    context.obj = Globals(library, llm, verbose, chroma)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler])
    logging.getLogger("onrecord").setLevel(logging.INFO if verbose else logging.WARNING)


def chroma_server(context: typer.Context) -> str | None:
    from rag.settings import read_settings

    chroma: str | None = context.obj.chroma or read_settings().chroma
    return chroma


def library_path(context: typer.Context) -> Path:
    from rag.settings import read_settings

    return context.obj.library or read_settings().library


@contextmanager
def opened_library(context: typer.Context, read_only: bool = False) -> "Iterator[Library]":
    from index import Library

    with Library.open(library_path(context), read_only=read_only, chroma=chroma_server(context)) as library:
        yield library


@contextmanager
def opened_assistant(context: typer.Context, llm: str | None = None) -> "Iterator[Assistant]":
    from rag import open_assistant

    with open_assistant(library_path(context), llm or context.obj.llm, chroma_server(context)) as assistant:
        yield assistant


def article_names(assistant: "Assistant") -> Callable[[str], str]:
    """Returns an article's publisher by its id, or its title if the publisher is unknown."""

    def name(id: str) -> str:
        article = assistant.library.article(id)
        return article.publisher or article.title

    return name


def print_json(value: object) -> None:
    print(json_line(value, indent=2))


def json_line(value: object, indent: int | None = None) -> str:
    """JSON with lone surrogates replaced, which no encoding can write."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "replace").decode("utf-8")


def _usage(error: Any) -> str:
    """Click's message, or a hint that a global option belongs before the command."""
    option = getattr(error, "option_name", None)
    if option in {f"--{field.name}" for field in fields(Globals)}:
        return f"{option} belongs before the command: onrecord {option} … COMMAND. See: onrecord --help"
    return f"{error.format_message().rstrip('.')}. Try: onrecord --help"


def _fail(message: str, status: int) -> None:
    print(f"onrecord: {' '.join(redacted_text(message).split())}", file=sys.stderr)
    sys.exit(status)
