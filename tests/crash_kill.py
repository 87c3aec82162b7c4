"""Children that are killed: at a random moment, or at a step that is named by what the program does there.

Nothing in the product knows of this. The steps are seen from outside, in a forked child, before they are taken: every
statement that changes SQLite, every call that changes Chroma (and its return), every file renamed, removed or written,
every text embedded.
"""

import os
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

_FILES = {"os.rename": "rename", "os.remove": "delete", "shutil.rmtree": "delete tree", "os.mkdir": "make folder"}


class Steps:
    """Counts the steps of this process as they come, and kills it before the one that is wanted."""

    def __init__(self, kill_at: int | None, log: Path) -> None:
        self._kill_at = kill_at
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._count = 0
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        with self._lock:
            if self._count == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self._count += 1
            os.write(self._log, f"{name}\n".encode())

    def watch(self) -> None:
        """From here on every step of this process is seen. There is no way back: it is for a child alone."""
        self._watch_sqlite()
        self._watch_chroma()
        sys.addaudithook(self._on_audit)

    def _watch_sqlite(self) -> None:
        connect = sqlite3.connect

        def watched(*values, **named):
            connection = connect(*values, **named)
            connection.set_trace_callback(self._on_statement)
            return connection

        sqlite3.connect = watched

    def _on_statement(self, statement: str) -> None:
        words = statement.replace("(", " (").split()
        if words and words[0] in {"INSERT", "UPDATE", "DELETE", "CREATE", "BEGIN", "COMMIT"}:
            short = [word for word in words if word not in {"OR", "REPLACE", "INTO", "FROM", "IF", "NOT", "EXISTS"}]
            self.step("sql " + " ".join(short[:2] if words[0] != "CREATE" else short[:3]))

    def _watch_chroma(self) -> None:
        import chromadb
        from chromadb.api.models.Collection import Collection

        for owner, name in ((Collection, "upsert"), (Collection, "delete"), (chromadb, "PersistentClient")):
            setattr(owner, name, self._around(getattr(owner, name), f"chroma {name}"))

    def _around(self, call: Callable, name: str) -> Callable:
        def watched(*values, **named):
            self.step(f"before {name}")
            result = call(*values, **named)
            self.step(f"after {name}")
            return result

        return watched

    def _on_audit(self, event: str, values: tuple) -> None:
        if event in _FILES:
            self.step(f"{_FILES[event]} {_plain(values[0])}")
        elif event == "open" and isinstance(values[1], str) and values[1].startswith(("w", "x")):
            self.step(f"write {_plain(values[0])}")


def _plain(path: object) -> str:
    """A file's name without the digits that differ from run to run."""
    name = Path(os.fsdecode(path)).name if isinstance(path, str | bytes | os.PathLike) else "a file"
    return "a segment" if name.count("-") == 4 else name.split("-")[0] if name.startswith(".") else name


def run(work: Callable[[], None], log: Path, kill_at: int | None = None, kill_after: float | None = None) -> float:
    """Do the work in a child, killed before its step `kill_at` or after so many seconds; returns how long it lived.

    Raises RuntimeError if the child fails by itself: a crash is what is tested, an error is not.
    """
    began = time.perf_counter()
    pid = os.fork()
    if not pid:
        _child(work, log, kill_at)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    lived = time.perf_counter() - began
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL) and status:
        raise RuntimeError(f"The child failed by itself (status {status}):\n{log.with_suffix('.error').read_text()}")
    return lived


def _child(work: Callable[[], None], log: Path, kill_at: int | None) -> None:
    try:
        Steps(kill_at, log).watch()
        work()
        os._exit(0)
    except BaseException:
        log.with_suffix(".error").write_text(traceback.format_exc())
    finally:
        os._exit(1)


def steps_of(log: Path) -> dict[str, list[int]]:
    """Each named step of a run that was not killed, and when it was taken."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(log.read_text().splitlines()):
        found.setdefault(name, []).append(at)
    return found
