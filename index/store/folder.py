"""Checks of a library's folder before it is opened, the writer's lock, and leftovers of killed processes."""

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
    """The backups made of a library, and the one it was restored from; each may be unfinished (see `partial`)."""
    noted = folder / NOTED
    return [Path(path) for path in dict.fromkeys(noted.read_text("utf-8").splitlines())] if noted.exists() else []


def partial(file: Path) -> Path:
    """The folder in which a backup is made."""
    return file.with_name(file.name + ".partial")


@contextmanager
def backing_up(folder: Path) -> Iterator[None]:
    """Hold the lock of backups, so that there is one at a time and its files are not cleared. Read-only folders have none."""
    clear_partial_backups(folder)
    with ExitStack() as held:
        with suppress(OSError):
            held.enter_context(exclusive(folder / _BACKING_UP))
        yield


def clear_partial_backups(folder: Path) -> None:
    """Delete unfinished backups, unless one is being made."""
    unfinished = [left for left in map(partial, noted_backups(folder)) if left.is_dir()]
    with suppress(OSError):
        if unfinished:
            with exclusive(folder / _BACKING_UP, wait=False):
                for path in unfinished:
                    shutil.rmtree(path, ignore_errors=True)


def clear_leftovers(folder: Path) -> None:
    """Delete what a killed rebuild, restore or backup left. Call it as the writer only."""
    for name in (REBUILDING, RESTORING):
        shutil.rmtree(folder / name, ignore_errors=True)
    clear_partial_backups(folder)


def writer_lock(folder: Path, or_read: bool = False) -> WriterLock | None:
    """Create the folder and lock it. With `or_read`, None if that fails or there is no library."""
    try:
        if or_read and not (folder / "library.db").exists():
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
    """Raise LibraryError if there is no library; migrate an earlier schema."""
    path = folder / "library.db"
    check_not_lost(folder)
    if not path.exists():
        raise LibraryError(f"There is no library in {str(folder)!r}. Add articles first: onrecord add FILE…")
    if is_older(path):  # Only a writer can migrate.
        lock = writer_lock(folder, or_read=False)
        try:
            Database(path, read_only=False).close()
        finally:
            if lock:
                lock.release()


def check_not_lost(folder: Path) -> None:
    """Raise DamagedLibraryError if only library.db is missing: a new one would look like an empty archive."""
    remains = [name for name in ("chroma", "chroma.checksums", "library.db-wal") if (folder / name).exists()]
    if remains and not (folder / "library.db").exists():
        raise DamagedLibraryError(
            f"The database {str(folder / 'library.db')!r} is gone, though {remains[0]!r} is there. Bring back a copy: "
            f"onrecord --library {str(folder)!r} restore FILE; or remove the folder to start again."
        )
