"""What the page shows while a text is checked or questions are answered, without a browser."""

import asyncio
import threading

import pytest
from page_fakes import DELAY_EN, FORD, YEAR_EN, ScriptedAssistant

from rag.check import MAX_TEXT
from ui.chat.answering import answering
from ui.chat.check_session import checking
from ui.chat.session import MOST_WAITING, Desk, Session
from ui.conversations import Conversations
from ui.server.shared_assistant import SharedAssistant

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


async def all_views(views):
    return [view async for view in views if view is not None]


def test_a_question_that_waited_follows_in_the_same_conversation_and_leans_on_the_first():
    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    desk = Desk(SharedAssistant(assistant), Conversations(":memory:"))

    async def both():
        first = answering(desk, Session("ann"), DELAY_EN)
        session = (await anext(first)).session
        (waiting,) = await all_views(answering(desk, session, YEAR_EN))
        assert YEAR_EN in waiting.parts["waiting"]
        assistant.gate.release(100)
        *_, last = await all_views(first)
        entries = desk.kept.entries("ann", last.session.conversation)
        assert [entry.answer.question for entry in entries] == [DELAY_EN, YEAR_EN]

    asyncio.run(both())
    assert assistant.asked == [(DELAY_EN, ()), (YEAR_EN, (DELAY_EN,))]


def test_a_bug_ends_its_own_question_only_and_is_raised_at_the_end():
    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    desk = Desk(SharedAssistant(assistant), Conversations(":memory:"))

    async def both():
        first, seen = answering(desk, Session("ann"), "Break yourself"), []
        session = (await anext(first)).session
        await all_views(answering(desk, session, FORD))
        assistant.gate.release(100)
        with pytest.raises(RuntimeError, match="a bug"):
            async for view in first:
                seen += [view] if view else []
        assert [entry.answer.question for entry in desk.kept.entries("ann", seen[-1].session.conversation)] == [FORD]
        assert "onrecord itself failed" in seen[-1].session.unanswered[0].html

    asyncio.run(both())


def test_only_so_many_questions_wait():
    desk = Desk(SharedAssistant(ScriptedAssistant(gate=threading.Semaphore(0))), Conversations(":memory:"))

    async def crowd():
        first = answering(desk, Session("ann"), DELAY_EN)
        session = (await anext(first)).session
        for n in range(MOST_WAITING + 1):
            (view,) = await all_views(answering(desk, session, f"{FORD} {n}"))
        assert "10 questions are waiting already" in view.parts["notice"]
        await first.aclose()  # Where the reader's connection broke, the next question waits for nobody.
        again = answering(desk, session, DELAY_EN)
        assert "working" in (await anext(again)).parts["answer"]
        await again.aclose()

    asyncio.run(crowd())
