"""Commands that answer questions, check texts, and serve both."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import EMPTY_QUESTION, QuestionError
from ui.cli.app import AsJson, app, article_names, json_line, library_path, opened_assistant

if TYPE_CHECKING:
    from index import Filter


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
    from ui.terminal import answer_text, shown_answer

    with opened_assistant(context) as assistant:
        for host in assistant.sends_to:
            print(f"onrecord: the question and passages of your articles are sent to {host}.", file=sys.stderr)
        answer = shown_answer(assistant.stream(question or "", filter=filter), show=not as_json)
        answer = assistant.translated(answer) if translate else answer
        left = [f"[{c.marker}]" for c in answer.citations if c.language != answer.language and not c.translation]
        if translate and left:
            print(f"onrecord: {' '.join(left)} not translated: no model gave the same figures.", file=sys.stderr)
        print(answer.to_json() if as_json else answer_text(answer, article_names(assistant)))


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
    from ui.cli.check_command import checked, readable

    filter = Filter(since, until, tuple(source or ()))
    document = readable(file)
    with opened_assistant(context, llm="none") as assistant:
        result = checked(assistant, document, filter, as_json)
    if as_json:
        print(json_line(result.to_dict()))


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
    from ui.chat.page import serve
    from ui.server.auth import exposure, read_auth
    from ui.server.guard import Rules

    rules = Rules(host, read_auth(auth), no_auth, tuple(allow_host or ()))
    if warning := exposure(auth):
        print(f"onrecord: {warning}", file=sys.stderr)
    with opened_assistant(context) as assistant:
        serve(assistant, rules, port)


@app.command()
def mcp(context: typer.Context) -> None:
    """Serve search, answers and articles to an assistant that speaks MCP, over standard input and output."""
    from ui.server.mcp_server import serve

    serve(library_path(context), context.obj.llm)


def _ask_many(context: typer.Context, path: Path, filter: "Filter", translate: bool, as_json: bool) -> int:
    from ui.cli.batch import read_lines, replies
    from ui.terminal import answer_text

    lines, status = read_lines(path), 0
    with opened_assistant(context) as assistant:
        for reply in replies(assistant, lines, filter, translate):
            if reply.answer is None:
                status = 1
                print(f"onrecord: {path}:{reply.number}: {reply.error}", file=sys.stderr)
            if as_json:
                print(json_line(reply.values), flush=True)
            elif reply.answer is not None:
                print(f"{reply.answer.question}\n{answer_text(reply.answer, article_names(assistant))}\n", flush=True)
            else:
                print(reply.error, flush=True)
    return status
