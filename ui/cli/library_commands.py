"""Commands on the library: add to it, list it, remove from it, and keep it safe."""

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from index.errors import UnknownArticleError
from ui.cli.app import AsJson, app, chroma_server, library_path, opened_library, print_json


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
    from index.ingest.fields import parse_fields
    from ui.terminal import adding_progress, report_text

    mapping = parse_fields(fields)
    with opened_library(context) as library, adding_progress() as on_progress:
        report = library.add(
            sources,
            on_progress,
            allow_private_addresses=allow_private_addresses,
            fields=mapping,
            force=force,
            follow_links=follow_links,
        )
    if as_json:
        print_json({name: value for name, value in asdict(report).items() if value or name != "notes"})
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
    from ui.json_values import article_values
    from ui.terminal import article_line, removal_line

    with opened_library(context, read_only=True) as library:
        if removed:
            gone = library.removals()
            lines = "\n".join(map(removal_line, gone)) or "Nothing was removed."
            print_json([asdict(one) for one in gone]) if as_json else print(lines)
        elif as_json:
            print_json([article_values(article) for article in library.articles()])
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
    from ui.json_values import version_values, whole_article_values
    from ui.terminal import article_text, version_line

    with opened_library(context, read_only=restore is None) as library:
        if restore is not None:
            if restore not in {version.article.id for version in library.versions(id)}:
                raise UnknownArticleError(
                    f"{restore!r} is no version of {id!r}. List them: onrecord article {id} --versions."
                )
            id = library.restore(restore).id
        found, kept, now = library.article(id), library.versions(id), library.current(id)
    if versions:
        lines = "\n".join(map(version_line, kept)) or f"There is no other version of {id}."
        print_json([version_values(version) for version in kept]) if as_json else print(lines)
    elif as_json:
        print_json(whole_article_values(found))
    else:
        print(article_text(found, len(kept), now))


@app.command()
def remove(
    context: typer.Context,
    ids: list[str],
    reason: Annotated[
        str, typer.Option(help="Why, for example a retraction. The record of the removal keeps it.")
    ] = "",
) -> None:
    """Remove articles with their versions and every trace of them; kept answers that quote them are emptied."""
    from index.store.folder import check_readable
    from ui.conversations import Conversations, open_conversations
    from ui.removing import remove_everywhere
    from ui.terminal import removed_text

    check_readable(library_path(context))
    with opened_library(context) as library:
        path = library.folder / "conversations.db"
        with closing(open_conversations(path) if path.exists() else Conversations(":memory:")) as kept:
            done = remove_everywhere(library, kept, ids, reason)
    print(removed_text(done))


@app.command()
def rebuild(
    context: typer.Context,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Only bring Chroma's vectors back from library.db.")
    ] = False,
) -> None:
    """Split and embed all articles again: after damage, or a change of embedding or of version."""
    from index.store.rebuild import rebuild_library, rebuild_vectors
    from ui.terminal import progress

    if vectors:
        print(f"Brought back {rebuild_vectors(library_path(context), chroma=chroma_server(context))} vectors.")
        return

    with progress("Rebuilding") as on_progress:
        count = rebuild_library(library_path(context), on_progress=on_progress, chroma=chroma_server(context))
    print(f"Rebuilt {count} articles.")


@app.command()
def backup(context: typer.Context, file: Path) -> None:
    """Write the library into one new file, while others read it and add to it."""
    from index.store.backup import back_up

    made = back_up(library_path(context), file)
    print(f"Backed up {made.articles} articles to {file}. Restore them: onrecord --library DIR restore {file}")


@app.command()
def restore(context: typer.Context, file: Path) -> None:
    """Make a library from a backup; never overwrites one."""
    from index.store.backup import restore_backup

    folder = library_path(context)
    made = restore_backup(file, folder, chroma_server(context))
    print(f"Restored {made.articles} articles to {folder}.")
