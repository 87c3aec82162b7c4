"""Who gets past the server's door, over real HTTP: names, foreign pages, passwords, sizes."""

import base64
import http.client
import json
import re
import socket
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import served
from hypothesis import given
from hypothesis import strategies as st
from page_fakes import ENGLISH, ScriptedAssistant

from index.errors import SettingsError
from ui.server import guard, throttle
from ui.server.auth import Auth, exposure, read_auth
from ui.server.guard import Rules
from ui.server.page_headers import COOKIE
from ui.server.throttle import Throttle

PATHS = ["/", "/config", "/gradio_api/info", "/gradio_api/queue/join", "/gradio_api/call/ask", "/v1/models",
         "/v1/chat/completions", "/gradio_api/upload", "/theme.css"]  # fmt: skip
AUTH = Auth("desk", "s3cret: with a colon")


@pytest.fixture(scope="module")
def locked():
    throttle.WRONG_PASSWORD_S, before = 0.05, throttle.WRONG_PASSWORD_S
    with served(ScriptedAssistant(), rules=Rules(auth=AUTH)) as address:
        yield address
    throttle.WRONG_PASSWORD_S = before


def send(address, path="/", method="GET", body=None, **headers):
    """The status, headers and text of one plain request, with exactly these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request(method, path, body, named)
    reply = connection.getresponse()
    text = reply.read().decode("utf-8", "replace")
    connection.close()
    return reply.status, dict(reply.getheaders()), text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]", "a@b"]
)
def test_a_name_that_is_not_ours_is_refused(address, path, host):
    status, _, text = send(address, path, host=host)
    assert status == 403 and ENGLISH.title not in text and "--allow-host" in text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:7860", "127.0.0.1:1", "[::1]:80"])
def test_the_names_of_this_machine_are_ours(address, host):
    assert send(address, "/v1/models", host=host)[0] == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:3000"},
     {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, {"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"},
     {"origin": "http://[::1"}],
    ids=["elsewhere", "null", "another port", "no origin told", "a neighbour", "nonsense"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_another_page_sends_is_refused(address, path, headers, method):
    body = json.dumps({"data": ["Who?", None], "messages": []}) if method == "POST" else None
    status, _, text = send(address, path, method, body, content_type="text/plain", **headers)
    assert status in (400, 403) and ENGLISH.title not in text


def test_a_link_from_another_page_opens_ours_and_its_own_requests_pass(address):
    assert send(address, "/", sec_fetch_site="cross-site", sec_fetch_mode="navigate")[0] == 200
    assert send(address, "/", "POST", "", sec_fetch_site="cross-site", sec_fetch_mode="navigate")[0] == 403
    own = {"origin": address, "sec_fetch_site": "same-origin", "sec_fetch_mode": "cors"}
    assert send(address, "/v1/models", **own)[0] == 200


def test_a_body_that_is_too_large_is_refused_said_or_not(address):
    whole = b"x" * (guard.MAX_BODY + 1)
    status, _, text = send(address, "/v1/chat/completions", "POST", whole)
    assert status == 413 and json.loads(text)["error"]["message"].startswith("The request is larger")
    for path in ("/v1/chat/completions", "/gradio_api/queue/join"):
        chunked = (b"x" * 65_536 for _ in range(40))
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
        try:
            connection.request("POST", path, chunked, {"content-type": "application/json"}, encode_chunked=True)
            assert connection.getresponse().status in (400, 413)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It was cut off before it had sent everything.
        finally:
            connection.close()
    assert send(address, "/v1/models")[0] == 200


def test_an_upload_is_bounded(address):
    body = (
        b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        + b"x" * 10_500_000
        + b"\r\n--x--\r\n"
    )
    assert send(address, "/gradio_api/upload", "POST", body, content_type="multipart/form-data; boundary=x")[0] == 413
    length = str(guard.MAX_UPLOAD + 1)
    assert send(address, "/gradio_api/upload", "POST", b"", content_length=length)[0] == 413


@pytest.mark.parametrize(
    "name",
    [
        b"../../x.py",
        b"..\\..\\x.py",
        b"/etc/cron.d/x",
        b"CON",
        b"a.html",
        b"a" * 4_000 + b".txt",
        b"\xff\xfe.txt",
        b"..",
    ],
)
def test_an_upload_of_any_name_lies_in_a_folder_that_its_bytes_name_or_is_refused(address, name):
    part = b'--x\r\ncontent-disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\nLate.\r\n--x--\r\n'
    status, _, text = send(address, "/gradio_api/upload", "POST", part, content_type="multipart/form-data; boundary=x")
    if status != 400:
        (path,) = json.loads(text)
        assert Path(path).parent.parent == Path(tempfile.gettempdir()) / "gradio" and len(Path(path).name) <= 255
        assert re.fullmatch("onrecord-[0-9a-f]{64}", Path(path).parent.name) and Path(path).exists()
        Path(path).unlink()


def test_headers_that_make_no_sense_are_a_bad_request(address):
    with socket.create_connection(urlsplit(address).netloc.split(":"), 10) as connection:
        connection.sendall(b"POST /v1/models HTTP/1.1\r\nhost: [::1\r\n\r\n")
        assert b" 400 " in connection.recv(1000).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/check", "/gradio_api/queue/join", "/gradio_api/upload"])
def test_a_body_that_does_not_end_is_given_up(address, path, monkeypatch):
    monkeypatch.setattr(guard, "BODY_S", 0.5)
    monkeypatch.setattr(guard, "UPLOAD_S", 0.5)
    with socket.create_connection(urlsplit(address).netloc.split(":"), 10) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\n"
            'content-length: 500\r\n\r\n--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n'.encode()
        )
        assert b" 408 " in connection.recv(1000).split(b"\r\n")[0]


def test_a_websocket_is_refused_in_words_of_http(address):
    asked = {"upgrade": "websocket", "connection": "Upgrade", "sec_websocket_version": "13"}
    assert send(address, "/", sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==", **asked)[0] == 403


# Passwords


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "given",
    [None, "Basic", "Basic !!!", basic("desk", "wrong"), basic("other", AUTH.password), basic("desk", ""), "Bearer wrong",
     "Bearer ", f"Digest {AUTH.password}", AUTH.password],
)  # fmt: skip
def test_without_the_password_nothing_is_told(locked, path, given):
    status, headers, text = send(locked, path, **({"authorization": given} if given else {}))
    assert status == 401 and headers["www-authenticate"].startswith("Basic")
    assert ENGLISH.title not in text and AUTH.password not in text
    if path.startswith("/v1"):
        assert json.loads(text)["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("given", [basic("desk", AUTH.password), f"Bearer {AUTH.password}", f"bearer  {AUTH.password}"])
def test_with_it_every_door_opens_by_any_name(locked, given):
    for path in ("/", "/config", "/v1/models"):
        assert send(locked, path, authorization=given, host="news.example.org")[0] == 200


def test_a_host_that_others_can_reach_needs_a_password_or_a_word():
    for host in ("0.0.0.0", "192.168.1.5", "::", "news.local"):
        with pytest.raises(SettingsError, match="--no-auth"):
            Rules(host)
        assert Rules(host, AUTH) and Rules(host, no_auth=True)


def test_open_to_all_is_still_closed_to_foreign_names():
    rules = Rules("0.0.0.0", no_auth=True, names=["News.Example.org"])
    own = socket.gethostname()
    assert all(
        map(rules.knows, ["192.168.1.5:7860", "localhost", "[fe80::1]", own, f"{own}.local:80", "news.example.org"])
    )
    assert not any(map(rules.knows, ["evil.example", "", "192.168.1.5.evil.example"]))


def test_a_page_under_another_name_of_this_server_may_ask_it_however_the_name_is_written():
    rules = Rules("0.0.0.0", no_auth=True, names=["News.Example.org"])

    def refused(origin):
        headers = [(b"host", b"localhost"), (b"origin", origin)]
        return rules.refusal({"type": "http", "method": "GET", "path": "/", "headers": headers})

    assert refused(b"https://news.example.org") is None
    assert refused(b"https://evil.example")[0] == 403 and refused(b"null")[0] == 403


@given(st.text(), st.text())
def test_no_header_admits_by_chance_and_none_breaks_the_guard(user, password):
    auth = Auth("desk", "s3cret")
    right = (user, password) == ("desk", "s3cret")
    if not any("\ud800" <= c <= "\udfff" for c in user + password) and ":" not in user:
        assert auth.admits(basic(user, password)) == right
    assert auth.admits(f"Bearer {password}") == (password.strip() == "s3cret")
    auth.admits(user)


def test_a_password_is_read_from_a_file_or_the_environment(tmp_path, monkeypatch):
    secret = tmp_path / "password"
    secret.write_text("s3cret\nsecond line\n")
    secret.chmod(0o600)
    assert read_auth(None) is None
    assert read_auth(f"desk:@{secret}") == Auth("desk", "s3cret") and exposure(f"desk:@{secret}") is None
    secret.chmod(0o644)
    assert "chmod 600" in exposure(f"desk:@{secret}")
    assert read_auth("desk:s3cret") == Auth("desk", "s3cret") and "command line" in exposure("desk:s3cret")
    monkeypatch.setenv("ONRECORD_AUTH", "ann:other")
    assert read_auth(None) == Auth("ann", "other") and exposure(None) is None
    assert read_auth("desk:s3cret").user == "desk"
    assert "s3cret" not in repr(read_auth("desk:s3cret"))


@pytest.mark.parametrize("text", ["desk", "desk:", ":secret", ":", "desk:@/nowhere/at/all"])
def test_half_a_password_is_refused(text):
    with pytest.raises(SettingsError):
        read_auth(text)


def test_guesses_are_slowed_down_by_address_and_in_all_and_who_was_let_in_is_not(monkeypatch):
    monkeypatch.setattr(throttle, "WRONG_PASSWORD_S", 1.0)
    with served(ScriptedAssistant(), rules=Rules(auth=AUTH)) as address:
        reader = f"{COOKIE}={'r' * 32}"
        right, wrong = basic("desk", AUTH.password), basic("desk", "guess")
        assert send(address, "/v1/models", authorization=right, cookie=reader)[0] == 200
        with ThreadPoolExecutor(40) as guessing:
            started = time.monotonic()
            guesses = [
                guessing.submit(send, address, "/v1/models", authorization=wrong, x_forwarded_for=f"192.0.2.{n}")
                for n in range(40)
            ]
            wait(guesses, return_when=FIRST_COMPLETED)
            before = time.monotonic()
            assert send(address, "/v1/models", authorization=right, cookie=reader)[0] == 200
            assert time.monotonic() - before < 5
            replies = [guess.result() for guess in guesses]
        looked_at = [status for status, *_ in replies].count(401)
        refused = [headers for status, headers, _ in replies if status == 429]
        assert looked_at <= time.monotonic() - started + 2 and len(refused) == 40 - looked_at
        assert refused[0]["retry-after"] == "10"


def test_guesses_from_many_addresses_share_ten_a_second(monkeypatch):
    monkeypatch.setattr(throttle, "WRONG_PASSWORD_S", 1.0)
    clock = [100.0]
    guesses = Throttle(lambda: clock[0])
    for n in range(50):
        assert guesses.wait_s(f"10.0.0.{n}") is not None
        guesses.was_wrong(f"10.0.0.{n}")
    waits = [guesses.wait_s(f"10.0.1.{n}") for n in range(200)]
    told = [wait for wait in waits if wait is not None]
    assert told == sorted(told) and len(told) < 110 and max(told) <= 10
    clock[0] += 60
    assert guesses.wait_s("10.0.0.1") == 0
