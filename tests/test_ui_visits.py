"""What strangers can do to each other through a served page: sessions, events, uploads, places in the line."""

import http.client
import json
import os
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from browser import served
from page_fakes import DELAY_EN, ENGLISH, FORD, ScriptedAssistant, ScriptedLibrary

from index.store.storing import Report
from ui.chat.adding_turns import EACH
from ui.server import uploads
from ui.server.page_headers import COOKIE
from ui.server.shared_assistant import ROOM

ANN, BOB = f"{COOKIE}={'a' * 32}", f"{COOKIE}={'b' * 32}"


class Page:
    """A served page as a program speaks to it, as the reader of a cookie."""

    def __init__(self, address):
        self.netloc = urlsplit(address).netloc
        config = self.send("GET", "/config")[1]
        box = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "question")
        upload = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "upload")
        of = {tuple(target): call for call in config["dependencies"] for target in call["targets"]}
        self.ask, self.add = of[box, "submit"], of[upload, "upload"]
        self.pressed = next(
            call for call in config["dependencies"] if call["targets"] and call["targets"][0][1] == "select"
        )
        self.private = {call["api_name"] for call in config["dependencies"] if call["api_visibility"] == "private"}

    def send(self, method, path, body=None, cookie=ANN, kind="application/json"):
        connection = http.client.HTTPConnection(self.netloc, timeout=60)
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, raw, {"cookie": cookie, "content-type": kind})
        reply = connection.getresponse()
        text = reply.read().decode("utf-8", "replace")
        connection.close()
        try:
            return reply.status, json.loads(text)
        except ValueError:
            return reply.status, text

    def join(self, call, first, session, cookie=ANN):
        data = [first] + [None] * (len(call["inputs"]) - 1)
        return self.send(
            "POST", "/gradio_api/queue/join", {"data": data, "fn_index": call["id"], "session_hash": session}, cookie
        )

    def press(self, sent, session, cookie=ANN):
        data = [None] * len(self.pressed["inputs"])
        event = {"data": data, "fn_index": self.pressed["id"], "session_hash": session, "event_data": sent}
        trigger = {"trigger_id": self.pressed["targets"][0][0]}
        return self.send("POST", "/gradio_api/run/predict", event | trigger, cookie)

    @contextmanager
    def stream(self, session, cookie=ANN):
        """The events of a session, open; gives a function that reads up to a word."""
        connection = http.client.HTTPConnection(self.netloc, timeout=60)
        connection.request("GET", f"/gradio_api/queue/data?session_hash={session}", headers={"cookie": cookie})
        reply = connection.getresponse()

        def read(word):
            seen = ""
            while word not in seen and (line := reply.readline().decode("utf-8", "replace")):
                seen += line
            return seen

        try:
            yield read
        finally:
            connection.sock.shutdown(socket.SHUT_RDWR)  # At once, not when the reply is forgotten.
            connection.close()

    def upload(self, text, cookie=ANN, name="a.txt"):
        body = (
            f'--x\r\ncontent-disposition: form-data; name="files"; filename="{name}"\r\n\r\n{text}\r\n--x--\r\n'
        ).encode()
        return self.send("POST", "/gradio_api/upload", body, cookie, "multipart/form-data; boundary=x")


@pytest.fixture(scope="module")
def page():
    with served(ScriptedAssistant()) as address:
        yield Page(address)


def file(path):
    return {"path": path, "orig_name": "a.txt", "meta": {"_type": "gradio.FileData"}}


# A question's place is taken by a question only


def test_cheap_requests_take_no_place_from_a_question(page):
    """More of each than there are places in all."""
    for n in range(90):
        session = f"cheap{n}"
        assert page.join({"id": 9_999, "inputs": [1]}, "x", session)[0] == 404
        assert page.send("POST", "/gradio_api/queue/join", b"{")[0] == 400
        assert page.join(page.add, [], session)[0] == 200
        assert page.join(page.ask, " ", session)[0] == 200
        assert page.send("POST", "/gradio_api/call/articles", {"data": []})[0] == 200
    with open_requests(page, 90):
        assert page.join(page.ask, FORD, "honest")[0] == 200
        with page.stream("honest") as read:
            assert "CEO of Ford" in read("process_completed")


@contextmanager
def open_requests(page, n):
    """Questions whose bodies never come to an end."""
    host, port = page.netloc.split(":")
    opened = [socket.create_connection((host, int(port)), 10) for _ in range(n)]
    for sock in opened:
        sock.sendall(
            f"POST /gradio_api/queue/join HTTP/1.1\r\nhost: {page.netloc}\r\ncontent-type: application/json\r\n"
            f'content-length: 500\r\n\r\n{{"fn_index": {page.ask["id"]}, "data": ["Who'.encode()
        )
    try:
        yield
    finally:
        for sock in opened:
            sock.close()


def test_a_question_that_is_left_gives_its_place_back_and_the_notice_names_no_unknown_number():
    gate = threading.Semaphore(0)
    assistant = ScriptedAssistant(gate=gate)
    assistant.llm = "scripted"
    with served(assistant) as address:
        page = Page(address)
        places = 64 + ROOM
        for n in range(places):
            assert page.join(page.ask, DELAY_EN, f"s{n}", f"{COOKIE}={n:032}")[0] == 200
        until(lambda: len(assistant.asked) == places)
        status, refusal = page.join(page.ask, FORD, "late", BOB)
        assert status == 503 and "busy" in refusal["detail"] and "second" not in refusal["detail"]
        with page.stream("s0", f"{COOKIE}={0:032}") as read:
            read("process_starts")
        gate.release(places * 3)
        until(lambda: page.join(page.ask, FORD, "late", BOB)[0] == 200)


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


# A session belongs to its cookie


def test_another_visitors_session_opens_nothing(page):
    event = page.join(page.ask, DELAY_EN, "mine")[1]["event_id"]
    call = page.send("POST", "/gradio_api/call/ask", {"data": [DELAY_EN, None]})[1]["event_id"]
    named = page.send("POST", "/gradio_api/call/ask", {"data": [DELAY_EN, None], "session_hash": "named"})[1][
        "event_id"
    ]
    with page.stream("mine", BOB) as read:
        assert "7.5 years" not in read("unexpected_error")
    for path in (f"call/ask/{call}", f"call/ask/{named}", f"call/ask/{event}"):
        status, told = page.send("GET", f"/gradio_api/{path}", cookie=BOB)
        assert status == 404 and "7.5 years" not in str(told)
    cancel = {"session_hash": "mine", "fn_index": page.ask["id"], "event_id": event}
    assert page.send("POST", "/gradio_api/cancel", cancel, BOB)[0] == 404
    with page.stream("mine") as read:
        assert "7.5 years" in read("process_completed")
    for id in (call, named):
        assert "7.5 years" in str(page.send("GET", f"/gradio_api/call/ask/{id}")[1])


def test_an_upload_is_its_visitors_alone(page):
    (mine,), (same) = page.upload("A story\n\nof mine.")[1], page.upload("A story\n\nof mine.", BOB)[1]
    assert mine != same[0]
    for path in (mine, "/etc/passwd", f"{mine}/../a.txt", "http://127.0.0.1:1/x", same[0]):
        wanted = 403 if path != same[0] else 200
        assert page.join(page.add, [file(path)], "theirs", BOB)[0] == wanted
    for path in (mine, "/etc/passwd"):
        assert page.send("GET", f"/gradio_api/file={path}")[0] == page.send("GET", f"/gradio_api/file/{path}")[0] == 404
    with page.stream("theirs", BOB) as read:
        assert "1 added" in read("process_completed").replace("\\u", "")
    assert page.join(page.add, [file(mine)], "own")[0] == 200
    with page.stream("own") as read:
        assert "file is empty" not in read("process_completed")


def test_private_functions_have_no_name_and_gradios_other_doors_are_shut(page):
    assert len(page.private) > 5
    for name in page.private:
        for way in ("call", "run", "api"):
            assert page.send("POST", f"/gradio_api/{way}/{name}", {"data": [], "session_hash": "x"})[0] == 404
    direct = {"data": [FORD], "fn_index": page.ask["id"], "session_hash": "x"}
    assert page.send("POST", "/gradio_api/run/predict", direct)[0] == 404
    for path in (
        "queue/status",
        "component_server",
        "openapi.json",
        "runs",
        "vibe-code",
        "token",
        "proxy=http://127.0.0.1/",
    ):
        assert page.send("GET", f"/gradio_api/{path}")[0] == 404
    for path in ("/monitoring", "/gradio_api/deep_link?session_hash=x", "/manifest.json"):
        assert page.send("GET", path)[0] == 404


# Adding


class Endless(ScriptedLibrary):
    """Its sources never end; counts those who add."""

    def __init__(self, articles):
        super().__init__(articles)
        self.inside = 0

    def add(self, sources, on_progress=None, pace=None):
        self.inside += 1
        while not pace.stopped():
            time.sleep(0.02)
        self.inside -= 1
        return Report()


def test_adding_ends_with_the_page_or_by_stop_and_leaves_room_for_others():
    assistant = ScriptedAssistant()
    assistant.library = library = Endless([ENGLISH])
    with served(assistant) as address:
        page = Page(address)

        def add(session, cookie=ANN):
            (path,) = page.upload("A story.", cookie)[1]
            assert page.join(page.add, [file(path)], session, cookie)[0] == 200

        for n in range(4):
            add(f"s{n}")
        until(lambda: library.inside == EACH)
        add("bob", BOB)
        until(lambda: library.inside == EACH + 1)
        with page.stream("bob", BOB) as read:
            read("Reading 1 of 1")
        until(lambda: library.inside == EACH)
        stop = {"do": "stop_adding"}
        assert page.press(stop, "bob", BOB)[0] == 200
        time.sleep(1)
        assert library.inside == EACH
        assert page.press(stop, "another page of ann's")[0] == 200
        until(lambda: library.inside == 0)
        seen = ""
        for n in range(4):
            with page.stream(f"s{n}") as read:
                seen += read("process_completed")
        assert f"Of yours, {EACH} sources are being added" in seen and "What was added until then stays" in seen


def test_what_a_killed_page_left_of_uploads_is_deleted_when_one_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    for name, age_s in (("onrecord-old", 7_200), ("onrecord-new", 60), ("of-another-program", 7_200)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "story.txt").write_text("A story that is not out yet.")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    with served(ScriptedAssistant()):
        assert {left.name for left in tmp_path.iterdir()} == {"onrecord-new", "of-another-program"}


# Quotas


def test_uploads_have_quotas_of_one_visitor_and_of_all(monkeypatch):
    monkeypatch.setattr(uploads, "EACH", 5_000)
    monkeypatch.setattr(uploads, "TOTAL", 8_000)
    with served(ScriptedAssistant()) as address:
        page = Page(address)
        assert page.upload("x" * 4_000)[0] == 200
        status, told = page.upload("x" * 4_000)
        assert status == 429 and told["detail"].startswith("You have uploaded 4,0")
        assert page.upload("x" * 2_000, BOB)[0] == 200
        assert page.upload("x" * 2_500, BOB)[1]["detail"].startswith("All visitors together")
        monkeypatch.setattr(uploads, "WINDOW_S", -1.0)
        assert page.upload("x" * 4_000)[0] == 200
