"""Adding many articles: by the batch, with nothing lost, whatever stops it."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from itertools import pairwise

import pytest
from conftest import EXAMPLES, ROOT
from fakes import WordEmbedding
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Library
from index.articles import Article, content_id
from index.errors import ModelError
from index.store import adding
from index.store.adding import Pace, Progress
from index.store.read_ahead import ReadAhead, Stopped
from index.store.versions import place
from ui.terminal import adding_text


def write_news(path, count, sentences=12):
    """So many articles of several chunks each, none like another."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            text = "\n\n".join(
                f"Ship {n} of the line left port {n}-{m} after the storm had passed, said its captain number {n * 100 + m}, "
                f"who had waited for {m + 2} days with a crew of {n + 5} and little to do but to mend the sails."
                for m in range(sentences)
            )
            file.write(json.dumps({"id": f"ship-{n}", "title": f"Ship {n} leaves", "text": text}) + "\n")
    return path


def test_chunks_of_several_articles_are_embedded_together(library, tmp_path, monkeypatch):
    batches = []
    embed = WordEmbedding.get_text_embedding_batch
    monkeypatch.setattr(
        WordEmbedding, "get_text_embedding_batch", lambda self, texts: batches.append(len(texts)) or embed(self, texts)
    )
    assert len(library.add([write_news(tmp_path / "news.jsonl", 40)]).added) == 40
    assert all(size >= adding.CHUNKS_AT_ONCE for size in batches[:-1]) and len(batches) < 10
    assert sum(batches) == library._database.chunk_count() == library._vectors.writable().count()
    for n in (0, 17, 39):
        found = library.search(f"captain of Ship {n} leaves {n * 100 + 3}")
        assert f"ship-{n}" in [hit.article.id for hit in found]


def test_a_batch_keeps_what_adding_one_by_one_keeps(tmp_path):
    lines = write_news(tmp_path / "news.jsonl", 12, 4).read_text("utf-8").splitlines()
    changed = [line.replace("storm", "fog") for line in lines[:6]]
    for name, content in (("all", [*lines, *lines[:3], *changed, *lines[:2]]), ("news", lines)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(content), "utf-8")
    with Library.open(tmp_path / "together", embedding=WordEmbedding()) as together:
        report = together.add([tmp_path / "all.jsonl"])
        assert (len(report.added), len(report.updated), len(report.unchanged)) == (12, 6, 3)
        articles, ids = {a.id: a.text for a in together.articles()}, together._database.all_vectors()[0]
        assert together._vectors.writable().ids() == set(ids)
    with Library.open(tmp_path / "one by one", embedding=WordEmbedding()) as apart:
        for line in [*lines, *lines[:3], *changed, *lines[:2]]:
            (tmp_path / "all.jsonl").write_text(line, "utf-8")
            apart.add([tmp_path / "all.jsonl"])
        assert {a.id: a.text for a in apart.articles()} == articles
        assert set(apart._database.all_vectors()[0]) == set(ids)


def test_progress_ends_with_everything_read_and_nothing_waiting(library, tmp_path):
    told = []
    path = write_news(tmp_path / "news.jsonl", 20)
    library.add([path], told.append)
    assert [progress.articles for progress in told] == list(range(1, 21))
    assert told[-1].read_all and told[-1].waiting == 0
    assert told[-1].embedded == sum(len(article.text) for article in library.articles())
    assert all(a.embedded + a.waiting <= b.embedded + b.waiting for a, b in pairwise(told))
    again = []
    library.add([path], again.append)
    assert again[-1].embedded == 0 and again[-1].articles == 20


def test_what_was_told_of_is_kept_and_adding_again_goes_on(library, tmp_path):
    path, told = write_news(tmp_path / "news.jsonl", 40), []

    def stop(progress):
        told.append(progress)
        if len(told) == 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add([path], stop)
    kept = {article.id for article in library.articles()}
    assert {f"ship-{n}" for n in range(15)} <= kept and len(kept) < 40
    before = len(library.embedding.embedded)
    report = library.add([path])
    assert set(report.unchanged) == kept and set(report.added) | kept == {f"ship-{n}" for n in range(40)}
    assert len(set(library.embedding.embedded[:before]) & set(library.embedding.embedded[before:])) == 0
    assert library._vectors.writable().ids() == set(library._database.all_vectors()[0])


def test_a_failing_embedding_costs_no_more_than_its_batch(library, tmp_path, monkeypatch):
    path, vector = write_news(tmp_path / "news.jsonl", 40), WordEmbedding._vector
    monkeypatch.setattr(WordEmbedding, "_vector", lambda self, t: [0.0] * 256 if "port 30-" in t else vector(self, t))
    with pytest.raises(ModelError):
        library.add([path])
    kept = {article.id for article in library.articles()}
    assert {f"ship-{n}" for n in range(20)} <= kept and "ship-30" not in kept
    monkeypatch.setattr(WordEmbedding, "_vector", vector)
    assert len(library.add([path]).added) == 40 - len(kept)


def interrupted(command, told, **options):
    """Run until that many lines were told, then press Ctrl-C once; what it wrote, and how it ended."""
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, **options
    ) as process:
        for _ in range(told):
            assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
        return process.returncode, out, err


SLOW = """
import sys, time
sys.path.insert(0, "tests")
from fakes import WordEmbedding
from index.embedding import embedders as embed
class Slow(WordEmbedding):
    model_name: str = "multilingual-e5-small"
    def _get_text_embedding(self, text):
        time.sleep(0.002)
        return super()._get_text_embedding(text)
embed.E5Embedding = Slow
from ui import terminal
show = terminal.adding_text
terminal.adding_text = lambda progress, seconds: print(progress.articles, flush=True) or show(progress, seconds)
from ui.cli import main
sys.argv = ["onrecord", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("told", [1, 12, 25])
def test_control_c_at_the_command_line_keeps_what_is_done_and_says_so(tmp_path, told):
    path, library = write_news(tmp_path / "news.jsonl", 60), tmp_path / "library"
    command = [sys.executable, "-c", SLOW, "--library", str(library), "add", str(path)]
    status, _, err = interrupted(command, told)
    assert status == 130 and "Traceback" not in err
    assert re.search(r"(1 article is|\d+ articles are) kept\. The same command goes on from there\.", err)
    with Library.open(library, read_only=True) as reader:
        assert told <= len(reader.articles()) < 60
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240)
    assert done.returncode == 0 and "unchanged" in done.stdout, done.stderr
    with Library.open(library, embedding=None, read_only=True) as reader:
        assert {article.id for article in reader.articles()} == {f"ship-{n}" for n in range(60)}


# Reading ahead


@settings(max_examples=50, deadline=None)
@given(items=st.lists(st.text(max_size=5), max_size=30), most=st.integers(1, 20))
def test_what_is_read_ahead_comes_out_whole_and_in_order(items, most):
    assert list(ReadAhead(items, len, most)) == items


def test_reading_ahead_stops_when_enough_waits_and_when_it_is_closed():
    read = []

    def endless():
        while True:
            read.append(1)
            yield "item"

    ahead = ReadAhead(endless(), len, most=40)
    taken = iter(ahead)
    assert next(taken) == next(taken) == "item"
    time.sleep(0.2)
    assert 10 <= len(read) <= 14
    ahead.close()
    deadline = time.monotonic() + 5
    while any(thread.name == "reading" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(read) <= 14 and time.monotonic() < deadline


def test_what_reading_raises_comes_out_in_its_place():
    def broken():
        yield "one"
        raise ValueError("two")

    ahead = iter(ReadAhead(broken(), len))
    assert next(ahead) == "one"
    with pytest.raises(ValueError, match="two"):
        next(ahead)


# What is shown


@pytest.mark.parametrize(
    ("progress", "seconds", "shown"),
    [
        (Progress("One", 1), 0.0, "1 article, One"),
        (Progress("T\nwo", 1_200, 530_000, 10_000), 100, "1,200 articles, 5,300 characters/s, T wo"),
        (Progress("Two", 20, 53_000, 662_500, True), 10, "20 articles, 5,300 characters/s, 02:05 left, Two"),
        (Progress("Two", 20, 53_000, 53_000_000, True), 10, "20 articles, 5,300 characters/s, 2:46:40 left, Two"),
    ],
)
def test_the_rate_and_the_time_left_are_told(progress, seconds, shown):
    assert adding_text(progress, seconds) == shown


def test_versions_of_one_article_never_share_a_batch():
    def record(text, id="", url=None):
        return Article(id or content_id(url, None, "T", text), "T", text, "en", f"file#{url} {text}", url=url)

    told = "The ferry Aurora was two hours late on Monday."
    first, later = (
        record(told, url="https://a.example/ferry"),
        record(f"{told} So it was on Tuesday.", url="https://a.example/ferry/"),
    )
    for version, other in ((later, record("One text.")), (first, record(told, url="https://b.example/ferry"))):
        batch = [adding.prepare(place(first, []))]
        assert adding.has_version(batch, version) and not adding.has_version(batch, other)
    assert adding.has_version([adding.prepare(place(record("One.", "a"), []))], record("Two.", "a"))


def test_two_versions_of_one_address_in_one_batch_are_one_article_with_both_dates(tmp_path, library):
    told = [("2024-05-01", "The ferry was late."), ("2024-05-03", "The ferry was two hours late.")]
    lines = [
        json.dumps({"title": "Ferry", "text": text, "url": "https://paper.example/ferry", "published": day})
        for day, text in told
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(lines), "utf-8")
    report = library.add([tmp_path / "news.jsonl"])
    (kept,) = library.articles()
    assert (kept.text, kept.published, kept.updated) == ("The ferry was two hours late.", "2024-05-01", "2024-05-03")
    assert (len(report.added), len(report.updated)) == (1, 1)


@pytest.mark.long
@pytest.mark.models
def test_the_benchmark_prints_its_tables(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingestion", "40", "--into", "200", "--folder", str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, timeout=400,
    )  # fmt: skip
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines() if line.startswith("|")]
    assert done.returncode == 0 and [len(row) for row in rows] == [5, 5, 5, 5, 8, 8, 8, 8], done.stderr
    assert EXAMPLES.is_dir() and 30 <= int(rows[-1][0]) <= 50
    assert int(rows[-2][1]) == 0 and 200 <= int(rows[-1][1]) <= 280


def test_two_who_add_take_turns_by_the_batch_and_what_both_add_is_kept_once(tmp_path, library, monkeypatch):
    """The turns are handed out by the test: each embeds a batch after the other has kept one."""
    first, second = write_news(tmp_path / "first.jsonl", 20), write_news(tmp_path / "second.jsonl", 30)
    turns, order = {name: threading.Semaphore(0) for name in "ab"}, []

    @contextmanager
    def turn(name, other):
        turns[name].acquire()
        order.append(name)
        yield
        turns[other].release()

    reports = {}

    def add(name, other, path):
        reports[name] = library.add([path], pace=Pace(lambda: turn(name, other)))
        for _ in range(100):
            turns[other].release()

    threads = [threading.Thread(target=add, args=given) for given in (("a", "b", first), ("b", "a", second))]
    for thread in threads:
        thread.start()
    turns["a"].release()
    for thread in threads:
        thread.join(120)
    assert order[:4] == ["a", "b"] * 2
    assert {article.id for article in library.articles()} == {f"ship-{n}" for n in range(30)}
    outcomes = [outcome.what for report in reports.values() for outcome in report.outcomes]
    assert outcomes.count("added") == 30 and outcomes.count("unchanged") == 20
    assert library._vectors.writable().ids() == set(library._database.all_vectors()[0])


def test_adding_that_is_told_to_stop_ends_within_an_article_and_keeps_whole_ones(tmp_path, library):
    lines = [
        f"The ship number {n} of the line left the port of Norwick at {n} o'clock with its crew." for n in range(3_000)
    ]
    (tmp_path / "long.txt").write_text("One long story\n\n" + "\n\n".join(lines), "utf-8")
    first = library.add([write_news(tmp_path / "news.jsonl", 3)])
    before = len(library.embedding.embedded)
    pace = Pace(stopped=lambda: len(library.embedding.embedded) > before)
    report = library.add([tmp_path / "long.txt"], pace=pace)
    assert 0 < len(library.embedding.embedded) - before < 300
    assert not report.added and {article.id for article in library.articles()} == set(first.added)


def test_reading_that_brings_nothing_can_be_stopped():
    began, stop = threading.Event(), threading.Event()

    def silent():
        began.set()
        stop.wait(30)
        yield "late"

    ahead = ReadAhead(silent(), len, stopped=began.is_set)
    started = time.monotonic()
    with pytest.raises(Stopped):
        list(ahead)
    assert time.monotonic() - started < 10
    stop.set()
