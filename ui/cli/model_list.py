"""The models that onrecord uses on this machine, file by file: where each is, its licence, size and hash."""

import json
from dataclasses import asdict, dataclass

from index.embedding import e5_files
from index.embedding.model_cache import cache_folder
from rag.llm import model_files
from rag.reader import reader_files

READER = "onrecord-reader"


@dataclass(frozen=True)
class ModelFile:
    """One file of a model. `sha256` is the published one, None where nothing on this machine says which that is."""

    name: str
    role: str
    where: str
    path: str
    licence: str
    size: int
    sha256: str | None
    trained_on: str | None = None


def model_files_listed() -> list[ModelFile]:
    """The language models, the files of the embedding model, and the reader."""
    language = [
        ModelFile(
            model.name, "language model", model_files.where(model), str(cache_folder() / model.file_name), model.licence,
            model.size, model.sha256,
        )
        for model in model_files.MODELS
    ]  # fmt: skip
    where, folder = e5_files.where(), e5_files.model_folder()
    embedding = [
        ModelFile(
            e5_files.MODEL, "embedding", where, str(folder / file.file_name), e5_files.LICENCE, file.size, file.sha256
        )
        for file in e5_files.FILES
    ]
    return [*language, *embedding, _reader()]


def model_values() -> list[dict[str, object]]:
    """As plain values; `trained_on` only where it says something."""
    return [
        {name: value for name, value in asdict(one).items() if name != "trained_on" or value}
        for one in model_files_listed()
    ]


def model_lines() -> list[str]:
    """As text: two lines for each file."""
    lines = []
    for one in model_files_listed():
        about = f"{one.name}  {one.role}  {one.where}  {_size(one.size)}  {one.licence}"
        about += f"  trained on the data model_files_listed in {one.trained_on}" if one.trained_on else ""
        lines += [about, f"    {one.path}", f"    SHA-256 {one.sha256 or 'unknown'}"]
    return lines


def _reader() -> ModelFile:
    """The reader as its card describes it. Whether the file is the one that the card is for is the doctor's to say."""
    file = reader_files.FILE
    try:
        card = json.loads(reader_files.CARD.read_text("utf-8"))
        name, sha256 = str(card["name"]), str(card["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        name, sha256 = READER, None
    size = file.stat().st_size if file.exists() else 0
    where = "package" if size else "missing"
    return ModelFile(
        name, "reader", where, str(file), reader_files.LICENCE, size, sha256, trained_on=reader_files.TRAINED_ON
    )


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
