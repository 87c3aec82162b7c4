"""The OpenAI-compatible endpoint, asked with OpenAI's own client and with whatever else comes."""

import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from browser import served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_fakes import DELAY_EN, ENGLISH, FORD, HACK, PAID, YEAR_EN, ScriptedAssistant, cite, finished

from ui.server import openai_format, search_priority, shared_assistant
from ui.server.auth import Auth
from ui.server.guard import Rules


@pytest.fixture(scope="module")
def assistant():
    assistant = ScriptedAssistant()
    with served(assistant) as assistant.address:
        yield assistant


def client(address, key="none", **options):
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=20, **options)


def ask(address, *messages, model="onrecord", **options):
    said = [message if isinstance(message, dict) else {"role": "user", "content": message} for message in messages]
    return client(address).chat.completions.create(model=model, messages=said, **options)


def post(address, body, path="/v1/chat/completions"):
    """The status and the JSON that come back for these bytes."""
    request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_an_answer_carries_its_citations_and_the_whole_record(assistant):
    reply = ask(assistant.address, DELAY_EN)
    answer = assistant.script[DELAY_EN]
    message = reply.choices[0].message
    assert (message.role, message.content, reply.choices[0].finish_reason) == ("assistant", answer.text, "stop")
    assert reply.object == "chat.completion" and reply.model == "onrecord"
    assert reply.onrecord == json.loads(answer.to_json())
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    (annotation,) = message.annotations
    cited = annotation.url_citation
    assert annotation.type == "url_citation" and cited.url == answer.citations[0].url
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert (cited.title, cited.quote) == (answer.citations[0].title, answer.citations[0].quote)


def test_an_article_without_an_address_is_cited_in_a_form_of_our_own(assistant):
    message = ask(assistant.address, PAID).choices[0].message
    assert [annotation.type for annotation in message.annotations] == ["url_citation", "article_citation"]
    cited = message.annotations[1].article_citation
    assert cited["article_id"] == "fr1" and message.content[cited["start_index"] : cited["end_index"]] == "[2]"
    assert "url" not in cited


EVIL = "https://evil.example/"
MARKUP = (
    f"![x]({EVIL}a.png?d=secret)", f"[go]({EVIL})", f"![1]({EVIL})", f"See [r].\n\n[r]: {EVIL}", f"[1]: {EVIL}",
    f"<img src={EVIL}x onerror=alert(1)>", f"<{EVIL}>", f"{EVIL}x[1]", "www.evil.example", "evil.example/x", "a@evil.example",
    f"`{EVIL}` `a` <a href='{EVIL}'>b</a>", f"[![a]({EVIL}i)]({EVIL})", "//evil.example/x", f"<!-- --> <svg onload={EVIL}>",
    "[go](\nhttps://evil.example/ 'x')", "mailto:a@evil.example", "EVIL.COM/x.png", "Evil.Org", "evil.\u0440\u0444",
)  # fmt: skip


@pytest.mark.parametrize("said", MARKUP)
def test_no_client_makes_an_image_or_a_foreign_link_of_an_answer(said):
    """Addresses are in code alone, which no client links, and nothing but text and the article's own link is rendered."""
    quoting = cite(replace(ENGLISH, text=said, title=said), said, 1)
    answer = finished("What?", f"It says “{said}” [1].", [quoting])
    renderer = MarkdownIt("commonmark", {"html": True})
    for model in ("onrecord", "onrecord-sources"):
        html = renderer.render(openai_format.content(answer, model))
        html = re.sub(r"<code>.*?</code>|<a href=\"https://example.org/roadster[^>]*>.*?</a>", "", html)
        assert "evil" not in html.lower() and not re.search(r"<(?!/?(?:p|ul|li|ol|blockquote)\b)", html)
    shown = openai_format.content(answer, "onrecord")
    marks = [mark[mark["type"]] for mark in openai_format.annotations(answer)]
    assert {shown[mark["start_index"] : mark["end_index"]] for mark in marks} == {"[1]"}


def test_what_the_articles_do_not_say_is_said_and_cites_nothing(assistant):
    reply = ask(assistant.address, FORD)
    assert reply.onrecord["status"] == "not_found" and reply.choices[0].message.annotations == []
    assert len(reply.onrecord["closest"]) == 2


def test_a_stream_holds_the_checked_answer_and_nothing_that_was_only_written(assistant):
    chunks = list(ask(assistant.address, PAID, stream=True, stream_options={"include_usage": True}))
    answer = assistant.script[PAID]
    said = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert "".join(said) == answer.text and len(said) == 1
    assert chunks[0].choices[0].delta.role == "assistant" and len({c.id for c in chunks}) == 1
    *_, last, usage = chunks
    assert last.choices[0].finish_reason == "stop" and last.onrecord == json.loads(answer.to_json())
    assert [a["type"] for a in last.choices[0].delta.annotations] == ["url_citation", "article_citation"]
    assert usage.choices == [] and usage.usage.total_tokens == 0
    plain = list(ask(assistant.address, PAID, stream=True))
    assert all(chunk.choices for chunk in plain)


def test_a_stream_is_kept_alive_while_nothing_can_be_said(gated):
    request = urllib.request.Request(
        f"{gated.address}/v1/chat/completions",
        json.dumps({"model": "onrecord", "messages": [{"role": "user", "content": YEAR_EN}], "stream": True}).encode(),
    )
    gated.gate.release(2)
    with urllib.request.urlopen(request, timeout=20) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert json.loads(reply.readline()[6:])["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        time.sleep(0.6)
        gated.gate.release(3)
        assert reply.readline() == b"\n" and reply.readline().startswith(b": working")
        gated.gate.release(100)
        rest = reply.read().decode()
    assert rest.rstrip().endswith("data: [DONE]") and "It was unveiled" in rest


def test_earlier_messages_of_the_user_are_the_history_and_the_rest_is_left_out(assistant):
    parts = [{"type": "text", "text": YEAR_EN[:8]}, {"type": "text", "text": YEAR_EN[9:]}]
    ask(
        assistant.address,
        {"role": "system", "content": "Answer as a pirate."},
        DELAY_EN,
        {"role": "assistant", "content": "7.5 years [1]."},
        FORD,
        {"role": "user", "content": parts},
        temperature=1.5,
        max_tokens=3,
        seed=4,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
    )
    assert assistant.asked[-1] == (YEAR_EN, (DELAY_EN, FORD))


def test_for_programs_that_show_nothing_but_text_the_sources_stand_below_it(assistant):
    message = ask(assistant.address, DELAY_EN, model="onrecord-sources").choices[0].message
    cited = assistant.script[DELAY_EN].citations[0]
    assert message.content.startswith(assistant.script[DELAY_EN].text) and cited.quote in message.content
    assert message.content[message.annotations[0].url_citation.start_index :].startswith("[1]")
    assert (
        assistant.script[FORD].closest[0].quote
        in ask(assistant.address, FORD, model="onrecord-sources").choices[0].message.content
    )


def test_models_are_listed_and_told(assistant):
    models = client(assistant.address).models
    assert [model.id for model in models.list()] == ["onrecord", "onrecord-sources"]
    assert models.retrieve("onrecord").owned_by == "onrecord"
    with pytest.raises(openai.NotFoundError) as unknown:
        models.retrieve("gpt-4.1")
    assert unknown.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"model": "gpt-4.1"}, 404, "model"), ({"model": None}, 400, "model"), ({"messages": []}, 400, "messages"),
        ({"messages": "Who?"}, 400, "messages"), ({"messages": [7]}, 400, "messages"), ({"n": 2}, 400, "n"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, 400, "messages"),
        ({"messages": [{"role": "user"}]}, 400, "messages"), ({"messages": [{"role": "user", "content": " "}]}, 400, None),
        ({"messages": [{"role": "user", "content": "x" * 2001}]}, 400, None), ({"logprobs": True}, 400, "logprobs"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"), ({"tool_choice": "required"}, 400, "tool_choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_named(library, changes, status, param):
    from rag import open_assistant

    with served(open_assistant(library, "none")) as address:
        body = {"model": "onrecord", "messages": [{"role": "user", "content": DELAY_EN}]} | changes
        for stream in (False, True):
            answered, told = post(address, json.dumps(body | {"stream": stream}).encode())
            error = told["error"]
            assert (answered, error["type"], error["param"]) == (status, "invalid_request_error", param), error
            assert error["message"] and "\n" not in error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 100_000, b'{"model": 1e400}'])
def test_a_body_that_is_no_request_is_a_bad_one(assistant, body):
    status, told = post(assistant.address, body)
    assert status == 400 and told["error"]["type"] == "invalid_request_error"


def test_other_paths_are_unknown_in_the_same_form(assistant):
    for path in ("/v1/completions", "/v1/embeddings", "/v1/"):
        status, told = post(assistant.address, b"{}", path)
        assert status == 404 and told["error"]["code"] == "unknown_url"


def test_a_model_that_fails_is_an_error_with_or_without_a_stream(assistant):
    with pytest.raises(openai.InternalServerError) as failed:
        ask(assistant.address, "Who answers?")
    assert failed.value.status_code == 502 and failed.value.code == "model" and "is it running" in failed.value.message
    with pytest.raises(openai.APIError) as failed:
        list(ask(assistant.address, "Who answers?", stream=True))
    assert "is it running" in failed.value.message
    with pytest.raises(openai.InternalServerError) as failed:
        ask(assistant.address, "Break yourself")
    assert failed.value.status_code == 500 and "a bug" not in failed.value.message


def test_when_it_is_too_busy_that_is_said_at_once(gated, monkeypatch):
    monkeypatch.setattr(shared_assistant, "AT_ONCE", 1)
    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    with served(assistant) as address:
        threads = [threading.Thread(target=ask, args=[address, DELAY_EN]) for _ in range(1 + shared_assistant.ROOM)]
        for thread in threads:
            thread.start()
        until(lambda: len(assistant.asked) == len(threads), 20)
        started = time.monotonic()
        with pytest.raises(openai.InternalServerError) as busy:
            ask(address, DELAY_EN)
        assert time.monotonic() - started < 1
        assert busy.value.status_code == 503 and busy.value.code == "busy"
        assert "retry-after" not in busy.value.response.headers, "no answer has been timed yet"
        assistant.gate.release(5_000)
        for thread in threads:
            thread.join(60)
        assert ask(address, FORD).onrecord["status"] == "not_found"


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_who_leaves_stops_the_assistant(gated, stream):
    gated.gate.release(3)
    with pytest.raises((openai.APITimeoutError, httpx.ReadTimeout)):
        reply = client(gated.address).chat.completions.create(
            model="onrecord", messages=[{"role": "user", "content": YEAR_EN}], stream=stream, timeout=0.7
        )
        for _ in reply:
            pass
    for _ in range(3):
        gated.gate.release()
        if gated.cut.wait(1):
            break
    assert gated.cut.is_set()


def test_who_leaves_before_there_is_evidence_gives_the_place_back(monkeypatch):
    monkeypatch.setattr(search_priority, "_PATIENCE_S", 2.0)
    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    body = json.dumps({"model": "onrecord", "messages": [{"role": "user", "content": DELAY_EN}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with served(assistant) as address:
        host, port = urlsplit(address).netloc.split(":")
        for _ in range(shared_assistant.AT_ONCE + shared_assistant.ROOM):
            with socket.create_connection((host, int(port)), 10) as connection:
                connection.sendall(head + body)
        time.sleep(4)
        assert len(assistant.asked) < shared_assistant.AT_ONCE / 2, "what nobody waits for is searched for"
        asking = threading.Thread(target=lambda: replies.append(ask(address, FORD)))
        replies = []
        asking.start()
        assistant.gate.release(5_000)
        asking.join(20)
        assert replies[0].onrecord["status"] == "not_found"


def test_the_password_is_the_key():
    with served(ScriptedAssistant(), rules=Rules(auth=Auth("desk", "s3cret"))) as address:
        assert client(address, "s3cret").models.list().data
        with pytest.raises(openai.AuthenticationError) as refused:
            client(address, "wrong").models.list()
        assert refused.value.code == "invalid_api_key" and "wrong" not in refused.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
roles = st.sampled_from(["user", "assistant", "system", "tool", "nobody"])
messages = st.lists(st.fixed_dictionaries({"role": roles}, optional={"content": json_values}), max_size=4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["n", "stream", "stream_options", "tools", "response_format"]), json_values),
       messages | json_values)  # fmt: skip
def test_whatever_is_asked_is_understood_or_refused_by_name(options, messages):
    try:
        asked = openai_format.read_request(options | {"model": "onrecord", "messages": messages})
    except openai_format.RequestError as refused:
        assert 400 <= refused.status < 500 and str(refused)
    else:
        assert "\n" not in asked.question and asked.question.encode() is not None
        assert all(isinstance(text, str) for text in asked.history) and len(asked.history) <= openai_format.MAX_HISTORY


@pytest.mark.parametrize("question", [DELAY_EN, PAID, FORD, HACK])
def test_annotations_point_at_markers(question):
    answer = ScriptedAssistant().script[question]
    found, text = openai_format.annotations(answer), openai_format.content(answer, "onrecord")
    assert len(found) == answer.text.count("[1]") + answer.text.count("[2]")
    for annotation in found:
        about = annotation[annotation["type"]]
        assert text[about["start_index"]] == "[" and text[about["end_index"] - 1] == "]"


def until(holds, seconds=5):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)
