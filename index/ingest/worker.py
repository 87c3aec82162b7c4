"""Run the parsers in a child process with limited memory, time and system calls.

A hostile document can only break that process: it is replaced, and the document refused. The process reads bytes and writes
JSON, both in frames of an eight-byte length and the data.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from index.errors import SourceError
from index.ingest.exports import Export
from index.ingest.feeds import Entry, Feed
from index.ingest.kinds import Kind
from index.ingest.multipage import PagePosition
from index.ingest.pages import Bundle, Page, Part

MEMORY = 1_000_000_000
"""Bytes that one document may need, beyond the process's own memory."""
CPU_SECONDS = 10
WALL_SECONDS = 20
_START_SECONDS = 120
_MAX_REPLY = 200_000_000
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE")


class Parser:
    """Reads documents in its worker, which starts with the first of them. Safe to use from several threads."""

    def __init__(
        self, wall_seconds: float = WALL_SECONDS, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY
    ) -> None:
        self._wall = wall_seconds
        self._limits = [str(cpu_seconds), str(memory)]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def page(
        self, kind: Kind, data: bytes, address: str | None = None, charset: str | None = None, force: bool = False
    ) -> Page:
        """The article in a document; raises SourceError with the reason where there is none."""
        return _page(self._ask(kind, data, address=address, charset=charset, force=force))

    def read(
        self, kind: Kind, data: bytes, address: str | None = None, charset: str | None = None, force: bool = False
    ) -> Page | Bundle:
        """The article or the articles in a document of any kind but a feed and an export."""
        reply = self._ask(kind, data, address=address, charset=charset, force=force)
        if "parts" not in reply:
            return _page(reply)
        parts = (Part(part["name"], part["page"] and _page(part["page"]), part["reason"]) for part in reply["parts"])
        return Bundle(tuple(parts), tuple(reply["left_out"]))

    def feed(self, data: bytes, address: str | None = None) -> Feed:
        reply = self._ask("feed", data, address=address)
        entries = (Entry(**{**entry, "page": entry["page"] and _page(entry["page"])}) for entry in reply["entries"])
        return Feed(tuple(entries), reply["missing"])

    def export(self, kind: Kind, data: bytes, fields: Mapping[str, str]) -> Export:
        """The records of an export in one piece."""
        return Export(**self._ask(kind, data, fields=dict(fields)))

    def close(self) -> None:
        """End the worker; the next document starts another."""
        with self._lock:
            if self._process is not None:
                _end(self._process)
                self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ask(self, kind: Kind, data: bytes, **options: Any) -> dict[str, Any]:
        request = json.dumps({"kind": kind, **options}).encode()

        def exchange(pipe: IO[bytes], back: IO[bytes]) -> bytes | None:
            _write(pipe, request)
            _write(pipe, data)
            return _read(back)

        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = self._start()
            process = self._process
            reply = _within(self._wall, process, exchange)
        if reply is None:
            raise SourceError(f"reading it {_why(process)}, so it was stopped; save the article's text as .txt")
        answer: dict[str, Any] = json.loads(reply)
        if answer.get("spent"):
            self.close()
        if "error" in answer:
            raise SourceError(answer["error"])
        return answer

    def _start(self) -> "subprocess.Popen[bytes]":
        root = str(Path(__file__).parents[2])
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "index.ingest.worker", *self._limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=root,
        )
        if _within(_START_SECONDS, process, lambda pipe, back: _read(back)) is None:
            raise SourceError("the process that reads documents does not start; try again, or see onrecord doctor")
        return process


@cache
def shared_parser() -> Parser:
    """The parser of this process: starting one takes as long as reading ten pages."""
    parser = Parser()
    atexit.register(parser.close)
    return parser


_Exchange = Callable[[IO[bytes], IO[bytes]], bytes | None]


def _within(seconds: float, process: "subprocess.Popen[bytes]", exchange: _Exchange) -> bytes | None:
    """What the exchange gives, or None where the process died or did not answer in time: then it is ended."""
    assert process.stdin and process.stdout
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        reply = exchange(process.stdin, process.stdout)
    except OSError:
        reply = None
    finally:
        timer.cancel()
    if reply is None:
        _end(process)
    return reply


def _why(process: "subprocess.Popen[bytes]") -> str:
    import signal

    if process.returncode == -signal.SIGXCPU:
        return "took too much computing"
    return "took too long" if process.returncode == -signal.SIGKILL else "broke the parser"


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin and process.stdout
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what it still held cannot be written any more
            pipe.close()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _page(values: dict[str, Any]) -> Page:
    position = values["position"] and PagePosition(**values["position"])
    return Page(**{**values, "dropped": tuple(values["dropped"]), "position": position})


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(8, "big") + data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    size = int.from_bytes(head, "big") if len(head := pipe.read(8)) == 8 else _MAX_REPLY + 1
    data = pipe.read(size) if size <= _MAX_REPLY else b""
    return data if len(data) == size else None


# -- The worker's side -----------------------------------------------------------------------------------------------

_FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec",
              "os.posix_spawn", "os.fork", "os.forkpty", "os.remove", "os.rename", "os.kill")  # fmt: skip


def _serve(cpu_seconds: int, memory: int) -> None:
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints is not a reply
    from index.ingest.parsing import parse

    _limit_memory(memory)
    sys.addaudithook(_refuse)
    _write(replies, b"ready")
    while (request := _read(sys.stdin.buffer)) is not None and (data := _read(sys.stdin.buffer)) is not None:
        _allow_seconds(cpu_seconds)
        asked = json.loads(request)
        reply: dict[str, Any]
        try:
            read = parse(data=data, **asked)
            reply = vars(read) if isinstance(read, Export) else asdict(read)
        except SourceError as error:
            reply = {"error": str(error)}
        except (MemoryError, RecursionError) as error:
            what = "memory" if isinstance(error, MemoryError) else "depth"
            reply = {"error": f"reading it took too much {what}; save the article's text as .txt", "spent": True}
        except Exception as error:  # the parsers are others', and the document may be anyone's
            reply = {"error": f"it cannot be read ({type(error).__name__}); save the article's text as .txt"}
        del data
        _write(replies, json.dumps(reply).encode())


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in _FORBIDDEN:
        raise PermissionError(f"a parser must not use {event}")


def _limit_memory(memory: int) -> None:
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):  # not Linux: there the limits on time hold
        return
    size = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_seconds(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
