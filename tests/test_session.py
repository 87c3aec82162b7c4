"""What the page shows while a text is checked or questions are answered, without a browser."""

import asyncio
import threading

import pytest
from page_fakes import ScriptedAssistant

from rag.check import MAX_TEXT
from ui.check_session import checking
from ui.conversations import Conversations
from ui.session import Desk, Session
from ui.shared import SharedAssistant

DRAFT = "Altman paid $45,000 in July 2018. The Roadster was unveiled in 2016. Nobody knows why. Will it ever come?"


def shown(desk, session, text):
    """All views of a check, run to its end."""

    async def all():
        return [view async for view in checking(desk, session, text) if view is not None]

    return asyncio.run(all())


@pytest.fixture
def desk():
    assistant = SharedAssistant(ScriptedAssistant())
    return Desk(assistant, Conversations(":memory:"))


def test_a_text_that_is_too_long_is_told_in_the_readers_language(desk):
    (view,) = shown(desk, Session("ann", "fr"), "Une phrase. " * MAX_TEXT)
    assert "plus de 200\u202f000 caractères" in view.parts["verdicts"] and not view.parts["checked"]


def test_another_readers_text_waits_its_turn_and_says_so():
    gate = threading.Semaphore(0)
    desk = Desk(SharedAssistant(ScriptedAssistant(gate=gate)), Conversations(":memory:"))

    async def both():
        first, second = (checking(desk, Session(name), DRAFT) for name in ("ann", "bob"))
        assert (await anext(first)).session.check.working
        while not desk.assistant._checks.present:
            await anext(first)
        seen = []
        while "number 1" not in (said := " ".join(seen)) and "this one is next" not in said:
            view = await anext(second)
            seen.append(view.parts["verdicts"] if view else "")
        gate.release(8)
        last = [[view async for view in views if view][-1] for views in (first, second)]
        assert all("4 sentences checked" in view.parts["verdicts"] for view in last)

    asyncio.run(both())


def test_a_second_text_of_the_same_reader_replaces_the_first_and_says_so():
    gate = threading.Semaphore(0)
    desk = Desk(SharedAssistant(ScriptedAssistant(gate=gate)), Conversations(":memory:"))

    async def both():
        first = checking(desk, Session("ann"), DRAFT)
        view = await anext(first)
        second = checking(desk, view.session, "Altman paid $45,000 in July 2018.")
        assert "another text was given" in (await anext(second)).parts["verdicts"]
        gate.release(8)
        assert [view async for view in first if view] == []
        last = [view async for view in second if view][-1]
        assert "1 sentence checked" in last.parts["verdicts"]

    asyncio.run(both())
