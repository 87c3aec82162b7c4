"""The served page as programs and networks see it: its named endpoints, its headers, whom it talks to, and a crowd."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from browser import free_port, served
from conftest import EXAMPLES, ROOT
from fakes import WordEmbedding
from openai_server import events, openai_server
from page_fakes import DELAY_EN, ENGLISH, FORD, ScriptedAssistant

from benchmarks.load import REPLY, crowd
from index import Library
from index.errors import DamagedLibraryError, SettingsError
from rag import open_assistant
from rag.llm.client import open_remote
from ui.chat.page import open_page
from ui.i18n import error_text as told_on_page
from ui.server.auth import Auth
from ui.server.guard import Rules
from ui.server.openai_api import _failure


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    """The example articles behind a page without a language model."""
    folder = tmp_path_factory.mktemp("news") / "library"
    with Library.open(folder, embedding=WordEmbedding(model_name="words-256-near", floor=1.0)) as library:
        library.add([EXAMPLES])
        with served(open_assistant(library, "none")) as address:
            yield address, library


def test_the_endpoints_for_programs_are_these_and_no_more(news):
    from gradio_client import Client

    address, library = news
    client = Client(address, verbose=False)
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/ask", "/search", "/articles", "/article"}
    assert not client.view_api(return_format="dict")["unnamed_endpoints"]
    answer = client.predict(DELAY_EN, [FORD], api_name="/ask")
    assert list(answer) == list(open_assistant(library, "none").ask(DELAY_EN).to_dict()) and answer["citations"]
    hits = client.predict(DELAY_EN, 3, api_name="/search")
    listed = client.predict(api_name="/articles")
    assert len(hits) == 3 and [article["id"] for article in listed] == [article.id for article in library.articles()]
    for quoted in (*hits, *answer["citations"]):
        text = client.predict(quoted["article_id"], api_name="/article")["text"]
        assert text[quoted["start"] : quoted["end"]] == quoted["quote"]
    for endpoint, given, says in (
        ("/ask", [" ", None], "empty"),
        ("/article", ["x"], "'x'"),
        ("/search", ["x", 99], "50"),
    ):
        with pytest.raises(Exception, match=says):
            client.predict(*given, api_name=endpoint)


def test_the_documented_example_runs(news):
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    examples = [code for code in re.findall(r"```python\n(.+?)```", text, re.DOTALL) if "127.0.0.1" in code]
    assert len(examples) == 2
    for code in examples:
        run = subprocess.run(
            [sys.executable, "-c", code.replace("http://127.0.0.1:7860", news[0])], capture_output=True, text=True
        )
        assert run.returncode == 0 and "answered" in run.stdout, run.stderr


def test_every_response_carries_the_policy_and_a_password_guards_the_page():
    from gradio_client import Client

    with served(ScriptedAssistant(), rules=Rules(auth=Auth("ann", "secret"))) as address:
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(address)
        assert "default-src 'self'" in refused.value.headers["content-security-policy"]
        assert ENGLISH.title not in refused.value.read().decode()
        client = Client(address, verbose=False, headers={"Authorization": "Bearer secret"})
        assert client.predict(FORD, None, api_name="/ask") == json.loads(ScriptedAssistant().ask(FORD).to_json())
        with pytest.raises(Exception, match="is it running"):
            client.predict("Who knows?", None, api_name="/ask")


def test_other_machines_are_let_in_only_by_password_or_by_a_word():
    with pytest.raises(SettingsError, match="--auth"), open_page(ScriptedAssistant(), Rules("0.0.0.0")):
        pass


# Nothing is sent anywhere

MONITOR = """
import sys
def note(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        print("reached", arguments[1], file=sys.stderr, flush=True)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        print("looked up", arguments[0], file=sys.stderr, flush=True)
sys.addaudithook(note)
"""
LATER_S = 5
"""What reports on its users does so from a thread of its own, some time after the start."""
OURS = re.compile(r"(?:looked up|reached) (?:b?'?(?:127\.0\.0\.1|localhost|::1)'?|None|\(b?'(?:127\.0\.0\.1|::1)'.*)$")


@pytest.mark.parametrize("monitor", ["audit", "strace"])
def test_from_start_to_shutdown_nothing_but_the_loopback_is_reached(monitor, tmp_path):
    if monitor == "strace" and not shutil.which("strace"):
        pytest.skip("strace is not installed")
    (tmp_path / "sitecustomize.py").write_text(MONITOR if monitor == "audit" else "")
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths, "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "ui", "--library", str(tmp_path / "library"), "--llm", "none"]
    subprocess.run([*command, "add", str(EXAMPLES)], env=environment, check=True, capture_output=True)
    traced = [
        "strace",
        "-D",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg",
        "-o",
        str(tmp_path / "trace"),
    ]
    port = free_port()
    ui = [*(traced if monitor == "strace" else []), *command, "ui", "--port", str(port)]
    process = subprocess.Popen(ui, stdout=-1, stderr=-1, text=True, env=environment)
    try:
        assert process.stdout.readline() == f"onrecord is at http://127.0.0.1:{port}\n"
        body = json.dumps({"model": "onrecord", "messages": [{"role": "user", "content": DELAY_EN}]}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/chat/completions", body, timeout=60) as reply:
            assert json.load(reply)["onrecord"]["citations"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as reply:
            assert reply.status == 200
        time.sleep(LATER_S)
        process.terminate()
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()  # Waiting for one that does not stop would never end.
    noted = [line for line in said.splitlines() if line.startswith(("looked up", "reached"))]
    assert [line for line in noted if not OURS.match(line)] == []
    if monitor == "audit":
        assert noted  # It asked itself whether it has started: the monitor sees.
        return
    trace = (tmp_path / "trace").read_text("utf-8", "replace")
    reached = set(
        re.findall(r'sin6?_addr=inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"|inet_pton\(AF_INET6, "([^"]+)"', trace)
    )
    hosts = {host for pair in reached for host in pair if host}
    assert "127.0.0.1" in hosts and hosts <= {"127.0.0.1", "::1"}


# A crowd


@pytest.mark.parametrize("door", ["page", "v1"])
def test_a_crowd_is_served_without_errors_and_each_gets_their_own_answer(tmp_path, door):
    def slowly(handler):
        handler.start("text/event-stream")
        for line in events(REPLY):
            handler.write(line)

    words = WordEmbedding(model_name="words-256-near", floor=1.0)
    with openai_server(slowly, for_ever=True) as server, Library.open(tmp_path / "library", embedding=words) as library:
        library.add([EXAMPLES])
        assistant = open_assistant(library, open_remote("loopback-7b", None, server.address))
        with served(assistant) as address:
            row = asyncio.run(crowd(address, door, 20, os.getpid()))
    assert row.count("answered") == 20, row


def test_no_visitor_is_told_where_things_are_on_the_server(news):
    from gradio_client import Client

    address, library = news
    client = Client(address, verbose=False)
    listed = client.predict(api_name="/articles")
    told = [*listed, client.predict(listed[0]["id"], api_name="/article")]
    assert {article["origin"] for article in told} <= {path.name for path in EXAMPLES.iterdir()}
    error = DamagedLibraryError(
        f"'{library.folder}/my news/library.db' is damaged, see {library.folder}/chroma (or ~/x/y)."
    )
    for message in (told_on_page(error, "en"), told_on_page(error, "fr"), _failure(error)[1]):
        assert str(library.folder.parent) not in message and "library.db" in message and "~" not in message
    said = "The server at http://127.0.0.1:8080/v1 is 'none'; either/or."
    assert told_on_page(SettingsError(said), "en") == said
