"""Many readers at once: python -m benchmarks.load

Serves the page over a library of the example articles and a model server that takes one second an answer, and lets
1, 50 and 200 readers ask at the same moment, through the page's own protocol and through /v1. Everything runs on this
machine, the readers too, so read the times as ratios to the first row: one reader alone in the same run.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

ROOT = Path(__file__).parent.parent
QUESTION = "How many years after its initial unveiling does the Roadster remain in design development, reader {n}?"
REPLY = "Indeed the Roadster remains in design development nearly 7.5 years after its initial unveiling [1]."
FIRST_WORD_S, REPLY_S = 0.5, 1.0
"""The model server's first word and last word, in seconds."""


@dataclass(frozen=True)
class Asked:
    """What one reader met with: seconds to the first word and to the answer or the busy notice; or an error."""

    outcome: str
    first_s: float
    total_s: float


@dataclass(frozen=True)
class Row:
    """What a crowd met with; `cpu_s` is the server's processor time for all of it."""

    door: str
    readers: int
    cpu_s: float
    asked: tuple[Asked, ...]

    def times(self, outcome: str, name: str) -> list[float]:
        return sorted(getattr(asked, name) for asked in self.asked if asked.outcome == outcome)

    def count(self, outcome: str) -> int:
        return sum(asked.outcome == outcome for asked in self.asked)


# The readers


@dataclass(frozen=True)
class Reader:
    """Somebody with a number, and, at the page, with a session of their own; `page` is what its /config says of asking."""

    client: aiohttp.ClientSession
    n: int
    session: str = ""
    page: dict[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        return QUESTION.format(n=self.n)


async def page_config(client: aiohttp.ClientSession) -> dict[str, Any]:
    """The page's handler of Enter in the question box, and of its opening."""
    async with client.get("/config") as reply:
        config = await reply.json()
    box = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "question")
    handler = next(call for call in config["dependencies"] if [box, "submit"] in call["targets"])
    greeting = next(call["id"] for call in config["dependencies"] if call["targets"][0][1] == "load")
    return dict(handler) | {"trigger": box, "greeting": greeting}


async def open_page(client: aiohttp.ClientSession, n: int, page: dict[str, Any]) -> Reader:
    """A reader whose page is greeted and ready to be asked at."""
    session = uuid.uuid4().hex[:12]
    greet = {"data": [], "fn_index": page["greeting"], "session_hash": session}
    async with client.post("/gradio_api/run/predict", json=greet) as reply:
        reply.raise_for_status()
        await reply.read()
    return Reader(client, n, session, page)


async def ask_page(reader: Reader) -> Asked:
    """What a browser sends for Enter, and what it gets until the answer stands."""
    started = time.perf_counter()
    data = [reader.question] + [None] * (len(reader.page["inputs"]) - 1)
    asked = {"fn_index": reader.page["id"], "session_hash": reader.session, "trigger_id": reader.page["trigger"]}
    async with reader.client.post("/gradio_api/queue/join", json={"data": data, **asked}) as joined:
        await joined.read()
        if joined.status == 503:
            return Asked("busy", 0, time.perf_counter() - started)
        joined.raise_for_status()
    first, seen = 0.0, ""
    async with reader.client.get("/gradio_api/queue/data", params={"session_hash": reader.session}) as reply:
        async for line in _lines(reply):
            seen += line
            now = time.perf_counter() - started
            if not first and "Indeed" in line:
                first = now
            if "process_completed" in line:
                strangers = {int(m) for m in re.findall(r"reader (\d+)", seen)} - {reader.n}
                if "onrecord is busy" in seen:
                    return Asked("busy", 0, now)
                if strangers or "7.5 years" not in seen or not first:
                    return Asked("stranger" if strangers else "error", first, now)
                return Asked("answered", first, now)
    return Asked("error", first, time.perf_counter() - started)


async def ask_v1(reader: Reader) -> Asked:
    """One program at /v1: there the first word comes with the checked answer."""
    body = {"model": "onrecord", "stream": True, "messages": [{"role": "user", "content": reader.question}]}
    started = time.perf_counter()
    async with reader.client.post("/v1/chat/completions", json=body) as reply:
        if reply.status == 503:
            return Asked("busy", 0, time.perf_counter() - started)
        text, first = "", 0.0
        async for line in _lines(reply):
            text += line
            first = first or ("7.5 years" in line and time.perf_counter() - started) or 0.0
    whole = "[DONE]" in text and f"reader {reader.n}?" in text
    return Asked("answered" if whole and first else "error", first, time.perf_counter() - started)


async def _lines(reply: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in reply.content:
        yield line.decode()


DOORS = {"page": ask_page, "v1": ask_v1}
_numbers = count()
"""Each reader asks what nobody asked before, or its vector would be remembered."""


async def crowd(address: str, door: str, readers: int, pid: int) -> Row:
    """So many readers at the same moment. Their client is a light one: it shares the cores with what it measures."""
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(address, connector=connector, timeout=timeout, read_bufsize=2**20) as client:

        async def one(reader: Reader) -> Asked:
            try:
                return await DOORS[door](reader)
            except (aiohttp.ClientError, TimeoutError) as error:
                return Asked(type(error).__name__, 0, 0)

        page = await page_config(client) if door == "page" else {}
        numbers = list(islice(_numbers, readers))
        there = [await open_page(client, n, page) if page else Reader(client, n) for n in numbers]
        before = processor_s(pid)
        asked = tuple(await asyncio.gather(*map(one, there)))
        return Row(door, readers, processor_s(pid) - before, asked)


# The servers


@contextmanager
def model_server() -> Iterator[str]:
    """A model server in a process of its own; gives its address."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from openai_server import events, openai_server\n"
        "reply, first, last = sys.argv[2], float(sys.argv[3]), float(sys.argv[4])\n"
        "def slowly(handler):\n"
        "    handler.start('text/event-stream')\n"
        "    lines = list(events(reply))\n"
        "    time.sleep(first)\n"
        "    for line in lines:\n"
        "        handler.write(line)\n"
        "        time.sleep((last - first) / len(lines))\n"
        "    handler.server.requests.clear()\n"
        "with openai_server(slowly, for_ever=True) as server:\n"
        "    print(server.address, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    arguments = [str(ROOT / "tests"), REPLY, str(FIRST_WORD_S), str(REPLY_S)]
    with _process([sys.executable, "-c", code, *arguments]) as (_, address):
        yield address


@contextmanager
def light_page(folder: Path, model: str) -> Iterator[tuple[int, str]]:
    """The page with an embedding and a reader that only count words: what the server costs without them."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from fakes import FakeReader, WordEmbedding\n"
        "from index import Library\n"
        "from rag import open_assistant\n"
        "from rag.llm.client import open_remote\n"
        "from ui.chat.page import serve\n"
        "words = WordEmbedding(model_name='words-256-near', floor=1.0)\n"
        "with Library.open(sys.argv[2], embedding=words) as library:\n"
        "    library.add([sys.argv[3]])\n"
        "    llm = open_remote('loopback-7b', None, sys.argv[4])\n"
        "    serve(open_assistant(library, llm, reader=FakeReader()), port=int(sys.argv[5]))\n"
    )
    arguments = [str(ROOT / "tests"), str(folder), str(ROOT / "examples" / "articles"), model, str(_free_port())]
    with _process([sys.executable, "-c", code, *arguments], {**os.environ, "PYTHONPATH": str(ROOT)}) as (process, said):
        yield process.pid, said.split()[-1]


@contextmanager
def page(folder: Path, model: str) -> Iterator[tuple[int, str]]:
    """The page as a reader starts it; gives its process id and its address."""
    command = [sys.executable, "-m", "ui", "--library", str(folder)]
    settings = {"OPENAI_BASE_URL": model, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **settings}
    subprocess.run(
        [*command, "add", str(ROOT / "examples" / "articles")], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    with _process([*command, "--llm", "loopback-7b", "ui", "--port", str(_free_port())], environment) as (
        process,
        said,
    ):
        yield process.pid, said.split()[-1]


@contextmanager
def _process(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of ours and the first line that it prints; ended when the context is."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()


def _free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def resident_mb(pid: int) -> float:
    """The memory that a process holds, in megabytes (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def processor_s(pid: int) -> float:
    """The processor time that a process has used, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# The table


def table(rows: list[Row]) -> Iterator[str]:
    alone = {row.door: row for row in rows if row.readers == 1}
    yield "                                        first word over the server's              server's CPU  busy notice"
    yield "door   readers  answered  busy  errors       p50       p95   to one alone's     a question          p95"
    for row in rows:
        after = FIRST_WORD_S if row.door == "page" else REPLY_S
        firsts = [first - after for first in row.times("answered", "first_s")]
        single = max(0.001, alone[row.door].times("answered", "first_s")[0] - after)
        busy = row.times("busy", "total_s")
        errors = row.readers - row.count("answered") - row.count("busy")
        yield (
            f"{row.door:5}  {row.readers:7}  {row.count('answered'):8}  {row.count('busy'):4}  {errors:6}  "
            f"{median(firsts):8.2f} s{p95(firsts):8.2f} s{p95(firsts) / single:15.1f} x"
            f"{1000 * row.cpu_s / row.readers:12.0f} ms" + (f"{p95(busy):11.2f} s" if busy else "")
        )


def p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0


async def run(readers: list[int], doors: list[str], requests: int, light: bool) -> AsyncIterator[str]:
    serving = light_page if light else page
    with (
        tempfile.TemporaryDirectory() as folder,
        model_server() as model,
        serving(Path(folder), model) as (pid, address),
    ):
        for door in doors:
            await crowd(address, door, 2, pid)  # Everything is loaded before the clock runs.
        rows = [await crowd(address, door, n, pid) for door in doors for n in readers]
        for line in table(rows):
            yield line
        for door in doors if requests else []:
            before = resident_mb(pid)
            async for line in soak(address, door, pid, requests, before):
                yield line


async def soak(address: str, door: str, pid: int, requests: int, before: float) -> AsyncIterator[str]:
    """Many requests, forty at a time: what memory they leave behind."""
    done, marks = 0, []
    while done < requests:
        row = await crowd(address, door, 40, pid)
        assert row.count("answered") == 40, [asked for asked in row.asked if asked.outcome != "answered"]
        done += 40
        marks.append(resident_mb(pid))
    half = marks[len(marks) // 2]
    yield (
        f"{door}: {done} requests; memory {before:.0f} MB before, {half:.0f} MB half-way, {marks[-1]:.0f} MB after "
        f"({(marks[-1] / half - 1):+.1%} in the second half)"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 10, 50, 200])
    parser.add_argument("--doors", nargs="+", choices=DOORS, default=list(DOORS))
    parser.add_argument("--requests", type=int, default=0, help="then so many more, to see whether memory grows")
    parser.add_argument(
        "--light", action="store_true", help="without the embedding's work: an embedding that counts words"
    )
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the readers and the model server run on them too.")
    print(f"The model server's first word comes after {FIRST_WORD_S} s, its last after {REPLY_S} s.\n", flush=True)
    async for line in run(sorted({1, *chosen.readers}), chosen.doors, chosen.requests, chosen.light):
        print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
