"""Checking a text through every way in: the command line, /v1 and MCP. The reader is scripted, the rest is real."""

import asyncio
import hashlib
import http.client
import io
import json
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from browser import served
from fakes import Done, WordEmbedding
from mcp import Client

from index import Library
from index.text.terms import query_terms
from rag import open_assistant
from rag.reader.runtime import Thresholds, Verdict
from ui.server import mcp_server, shared_assistant
from ui.server.auth import Auth
from ui.server.guard import Rules

ARTICLE = (
    "# The harbour bridge\n\nThe harbour bridge was opened in Lyneham on Monday. The mayor praised the engineers of the "
    "bridge. The old ferry will stop in spring.\n"
)
FRONT = "---\npublisher: Lyneham Post\ndate: 2025-03-0{day}\ntitle: {title}\n---\n\n"
TRUE = "The harbour bridge was opened in Lyneham on Monday."
FALSE = "The mayor never praised the engineers of the bridge."
ABSENT = "Elephants danced through Marseille yesterday."
QUESTION = "Was it late?"
TEXT = f"{TRUE} {FALSE} {ABSENT} {QUESTION}\n"


class ScriptedReader:
    """Supports a statement whose words the evidence has, contradicts one with "never", and else does neither."""

    name = "scripted 0123456789ab"
    thresholds = Thresholds(0.5, 0.6, 0.5, 0.5)

    def __init__(self):
        self.asked: list[str] = []
        self.gate: threading.Semaphore | None = None

    def read(self, question, passages):
        raise AssertionError("a check asks no question")

    def verify(self, pairs):
        self.asked += [statement for statement, _ in pairs[:1]]
        if self.gate is not None:
            self.gate.acquire()
        return [self._verdict(statement, evidence.text) for statement, evidence in pairs]

    def _verdict(self, statement, evidence):
        said, found = set(query_terms(statement.replace("never ", ""))), set(query_terms(evidence))
        if not said <= found:
            return Verdict(0.02, 0.03, 0.95)
        return Verdict(0.03, 0.94, 0.03) if "never" in statement else Verdict(0.97, 0.01, 0.02)


@pytest.fixture
def reader(monkeypatch):
    scripted = ScriptedReader()
    monkeypatch.setattr("rag.assistant.open_reader", lambda: scripted)
    return scripted


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    """Two articles of two days, with the deterministic embedding."""
    folder = tmp_path_factory.mktemp("news")
    (folder / "bridge.md").write_text(FRONT.format(day=3, title="The harbour bridge") + ARTICLE, "utf-8")
    other = "The council of Lyneham met on Tuesday. It spoke of schools and of the price of bread in the town.\n"
    (folder / "council.md").write_text(FRONT.format(day=4, title="The council") + other, "utf-8")
    with Library.open(folder / "library", embedding=WordEmbedding()) as library:
        assert not library.add([folder / "bridge.md", folder / "council.md"]).failed
    return folder / "library"


@pytest.fixture
def library(news):
    with Library.open(news, embedding=WordEmbedding(), read_only=True) as opened:
        yield opened


@pytest.fixture
def run(news, reader, monkeypatch, capsys):
    """Runs one command in this process, over the two articles."""
    from ui import cli

    real = Library.open
    monkeypatch.setattr(Library, "open", lambda *args, **named: real(*args, **{"embedding": WordEmbedding(), **named}))

    def command(*arguments, stdin=None, before=()):
        monkeypatch.setattr(sys, "argv", ["onrecord", "--library", str(news), *before, *map(str, arguments)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Done(ended.value.code or 0, *capsys.readouterr())

    return command


def written(tmp_path, text=TEXT, name="draft.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def verdicts(check):
    return [sentence["verdict"] for sentence in check["sentences"]]


# The command line


def test_each_sentence_has_its_verdict_and_what_decides_is_quoted_beneath(run, tmp_path):
    done = run("check", written(tmp_path))
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"✓ supported  {TRUE}"
    assert lines[1] == "    [1] The harbour bridge, Lyneham Post, 2025-03-03" and lines[2].strip() == f"“{TRUE}”"
    assert f"✗ contradicted  {FALSE}" in lines and f"? not found  {ABSENT}" in lines
    assert f"– no claim  {QUESTION}" in lines
    assert "4 sentences: 1 supported, 1 contradicted, 1 not found, 1 no claim" in lines
    assert "Newest article cited: 2025-03-03" in lines and "\x1b" not in done.out


def test_as_json_it_is_one_object_and_nothing_else(run, library, tmp_path):
    done = run("check", written(tmp_path), "--json")
    assert done.status == 0 and done.err == "" and done.out.count("\n") == 1
    assert set(done.json) == {"sentences", "as_of", "timings", "models"} and done.json["as_of"] == "2025-03-03"
    assert done.json["models"]["reader"] == ScriptedReader.name and done.json["models"]["llm"] == "none"
    assert verdicts(done.json) == ["supported", "contradicted", "not_found", "no_claim"]
    for sentence in done.json["sentences"]:
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]
        for cited in sentence["citations"]:
            assert library.article(cited["article_id"]).text[cited["start"] : cited["end"]] == cited["quote"]
    assert [c["marker"] for s in done.json["sentences"] for c in s["citations"]] == [1, 2]


def test_no_language_model_is_loaded(run, tmp_path):
    assert run("check", written(tmp_path), before=("--llm", "gpt-99")).status == 0


def test_standard_input_is_read(run):
    done = run("check", "-", "--json", stdin=TEXT.encode())
    assert done.status == 0 and verdicts(done.json)[0] == "supported"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_wrapped_text_is_read_by_its_sentences_and_keeps_its_offsets(run, tmp_path, ending):
    line = "The mayor praised the engineers of the bridge, and that the harbour"
    lines = [line, "bridge was opened in Lyneham on Monday is what the old ferry will do", "as they stop in spring."]
    text = ending.join(["\ufeffOn Tuesday, it was late again here.", "", *lines, ""])
    done = run("check", written(tmp_path, text), "--json")
    assert [s["text"].split() for s in done.json["sentences"]][1] == " ".join(lines).split()
    for sentence in done.json["sentences"]:
        assert text[1:][sentence["start"] : sentence["end"]] == sentence["text"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("draft.md", f"# A heading\n\n**{TRUE}**\n"),
        ("draft.html", f"<html><body><article><h1>News</h1><p>{TRUE}</p><p>{ABSENT * 9}</p></article></body></html>"),
        ("draft", TRUE),
        ("draft.txt", TRUE.encode("utf-16")),
    ],
)
def test_what_add_reads_is_checked(run, tmp_path, name, content):
    done = run("check", written(tmp_path, content, name), "--json")
    assert done.status == 0, done.err
    assert [s["verdict"] for s in done.json["sentences"] if s["text"] == TRUE] == ["supported"]


def test_word_and_pdf_are_checked(run, tmp_path):
    from documents import pdf, shown
    from test_index_docx import docx, paragraph
    from test_index_docx import run as letters

    for name, data in (("draft.docx", docx(paragraph(letters(TRUE)))), ("draft.pdf", pdf(shown(TRUE)))):
        done = run("check", written(tmp_path, data, name), "--json")
        assert done.status == 0 and verdicts(done.json) == ["supported"], (name, done)


def test_what_cleaning_leaves_out_is_named(run, tmp_path):
    done = run("check", written(tmp_path, f"{TRUE}\n\n{ABSENT}\n\nRead more\n", "draft.md"))
    assert "Not checked, left out by cleaning:\n  – Read more" in done.out


def test_only_the_articles_asked_for_are_read(run, tmp_path):
    path = written(tmp_path)
    assert verdicts(run("check", path, "--json", "--since", "2025-03-04").json)[0] == "not_found"
    assert verdicts(run("check", path, "--json", "--until", "2025-03-03").json)[0] == "supported"
    assert verdicts(run("check", path, "--json", "--source", "Lyneham Post").json)[0] == "supported"
    unknown = run("check", path, "--source", "Reuters")
    assert unknown.status == 2 and unknown.out == "" and "'Reuters'" in unknown.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("draft.txt", b"", ["empty", "at least one sentence"]),
        ("draft.txt", b" \n", ["empty"]),
        ("draft.txt", b"* * *\n", ["empty"]),
        ("draft.txt", b"A sentence of words. " * 95_000, ["1,995,000", "200,000", "in parts"]),
        ("draft.txt", b"\x7fELF\0\0\0\1\2", ["binary", "save it as text"]),
        ("draft", bytes(range(256)) * 9, ["binary"]),
        ("draft.jpg", b"\xff\xd8", [".jpg", ".docx"]),
        ("draft.pdf", b"%PDF-1.4 nothing", ["PDF cannot be read"]),
        ("draft.jsonl", b'{"text": "One."}\n{"text": "Two."}\n', ["records", "save the text of one"]),
        ("draft.txt", b'<?xml version="1.0"?><rss version="2.0"></rss>', ["feed", "save the text of one"]),
        ("draft.zip", b"PK\x03\x04", ["archive", "unpack"]),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_told_in_one_line(run, tmp_path, name, content, words):
    path = written(tmp_path, content, name)
    done = run("check", path, "--json")
    assert (done.status, done.out) == (2, "") and done.err.count("\n") == 1
    assert done.err.startswith(f"onrecord: {str(path)!r} cannot be checked") and all(word in done.err for word in words)


def test_what_is_not_a_file_is_told_in_one_line(run, tmp_path):
    for source, words in (
        (tmp_path / "gone.txt", "no such file"),
        (tmp_path, "folder"),
        ("https://paper.example/a", "web address"),
        ("", "no such"),
    ):
        done = run("check", source)
        assert (done.status, done.out) == (2, "") and done.err.count("\n") == 1 and words in done.err, done
    assert "Standard input cannot be checked" in (done := run("check", "-", stdin=b"")).err and done.status == 2
    assert run("check").status == 2 and run("check", written(tmp_path), "--since", "soon").status == 2


def test_a_reader_that_is_missing_is_told(run, tmp_path, monkeypatch):
    from rag.reader.runtime import TrainedReader

    gone = tmp_path / "reader.onnx"
    monkeypatch.setattr("rag.assistant.open_reader", lambda: TrainedReader(gone, tmp_path / "reader.json"))
    done = run("check", written(tmp_path))
    assert done.status == 1 and "Install onrecord again" in done.err and done.err.count("\n") == 1


def test_signs_that_command_a_terminal_are_not_printed(run, tmp_path):
    done = run("check", written(tmp_path, f"{TEXT} \x1b[2J"))
    assert "\x1b" not in done.out and "5 sentences" in done.out


def test_on_a_terminal_there_is_colour_and_progress_on_standard_error(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    done = run("check", written(tmp_path))
    assert "\x1b[32m✓ supported" in done.out and "4/4" in done.err
    done = run("check", written(tmp_path), "--json")
    assert "\x1b" not in done.out and done.json and "4/4" in done.err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_interruption_ends_it_cleanly(run, reader, tmp_path, monkeypatch, options):
    def interrupted(pairs):
        if reader.asked:
            raise KeyboardInterrupt
        return ScriptedReader.verify(reader, pairs)

    monkeypatch.setattr(reader, "verify", interrupted)
    done = run("check", written(tmp_path), *options)
    assert done.status == 130 and "1 of 4 sentences were checked" in done.err and "Traceback" not in done.err
    assert done.out == "" if options else TRUE in done.out


# /v1


def post(address, body, key="none"):
    """The status, the JSON and the headers that come back for this body."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{address}/v1/check", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, json.load(reply), reply.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


@pytest.fixture
def served_reader():
    return ScriptedReader()


@pytest.fixture
def address(library, served_reader):
    with served(open_assistant(library, "none", reader=served_reader)) as address:
        yield address


def test_v1_gives_the_same_check(address, library):
    status, check, _ = post(address, {"text": TEXT})
    same = open_assistant(library, "none", reader=ScriptedReader()).check(TEXT).to_dict()
    assert status == 200 and check | {"timings": 0} == json.loads(json.dumps(same)) | {"timings": 0}
    assert verdicts(check) == ["supported", "contradicted", "not_found", "no_claim"]
    status, check, _ = post(address, {"text": f"\0\ud800 {TRUE} \U0001f600"})
    assert status == 200 and check["sentences"][0]["end"] <= len(TRUE) + 5


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        (b"{", None, "invalid_json"), ([], None, None), ({}, "text", None), ({"text": 7}, "text", None),
        ({"text": None}, "text", None), ({"text": " "}, None, "question"), ({"text": "A word. " * 26_000}, None, "question"),
    ],
)  # fmt: skip
def test_v1_refuses_what_is_no_text_in_the_form_of_its_other_errors(address, body, param, code):
    status, told, _ = post(address, body)
    error = told["error"]
    assert (status, error["type"], error["param"], error["code"]) == (400, "invalid_request_error", param, code), error
    assert error["message"] and "\n" not in error["message"]


def test_v1_refuses_too_large_a_body_and_other_methods(address):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/v1/check")
    connection.putheader("content-length", "2000001")  # Refused by what it says, before the body is sent.
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/v1/check", timeout=20)
    assert refused.value.code == 404 and json.load(refused.value)["error"]["code"] == "unknown_url"


def test_v1_needs_the_password(library):
    with served(open_assistant(library, "none", reader=ScriptedReader()), rules=Rules(auth=Auth("d", "s3cret"))) as at:
        assert post(at, {"text": TEXT}, "s3cret")[0] == 200
        status, told, _ = post(at, {"text": TEXT}, "wrong")
        assert (status, told["error"]["code"]) == (401, "invalid_api_key")


def test_v1_checks_one_text_at_a_time_and_says_when_it_is_too_busy(address, served_reader, monkeypatch):

    served_reader.gate = threading.Semaphore(0)
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(post(address, {"text": TEXT})[0]))
        for _ in range(1 + shared_assistant.CHECK_ROOM)
    ]
    for thread in threads:
        thread.start()
    until(lambda: served_reader.asked)
    until(lambda: post(address, {"text": TEXT})[0] == 503 if all(t.is_alive() for t in threads) else False)
    status, told, headers = post(address, {"text": TEXT})
    assert (status, told["error"]["code"]) == (503, "busy")
    assert "retry-after" not in headers, "no check has been timed yet"
    assert "1 text is being checked" in told["error"]["message"] and len(served_reader.asked) == 1
    served_reader.gate.release(1000)
    for thread in threads:
        thread.join(20)
    assert statuses == [200] * len(threads)


def test_v1_a_client_who_leaves_stops_the_check(address, served_reader):
    served_reader.gate = threading.Semaphore(0)
    request = urllib.request.Request(f"{address}/v1/check", json.dumps({"text": TEXT * 30}).encode())
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(request, timeout=0.5)
    time.sleep(0.8)  # The server looks four times a second whether the client is there.
    asked = len(served_reader.asked)
    served_reader.gate.release(1000)
    assert post(address, {"text": TRUE})[0] == 200  # Its turn comes once the other check has stopped.
    assert len(served_reader.asked) <= asked + 2


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


# MCP


def call(library, arguments):
    """The result of check_text, asked with the SDK's own client; the language model is never opened."""

    def assistant():
        raise AssertionError("a check needs no language model")

    async def asked():
        async with Client(mcp_server.build(library, assistant)) as client:
            return await client.call_tool("check_text", arguments)

    return asyncio.run(asked())


def test_mcp_gives_the_same_check(library, reader):
    result = call(library, {"text": TEXT})
    check = result.structured_content
    assert verdicts(check) == ["supported", "contradicted", "not_found", "no_claim"]
    assert json.loads(result.content[0].text) == check and check["as_of"] == "2025-03-03"


@pytest.mark.parametrize(("text", "words"), [(" ", "empty"), ("A word. " * 26_000, "200,000")])
def test_mcp_tells_what_cannot_be_checked(library, reader, text, words):
    result = call(library, {"text": text})
    assert result.is_error and words in result.content[0].text


# The reader's files


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The reader's files as they come in the package, in a folder of this test."""
    from rag.reader import reader_files as files

    file, card = tmp_path / "reader.onnx", tmp_path / "reader.json"
    file.write_bytes(b"weights" * 1000)
    values = {
        "name": "onrecord-reader 1",
        "inputs": files.INPUTS,
        "sha256": hashlib.sha256(b"weights" * 1000).hexdigest(),
        "thresholds": {},
        "calibration": {},
    }
    card.write_text(json.dumps(values), "utf-8")
    monkeypatch.setattr(files, "FILE", file)
    monkeypatch.setattr(files, "CARD", card)
    return file


def test_the_reader_and_the_embedding_are_listed_beside_the_language_models(run, package):
    listed = run("models", "--json").json
    assert {model["role"] for model in listed} == {"language model", "embedding", "reader"}
    (reader,) = [model for model in listed if model["role"] == "reader"]
    assert reader == {
        "name": "onrecord-reader 1", "role": "reader", "where": "package", "path": str(package), "licence": "Apache-2.0",
        "size": 7000, "sha256": hashlib.sha256(package.read_bytes()).hexdigest(), "trained_on": "docs/reader.md",
    }  # fmt: skip
    text = run("models").out
    assert all(model["path"] in text and (model["sha256"] or "unknown") in text for model in listed)


def test_the_doctor_examines_the_reader(run, package):
    def reader():
        (finding,) = [finding for finding in run("doctor", "--json").json if finding["about"] == "Reader"]
        return finding

    assert reader()["well"] and "onrecord-reader 1" in reader()["says"] and str(package) in reader()["says"]
    package.write_bytes(b"cut short")
    assert not reader()["well"] and "cut short" in reader()["says"] and "pip install" in reader()["advice"]
    package.unlink()
    assert not reader()["well"] and "cannot be read" in reader()["says"]
    assert [m["where"] for m in run("models", "--json").json if m["role"] == "reader"] == ["missing"]
