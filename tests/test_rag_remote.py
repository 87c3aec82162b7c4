"""Models behind a server: whatever it does, there is a checked answer or one of our errors, never half of either."""

import json
import threading
import time

import anyio
import pytest
from openai_server import (
    body,
    drips,
    drop,
    event,
    events,
    hang,
    narrow,
    openai_server,
    pings,
    refusing,
    reset,
    stall,
    status,
    stream,
)

from index import Library
from index.embedding.embedders import _openai_embedding
from index.errors import ModelError, ModelKeyError, ModelUnavailableError, OnrecordError, SettingsError
from rag import open_assistant
from rag.events import Finished
from rag.llm.client import open_remote, parameters

QUESTION = "How many years after its initial unveiling does the Roadster remain in design development?"
TRUE = "The Roadster remains in design development nearly 7.5 years after its initial unveiling [1]."
KEY = "sk-secret-0123456789"
HALF = list(events(TRUE))[:8]


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch):
    """The pauses between retries are the openai package's own; here they last a twentieth."""
    sleep = anyio.sleep
    monkeypatch.setattr("openai._base_client.anyio.sleep", lambda seconds: sleep(seconds / 20))


def ask(archive, server, timeout_s=5.0, **options):
    llm = open_remote("loopback-7b", KEY, server.address, timeout_s=timeout_s, **options)
    return open_assistant(archive, llm).ask(QUESTION)


def test_a_good_run_from_the_environment_to_the_answer(archive, monkeypatch):
    with openai_server(reply=TRUE) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with open_assistant(archive) as assistant:
            answer = assistant.ask(QUESTION)
    assert answer.status == "answered" and "7.5 years" in answer.text and answer.citations
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (321, 12)
    assert answer.models.llm == "loopback-7b"
    (models, *_), (path, key, sent) = server.requests
    assert models == "/v1/models" and path == "/v1/chat/completions" and key == f"Bearer {KEY}"
    assert sent["stream"] and sent["max_tokens"] <= 512 and sent["temperature"] == 0


def test_a_server_needs_no_key_and_a_model_can_be_named(archive, monkeypatch):
    with openai_server(reply=TRUE) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        assert open_assistant(archive, "loopback-1b").ask(QUESTION).models.llm == "loopback-1b"
    assert [sent["model"] for path, _, sent in server.requests] == ["loopback-1b"]


@pytest.mark.parametrize(
    ("model", "address", "sent", "unsent"),
    [
        ("gpt-5.4-mini", None, {"reasoning_effort": "low"}, {"temperature", "max_tokens"}),
        ("o3-mini", "https://api.openai.com/v1", {"reasoning_effort": "low"}, {"temperature", "max_tokens"}),
        ("gpt-4.1", None, {"max_completion_tokens": 400, "temperature": 0.0}, {"max_tokens", "reasoning_effort"}),
        ("gpt-5.3-chat-latest", None, {"max_completion_tokens": 400}, {"max_tokens", "reasoning_effort"}),
        ("gpt-4.1", "http://127.0.0.1:1/v1", {"max_tokens": 400}, {"max_completion_tokens", "reasoning_effort"}),
    ],
)
def test_a_model_is_sent_what_its_api_takes(model, address, sent, unsent):
    options = parameters(model, address, 400)
    assert options | sent == options and not unsent & options.keys()
    assert options.get("max_completion_tokens", 0) > 2_000 or "reasoning_effort" not in options, "room to think"


@pytest.mark.parametrize(
    "refused", [("temperature",), ("max_tokens",), ("temperature", "max_tokens", "stream_options")]
)
def test_a_parameter_that_a_server_refuses_is_not_sent_again(archive, refused):
    with openai_server(refusing(*refused), for_ever=True, reply=TRUE) as server:
        assert ask(archive, server).status == "answered"
    sent = server.requests[-1][2]
    assert not set(refused) & sent.keys() and ("max_tokens" in sent or "max_completion_tokens" in sent)
    assert len(server.requests) == len(refused) + 1


def test_a_model_with_a_small_context_is_sent_less_and_the_answer_says_so(archive):
    with openai_server(reply=TRUE) as server:
        ask(archive, server)
        length = sum(len(message["content"]) for message in server.requests[0][2]["messages"])
    with openai_server(narrow(length - 500), for_ever=True, reply=TRUE) as server:
        answer = ask(archive, server, timeout_s=30)
    assert answer.status == "answered" and "only a part" in answer.notices[0] and len(server.requests) >= 2
    with openai_server(narrow(100), for_ever=True) as server, pytest.raises(ModelUnavailableError, match="context"):
        ask(archive, server)


def test_what_a_server_says_is_checked_like_any_reply(archive):
    with openai_server(reply="The Roadster was delayed by 9.5 years [1].") as server:
        answer = ask(archive, server)
    assert "9.5" not in answer.text and all(claim.supported for claim in answer.claims)


@pytest.mark.parametrize(
    "faults",
    [[status(429)], [status(429), status(429, retry_after=1)], [status(500), status(503)], [status(408)], [drop]],
    ids=["429", "429 twice", "500 and 503", "408", "dropped"],
)
def test_a_passing_fault_is_ridden_out(archive, faults):
    with openai_server(*faults, reply=TRUE) as server:
        assert ask(archive, server).status == "answered"
    assert len(server.requests) == len(faults) + 1


@pytest.mark.parametrize("code", [401, 403])
def test_a_wrong_key_is_named_at_once_and_never_repeated(archive, code):
    wrong = status(code, "Incorrect API key provided")
    with openai_server(wrong, for_ever=True) as server, pytest.raises(ModelKeyError) as refused:
        ask(archive, server)
    assert KEY[:6] not in str(refused.value) and "OPENAI_API_KEY" in str(refused.value)
    assert "\n" not in str(refused.value) and len(server.requests) == 1
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_nothing_is_sent_where_a_server_points_to(archive, monkeypatch):
    with openai_server(reply=TRUE) as elsewhere:
        redirect = status(307, location=f"{elsewhere.address}/chat/completions")
        with openai_server(redirect, for_ever=True) as server, pytest.raises(ModelUnavailableError, match="307"):
            ask(archive, server)
        with openai_server(redirect, for_ever=True) as server, pytest.raises(ModelUnavailableError, match="307"):
            open_remote(None, KEY, server.address)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with openai_server(redirect, for_ever=True) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.address)
            with pytest.raises(ModelUnavailableError, match="307"):
                _openai_embedding("text-embedding-3-small").get_query_embedding("a")
        assert not elsewhere.requests


@pytest.mark.parametrize("usage", ['"lots"', "[1]", '{"prompt_tokens": "many"}', "7"])
def test_a_usage_that_is_none_is_left_aside(archive, usage):
    said = [event({}, {"content": TRUE}, "stop"), f'data: {{"choices": [], "usage": {usage}}}\n\n', "data: [DONE]\n\n"]
    with openai_server(stream(*said), for_ever=True) as server:
        assert ask(archive, server).usage.prompt_tokens == 0


FAULTS = {
    "500 for ever": status(500),
    "429 for ever": status(429),
    "429 for an hour": status(429, retry_after=3600),
    "400 too long": status(400, "maximum context length is 8192 tokens"),
    "404 no such model": status(404),
    "302 elsewhere": status(302, location="http://127.0.0.1:9/"),
    "204": status(204),
    "html": body("text/html", "<html><body>Welcome to the intranet</body></html>"),
    "empty body": body("application/json", ""),
    "malformed json": body("application/json", '{"choices": ['),
    "a number": body("application/json", "7"),
    "a whole completion where a stream was asked for": body(
        "application/json", json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []})
    ),
    "malformed event": stream(*HALF, "data: {broken\n\n"),
    "event of another kind": stream(*HALF, "data: [1, 2]\n\n", "data: [DONE]\n\n"),
    "event that is a number": stream(*HALF, "data: 7\n\n", "data: [DONE]\n\n"),
    "event that is null": stream(*HALF, "data: null\n\n", "data: [DONE]\n\n"),
    "event without choices": stream(*HALF, "data: {}\n\n", "data: [DONE]\n\n"),
    "choice without delta": stream(*HALF, 'data: {"choices": [{"index": 0}]}\n\n', "data: [DONE]\n\n"),
    "no choices": stream('data: {"choices": []}\n\n', "data: [DONE]\n\n"),
    "content null": stream(event({}, {"content": None}), "data: [DONE]\n\n"),
    "content a number": stream(event({}, {"content": 7}), "data: [DONE]\n\n"),
    "not utf-8": stream(*HALF, "data: \udcff\n\n".encode("utf-8", "surrogateescape").decode("latin-1")),
    "cut without a finish reason": stream(*HALF),
    "done without a finish reason": stream(*HALF, "data: [DONE]\n\n"),
    "error inside the stream": stream(*HALF, 'data: {"error": {"message": "overloaded", "code": 500}}\n\n'),
    "nothing at all": stream(),
    "dropped for ever": drop,
    "reset before a word": reset(),
    "reset mid-word": reset(*HALF),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_of_our_errors_and_no_half_answer(archive, fault):
    seen, started = [], time.perf_counter()
    with openai_server(fault, for_ever=True, reply=TRUE) as server:
        llm = open_remote("loopback-7b", KEY, server.address, timeout_s=5)
        with pytest.raises(ModelUnavailableError) as failed:
            seen.extend(open_assistant(archive, llm).stream(QUESTION))
    assert not any(isinstance(event, Finished) for event in seen)
    message = str(failed.value)
    assert "\n" not in message and KEY not in message and len(message) < 400
    assert "--llm" in message or "OPENAI_BASE_URL" in message
    assert len(server.requests) <= 3 and time.perf_counter() - started < 4


@pytest.mark.parametrize(
    "fault", [hang, stall(*HALF), pings, drips], ids=["hang", "stall", "pings for ever", "headers"]
)
def test_a_server_that_keeps_us_waiting_is_left(archive, fault):
    started = time.perf_counter()
    with openai_server(fault, for_ever=True) as server, pytest.raises(ModelUnavailableError, match="no reply within"):
        ask(archive, server, timeout_s=0.3)
    assert time.perf_counter() - started < 3


def test_a_reply_that_takes_its_time_is_not_cut(archive):
    def slowly(handler):
        handler.start("text/event-stream")
        for line in events(TRUE):
            handler.write(line)
            time.sleep(0.03)

    with openai_server(slowly) as server:
        assert ask(archive, server, timeout_s=2.0).status == "answered"


def test_a_reply_cut_for_its_length_is_checked_like_any(archive):
    cut = [*HALF, event({}, {}, "length"), "data: [DONE]\n\n"]
    with openai_server(stream(*cut), for_ever=True) as server:
        answer = ask(archive, server)
    assert answer.status in {"answered", "not_found"}


LONG = {
    "true sentences": TRUE + "\n",
    "one line": TRUE + " ",
    "lines": "[1\n",
    "brackets": "[",
    "line ends": "\n",
    "spaces": " \t",
    "images": "![](",
    "links": "](",
    "thoughts": "<think>",
    "ends of thoughts": "</think> ",
    "figures": "1. ",
    "no space": "a",
    "headings": "## a\n",
    "open": "OPEN 1, 2\n",
}


@pytest.mark.parametrize("sign", LONG.values(), ids=LONG)
@pytest.mark.parametrize("question", [QUESTION, "Why is the Roadster late?"])
def test_a_reply_of_100_kb_is_checked_within_a_second(archive, sign, question):
    reply = sign * (100_000 // len(sign))
    with openai_server(stream(event({}, {"content": reply}, "stop"), "data: [DONE]\n\n"), for_ever=True) as server:
        assistant = open_assistant(archive, open_remote("m", KEY, server.address))
        assistant.ask(question)  # Once for what is remembered: the texts that are embedded.
        began = time.thread_time()
        answer = assistant.ask(question)
        assert time.thread_time() - began < 2  # Half of that on an idle core.
    assert answer.status in {"answered", "partial", "not_found", "conflict"} and len(answer.text) < 8_000


def test_no_escape_half_character_or_figure_of_a_server_comes_through(archive):
    usage = {"prompt_tokens": "many", "completion_tokens": -4, "total_tokens": None, "cost": float("inf")}
    said = "\x1b]0;owned\x07" + TRUE.replace("design", "\x1b[31mdesign\ud83d")
    lines = [
        event({}, {"content": said}, "stop"),
        "data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
                               "usage": usage}) + "\n\n",
        "data: [DONE]\n\n",
    ]  # fmt: skip
    with openai_server(stream(*lines), for_ever=True) as server:
        answer = ask(archive, server)
    assert answer.text == TRUE and json.loads(answer.to_json())["usage"]["prompt_tokens"] == 0


def test_an_endless_reply_is_stopped(archive):
    def endless(handler):
        handler.start("text/event-stream")
        while not handler.server.stopped.is_set():
            handler.write(event({}, {"content": "and so on " * 100}))

    started = time.perf_counter()
    with openai_server(endless, for_ever=True) as server:
        assert "and so on" not in ask(archive, server).text
    assert time.perf_counter() - started < 5


def test_a_reader_who_leaves_ends_the_request(archive):
    left = []

    def watched(handler):
        handler.start("text/event-stream")
        try:
            for _ in range(300):
                handler.write(event({}, {"content": "word "}))
                time.sleep(0.01)
        except OSError:
            left.append(True)

    with openai_server(watched) as server:
        events = open_assistant(archive, open_remote("m", KEY, server.address)).stream(QUESTION)
        for _ in range(20):
            assert not isinstance(next(events), Finished)
        events.close()
        until = time.monotonic() + 1.5
        while not left and time.monotonic() < until:
            time.sleep(0.02)
    assert left


@pytest.mark.parametrize("silent", [hang, stall(*HALF)], ids=["before a word", "mid-word"])
def test_a_reader_who_leaves_a_silent_server_frees_it(archive, silent):
    freed = threading.Event()

    def watched(handler):
        threading.Thread(target=silent, args=[handler], daemon=True).start()
        handler.connection.settimeout(5)
        try:
            hung_up = not handler.connection.recv(1)
        except ConnectionError:  # It hung up with something left unread.
            hung_up = True
        if hung_up:
            freed.set()

    with openai_server(watched) as server:
        events = open_assistant(archive, open_remote("m", KEY, server.address)).stream(QUESTION)
        while not server.requests:
            next(events)
        for _ in range(2):
            next(events)  # Comes back although the server says nothing.
        events.close()
        assert freed.wait(1)


def test_an_unreachable_server_is_named_when_it_is_opened_and_when_it_is_asked(archive, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnavailableError, match="OPENAI_BASE_URL"):
        open_assistant(archive)
    with pytest.raises(ModelUnavailableError, match="OPENAI_BASE_URL"):
        open_assistant(archive, "some-model").ask(QUESTION)


@pytest.mark.parametrize(
    "address", ["nonsense", "http://", "ftp://127.0.0.1/v1", "http://[::1", "http://127.0.0.1:99999/v1"]
)
@pytest.mark.parametrize("name", [None, "some-model"])
def test_an_address_that_is_none_is_named(archive, monkeypatch, address, name):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(OnrecordError, match="OPENAI_BASE_URL"):
        open_assistant(archive, name).ask(QUESTION)


def test_a_port_that_is_none_does_not_reach_the_server_whose_port_it_wraps_around_to(archive, monkeypatch):
    with openai_server(reply=TRUE) as server:
        host, port = server.address.removesuffix("/v1").rsplit(":", 1)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{host}:{int(port) + 65_536}/v1")
        with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
            open_assistant(archive)
        assert not server.requests


@pytest.mark.parametrize(
    "fault",
    [status(401), status(500), body("text/html", "<html>"), body("application/json", "{"), body("application/json", "[]"),
     body("application/json", '{"data": 7}'), body("application/json", '{"data": [{}]}'), hang],
    ids=["401", "500", "html", "malformed", "list", "number", "no id", "hang"],
)  # fmt: skip
def test_a_server_that_cannot_name_its_models_is_one_of_our_errors(archive, monkeypatch, fault):
    monkeypatch.setattr("rag.llm.client.TIMEOUT_S", 0.5)
    with openai_server(fault, for_ever=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        with pytest.raises(OnrecordError):
            open_assistant(archive)


def test_a_server_that_never_ends_its_headers_is_left(archive, monkeypatch):
    monkeypatch.setattr("rag.llm.client.TIMEOUT_S", 0.3)
    with openai_server(drips, for_ever=True) as server, pytest.raises(ModelUnavailableError, match="no reply within"):
        open_remote(None, KEY, server.address)


def test_a_server_without_models_says_so(archive, monkeypatch):
    with openai_server() as server:
        server.models = []
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        with pytest.raises(SettingsError, match="--llm NAME"):
            open_assistant(archive)


def test_a_name_that_nobody_knows_needs_a_server(archive):
    with pytest.raises(OnrecordError, match="OPENAI_API_KEY"):
        open_assistant(archive, "gpt-99")


# Embeddings


@pytest.fixture
def embedding(monkeypatch):
    """OpenAI's embedding as a library opens it, behind a server on the loopback."""
    from index.embedding.embedders import open_embedding

    with openai_server() as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        monkeypatch.setattr("openai._base_client.time.sleep", lambda seconds: None)
        yield server, open_embedding("text-embedding-3-small")


def story(folder, name):
    path = folder / f"{name}.txt"
    path.write_text(f"The ferry {name} was delayed by five months, its operator Nordlink said.", "utf-8")
    return path


def vectors(*rows, indices=None):
    """A reply of these vectors, whatever was asked for."""
    data = [
        {"object": "embedding", "index": n, "embedding": row}
        for n, row in zip(indices or range(99), rows, strict=False)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return body("application/json", json.dumps({"object": "list", "data": data, "model": "m", "usage": usage}))


ROW = [0.5] * 26
BAD_VECTORS = {
    "a key refused": (status(401, "Incorrect API key provided"), "OPENAI_API_KEY"),
    "500 for ever": (status(500), "status 500"),
    "dropped for ever": (drop, "cannot be reached"),
    "html": (body("text/html", "<html>Welcome</html>"), "not what OpenAI's API gives"),
    "malformed json": (body("application/json", '{"data": ['), "not what OpenAI's API gives"),
    "none": (vectors(), "not what OpenAI's API gives"),
    "null": (vectors(None), "not what OpenAI's API gives"),
    "words": (vectors(["late"] * 26), "not what OpenAI's API gives"),
    "not a number": (vectors([float("nan")] * 26), "nothing was stored"),
    "zeros": (vectors([0.0] * 26), "nothing was stored"),
    "one too many": (vectors(ROW, ROW), "nothing was stored"),
    "one twice": (vectors(ROW, ROW, indices=[0, 0]), "nothing was stored"),
    "of another text": (vectors(ROW, indices=[5]), "nothing was stored"),
    "of another size": (vectors(ROW[1:]), "onrecord rebuild"),
}


@pytest.mark.parametrize(("fault", "words"), BAD_VECTORS.values(), ids=BAD_VECTORS)
def test_an_embedding_server_that_fails_stores_nothing_and_is_one_of_our_errors(tmp_path, embedding, fault, words):
    server, embeds = embedding
    with Library.open(tmp_path / "library", embedding=embeds) as library:
        library.add([story(tmp_path, "Aurora")])
        server.faults, server.for_ever = [fault], True
        for work in (lambda: library.add([story(tmp_path, "Borealis")]), lambda: library.search("Which ferry?")):
            with pytest.raises(ModelError, match=words) as told:
                work()
            assert KEY[:6] not in str(told.value) and "\n" not in str(told.value)
            assert told.value.__context__ is None or told.value.__suppress_context__
        assert len(library.articles()) == 1


def test_vectors_that_come_in_another_order_are_put_in_the_order_of_their_texts(embedding):
    server, embeds = embedding
    texts = ["aaaa", "the ferry", "zzzz"]
    right = embeds.get_text_embedding_batch(texts)
    server.faults = [vectors(*right[::-1], indices=[2, 1, 0])]
    assert embeds.get_text_embedding_batch(texts) == right


def test_a_passing_fault_of_an_embedding_server_is_ridden_out(tmp_path, embedding):
    server, embeds = embedding
    server.faults = [status(429), status(503)]
    with Library.open(tmp_path / "library", embedding=embeds) as library:
        assert len(library.add([story(tmp_path, "Aurora")]).added) == 1
