"""Locks between processes: one writer per library, one process that makes a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import LibraryLockedError


class WriterLock:
    """An exclusive lock on a library's folder, with a file that names the process.

    Held from construction until `release`; the operating system frees it if the process dies.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / ".lock", mode=0o600)
        self._holder = folder / ".lock-holder"
        try:
            self._lock.acquire(timeout=0.3)
        except Timeout as error:
            raise LibraryLockedError(
                f"The library {str(folder)!r} is in use by {_read(self._holder)}. Stop that, or wait until it is done; "
                "asking questions works meanwhile."
            ) from error
        self._holder.write_text(f"process {os.getpid()} ({Path(sys.argv[0]).name or 'python'})", "utf-8")

    def release(self) -> None:
        self._holder.unlink(missing_ok=True)
        self._lock.release()


@contextmanager
def exclusive(path: Path, wait: bool = True) -> Iterator[None]:
    """Hold the lock file at `path`. If it is taken: wait, or with `wait=False` raise OSError."""
    with FileLock(path, mode=0o600, timeout=-1 if wait else 0):
        yield


def holder(folder: Path) -> str | None:
    """The process that has the writer lock of a folder; None if it is free or cannot be tested."""
    try:
        WriterLock(folder).release()
    except LibraryLockedError:
        return _read(folder / ".lock-holder")
    except OSError:
        return None
    return None


def _read(holder: Path) -> str:
    try:
        return holder.read_text("utf-8") or "another process"
    except OSError:
        return "another process"
