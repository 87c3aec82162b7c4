"""Published model files on disk: written whole or not at all, and used only with their published size and SHA-256."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from index.errors import ModelFileError

OnBytes = Callable[[int, int], None]
"""Called with the number of bytes done and the number of bytes in all."""


@dataclass(frozen=True)
class PublishedFile:
    """One file of a model. `name` is the model's name, as `onrecord models pull` takes it; `size` is in bytes."""

    name: str
    file_name: str
    size: int
    sha256: str


def cache_folder() -> Path:
    """Where assembled, converted and downloaded models are kept: ONRECORD_MODELS, or the platform's cache folder."""
    return Path(os.environ.get("ONRECORD_MODELS") or user_cache_path("onrecord") / "models")


def verify(file: PublishedFile, path: Path) -> Path:
    """Return `path` if its content is the published one; raise ModelFileError if it is not, or cannot be read.

    A file is hashed once and then recognized by its size, time and inode: reading a gigabyte takes seconds.
    """
    try:
        if not _remembered(path):
            with path.open("rb") as opened:
                check(file, path, path.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest())
            remember(path)
    except OSError as error:
        raise ModelFileError(
            f"The model file {str(path)!r} cannot be read ({error.strerror}). Run: onrecord models pull {file.name}."
        ) from error
    return path


def check(file: PublishedFile, path: Path, size: int, sha256: str) -> None:
    """Raise ModelFileError unless the size in bytes and the SHA-256 are the published ones."""
    if (size, sha256) != (file.size, file.sha256):
        raise ModelFileError(
            f"The file {str(path)!r} is not the published {file.name!r}: {size:,} bytes with SHA-256 {sha256[:16]}… instead "
            f"of {file.size:,} with {file.sha256[:16]}…. Delete it and run: onrecord models pull {file.name}."
        )


def write(file: PublishedFile, target: Path, blocks: Iterable[bytes], on_bytes: OnBytes | None = None) -> Path:
    """Write beside the target, check, then rename: a file under its final name is always complete.

    Raises ModelFileError if the content is not the published one, or cannot be written.
    """
    partial = target.with_suffix(f".{os.getpid()}.partial")
    digest, done = hashlib.sha256(), 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(target.parent).free < file.size:
            raise ModelFileError(
                f"The model {file.name!r} needs {file.size / 1e9:.1f} GB in {str(target.parent)!r}, which has less. Free "
                "some space, or set ONRECORD_MODELS to another folder."
            )
        with partial.open("wb") as opened:
            for block in blocks:
                opened.write(block)
                digest.update(block)
                done += len(block)
                if on_bytes:
                    on_bytes(done, file.size)
            opened.flush()
            os.fsync(opened.fileno())
        check(file, partial, done, digest.hexdigest())
        partial.replace(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()
    remember(target)
    return target


def cannot_write(target: Path, error: OSError) -> ModelFileError:
    return ModelFileError(
        f"The model file {str(target)!r} cannot be written ({error.strerror}). Set ONRECORD_MODELS to another folder."
    )


def remember(path: Path) -> None:
    """Note that the file at `path` was hashed. In a read-only folder it is hashed at every start instead."""
    with suppress(OSError):
        _stamp(path).write_text(json.dumps(_identity(path)), "utf-8")


def _remembered(path: Path) -> bool:
    with suppress(OSError, UnicodeDecodeError):
        return _stamp(path).read_text("utf-8") == json.dumps(_identity(path))
    return False


def _identity(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _stamp(path: Path) -> Path:
    return path.with_suffix(".checked")
