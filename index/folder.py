"""A library's folder before it is opened: whether there is one to read, whether it is whole, and who may write."""

from pathlib import Path

from index.database import Database
from index.errors import DamagedLibraryError, LibraryError, LibraryLockedError
from index.lock import WriterLock
from index.sqlite import is_older


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
