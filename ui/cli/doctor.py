"""onrecord doctor: check the configuration, the models and the library, without loading the models."""

import shutil
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.addresses import destination, redacted_server
from index.embedding import e5_files
from index.errors import LibraryError, ModelFileError
from rag.llm import model_files
from rag.reader import reader_files
from rag.settings import Settings, read_settings


@dataclass(frozen=True)
class Finding:
    """The result of one check; `advice` is the command or setting that solves a problem."""

    about: str
    well: bool
    says: str
    advice: str = ""

    def __str__(self) -> str:
        mend = f"\n      → {self.advice}" if self.advice else ""
        return f"  {'✓' if self.well else '✗'}  {self.about}: {self.says}{mend}"


def examine(library: Path, llm: str | None, chroma: str | None = None) -> list[Finding]:
    """Everything that answering needs, in the order in which it is needed."""
    settings = read_settings(ONRECORD_LLM=llm)
    return [
        _python(),
        *_library(library, chroma),
        *_conversations(library / "conversations.db"),
        _embedding(),
        _reader(),
        _model(settings),
        _privacy(settings),
        _disk(library),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version)


def _library(folder: Path, chroma: str | None) -> list[Finding]:
    path = folder / "library.db"
    if not path.exists():
        if (folder / "chroma").exists():
            gone = f"onrecord --library {folder} restore FILE, or remove the folder and add the articles again"
            return [Finding("Library", False, f"{path} is gone, though its vectors are there", gone)]
        return [Finding("Library", False, f"none yet in {folder}", f"onrecord --library {folder} add FILE…")]
    from index.store.health import examine

    try:
        health = examine(folder, chroma)
    except LibraryError as error:
        return [Finding("Library", False, str(error))]
    says = f"{health.articles} articles in {health.chunks} chunks, {folder}, made with {health.embedding}"
    return [
        Finding("Library", health.articles > 0, "; ".join([says, *health.notes]),
                "" if health.articles else "onrecord add FILE…"),
        *(Finding("Library", False, flaw.says, flaw.advice) for flaw in health.flaws),
        *([] if health.vector_flaws else [Finding("Vectors", True, health.vectors)]),
        *(Finding("Vectors", False, flaw.says, flaw.advice) for flaw in health.vector_flaws),
    ]  # fmt: skip


def _conversations(path: Path) -> list[Finding]:
    if not path.exists():
        return []
    from ui.conversations import Conversations

    try:
        with closing(Conversations(path)) as kept:
            count = kept.check()
    except LibraryError as error:
        return [Finding("Conversations", False, str(error), "move it away, or bring it back from a backup")]
    return [Finding("Conversations", True, f"{count} kept answers, {path}")]


def _embedding() -> Finding:
    where = e5_files.where()
    if where != "cache":
        return Finding("Embedding", where != "missing", f"{e5_files.MODEL}, not in the model cache yet: {where}",
                       f"onrecord models pull {e5_files.MODEL}" if where != "missing" else "make run")  # fmt: skip
    try:
        e5_files.check()
    except ModelFileError as error:
        return Finding("Embedding", False, str(error), f"onrecord models pull {e5_files.MODEL}")
    return Finding("Embedding", True, f"{e5_files.MODEL}, embedded: {where}")


def _reader() -> Finding:
    try:
        card = reader_files.checked(reader_files.FILE, reader_files.CARD)
    except ModelFileError as error:
        return Finding("Reader", False, str(error), reader_files.INSTALL)
    size = reader_files.FILE.stat().st_size / 1e6
    return Finding("Reader", True, f"{card['name']} {card['sha256'][:12]}, {size:.0f} MB, {reader_files.FILE}")


def _model(settings: Settings) -> Finding:
    if settings.llm == "none":
        return Finding("Language model", True, "none: answers are quotes from the articles")
    embedded = model_files.find(settings.llm) if settings.llm else None
    if embedded is None and (settings.openai_api_key or settings.openai_base_url):
        server = redacted_server(settings.openai_base_url or "OpenAI")
        key = "with a key" if settings.openai_api_key else "without a key"
        return Finding("Language model", True, f"{settings.llm or 'the default model'} at {server}, {key}")
    if settings.llm and embedded is None:
        return Finding("Language model", False, f"{settings.llm!r} is neither embedded nor on a configured server",
                       "set OPENAI_API_KEY or OPENAI_BASE_URL, or choose one: onrecord models")  # fmt: skip
    model = embedded or model_files.DEFAULT
    where = model_files.where(model)
    return Finding("Language model", where != "missing", f"{model.name}, embedded: {where}",
                   "" if where != "missing" else f"onrecord models pull {model.name}")  # fmt: skip


def _privacy(settings: Settings) -> Finding:
    remote = settings.openai_api_key or settings.openai_base_url
    embedded = settings.llm and (settings.llm == "none" or model_files.find(settings.llm))
    host = destination(settings.openai_base_url) if remote and not embedded and not settings.local else None
    if host is None:
        return Finding("Privacy", True, "questions and passages stay on this machine")
    return Finding(
        "Privacy", True, f"questions and passages are sent to {host}; --local or ONRECORD_LOCAL=1 forbids it"
    )


def _disk(library: Path) -> Finding:
    there = next(folder for folder in (library, *library.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free / 1e9
    return Finding("Disk", free > 2, f"{free:.0f} GB free at {there}", "" if free > 2 else "free at least 2 GB")
