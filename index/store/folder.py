"""A library's folder before it is opened: whether there is one to read, whether it is whole, and who may write."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from index.errors import DamagedLibraryError, LibraryError, LibraryLockedError
from index.lock import WriterLock, exclusive
from index.store.database import Database
from index.store.sqlite import is_older

REBUILDING, RESTORING, NOTED, _BACKING_UP = "rebuilding", "restoring", "backups.txt", ".backing-up"


def noted_backups(folder: Path) -> list[Path]:
    """The backups that were made of a library or that it was made from; each may be unfinished, in a folder beside it."""
    noted = folder / NOTED
    return [Path(path) for path in dict.fromkeys(noted.read_text("utf-8").splitlines())] if noted.exists() else []


def partial(file: Path) -> Path:
    """The folder in which a backup is made."""
    return file.with_name(file.name + ".partial")


@contextmanager
def backing_up(folder: Path) -> Iterator[None]:
    """While a backup is made: one at a time, and nobody clears it away. A folder that cannot be written has no lock."""
    clear_partial_backups(folder)
    with ExitStack() as held:
        with suppress(OSError):
            held.enter_context(exclusive(folder / _BACKING_UP))
        yield


def clear_partial_backups(folder: Path) -> None:
    """Delete the unfinished backups of a library that no process is making any more."""
    unfinished = [left for left in map(partial, noted_backups(folder)) if left.is_dir()]
    with suppress(OSError):
        if unfinished:
            with exclusive(folder / _BACKING_UP, wait=False):
                for path in unfinished:
                    shutil.rmtree(path, ignore_errors=True)


def clear_leftovers(folder: Path) -> None:
    """Delete what a killed rebuild, restore or backup left. Only the library's writer may."""
    for name in (REBUILDING, RESTORING):
        shutil.rmtree(folder / name, ignore_errors=True)
    clear_partial_backups(folder)


def writer_lock(folder: Path, or_read: bool = False) -> WriterLock | None:
    """The lock of a folder, which is made; None for who would rather read where it cannot be had."""
    try:
        if or_read and not (folder / "library.db").exists():  # Whoever wants to read makes none.
            return None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return WriterLock(folder)
    except LibraryLockedError:
        if or_read:
            return None
        raise
    except OSError as error:
        if or_read:
            return None
        raise LibraryError(
            f"The library {str(folder)!r} cannot be written ({error.strerror}). Choose another folder with --library."
        ) from error


def check_readable(folder: Path) -> None:
    """Raise LibraryError where there is no library to read, and bring one of an earlier schema forward."""
    path = folder / "library.db"
    check_not_lost(folder)
    if not path.exists():
        raise LibraryError(f"There is no library in {str(folder)!r}. Add articles first: onrecord add FILE…")
    if is_older(path):  # Only a writer can, so one does, for a moment.
        lock = writer_lock(folder, or_read=False)
        try:
            Database(path, read_only=False).close()
        finally:
            if lock:
                lock.release()


def check_not_lost(folder: Path) -> None:
    """Refuse to begin a new library over the remains of one: it would look like an archive without articles."""
    remains = [name for name in ("chroma", "chroma.checksums", "library.db-wal") if (folder / name).exists()]
    if remains and not (folder / "library.db").exists():
        raise DamagedLibraryError(
            f"The database {str(folder / 'library.db')!r} is gone, though {remains[0]!r} is there. Bring back a copy: "
            f"onrecord --library {str(folder)!r} restore FILE; or remove the folder to begin anew."
        )
