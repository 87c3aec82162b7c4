"""What a step of an event costs: only the parts that it changes."""

import asyncio
import os

import pytest
from page_fakes import ScriptedAssistant

from ui.chat.page import build_page
from ui.server.shared_assistant import SharedAssistant

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


@pytest.fixture
def page():
    return build_page(SharedAssistant(ScriptedAssistant()))


def parts(page):
    return {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}


def handler(page):
    return next(fn for fn in page.fns.values() if fn.name == "answer_pressed")


def step(page, values):
    """What is sent to the browser for each part, by name, if a step of an answer gives these values."""
    fn = handler(page)
    sent = asyncio.run(page.postprocess_data(fn, values, None))
    return {part.elem_id or type(part).__name__: told for part, told in zip(fn.outputs, sent, strict=True)}


def test_a_step_sends_what_changed_and_builds_no_part_anew(page, monkeypatch):
    import gradio as gr

    built = []
    monkeypatch.setattr(gr.HTML, "__init__", lambda self, *_, **__: built.append(self))
    html = parts(page)
    sent = step(page, {html["answer"]: "<p>It was</p>", html["question"]: "", html["go"]: gr.skip()})
    skipped = {"__type__": "update"}
    assert sent["answer"] == "<p>It was</p>" and sent["question"] == ""
    assert [name for name, told in sent.items() if told != skipped] == ["answer", "question"]
    assert not built


def test_what_is_not_text_goes_gradios_own_way(page):
    import gradio as gr

    html = parts(page)
    session = next(part for part in handler(page).outputs if isinstance(part, gr.State))
    sent = step(page, {session: "a session", html["rail"]: gr.update(value="<ul></ul>", visible=False)})
    assert "a session" not in sent.values()  # It is kept here and never sent.
    assert sent["rail"]["value"] == "<ul></ul>" and sent["rail"]["visible"] is False


def test_the_end_of_a_stream_does_not_repeat_its_last_step_over_what_came_since(page):
    fn = handler(page)
    data = ["<p>It was</p>"] * len(fn.outputs)
    assert page.handle_streaming_diffs(fn, list(data), "session", "run", final=False) == data
    assert page.handle_streaming_diffs(fn, list(data), "session", "run", final=True) == [{"__type__": "update"}] * len(
        data
    )
