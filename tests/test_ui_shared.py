"""A shared assistant: evidence for everybody at once, the model in turns, and no event more than needed."""

import threading
import time
from dataclasses import replace
from itertools import islice

import pytest
from fakes import FakeReader, ScriptedEmbeddedLLM, ScriptedLLM
from page_fakes import DELAY_EN, FORD, ScriptedAssistant

from index.errors import BusyError, ModelUnavailableError
from rag import open_assistant
from rag.events import NeedsModel, Waiting, Working, finished
from ui.server.shared_assistant import SharedAssistant

QUESTION = "How many years after its initial unveiling does the Roadster remain in design development?"
TRUE = "The Roadster remains in design development nearly 7.5 years after its initial unveiling [1]."


def test_the_answer_is_the_assistants_own(archive):
    alone = open_assistant(archive, ScriptedLLM(script=[TRUE])).ask(QUESTION)
    shared = SharedAssistant(open_assistant(archive, ScriptedLLM(script=[TRUE]))).ask(QUESTION)
    assert shared.status == "answered"
    assert replace(shared, timings=alone.timings, answered_at=alone.answered_at) == alone


def test_a_seat_has_the_reader_of_the_assistant(archive):
    reader = FakeReader()
    shared = SharedAssistant(open_assistant(archive, "none", reader=reader))
    for assistant in (shared, shared.seat("ann")):
        assert assistant.reader is reader
        assert assistant.check("The Roadster remains in design development.").sentences[0].verdict == "supported"


def test_who_waits_sees_the_evidence_and_the_place_in_the_line_before_the_model_is_asked(archive):
    llm = ScriptedLLM(script=[TRUE, TRUE])
    shared = SharedAssistant(open_assistant(archive, llm), at_once=1)
    first, second = shared.seat("ann").stream(QUESTION), shared.seat("bob").stream(QUESTION)
    while not llm.history:
        next(first)
    _, evidence, needs, waiting = islice(second, 4)
    assert evidence.citations and needs == NeedsModel() and waiting == Waiting(1)
    assert len(llm.history) == 1
    assert finished(first).status == "answered"
    assert finished(second).status == "answered" and len(llm.history) == 2


def test_what_needs_no_model_waits_for_nobody(archive):
    llm, absent = ScriptedEmbeddedLLM([TRUE]), "Who is the CEO of Zzyzx?"
    reader = FakeReader(answered={absent: 0.05})
    shared = SharedAssistant(open_assistant(archive, llm, reader=reader), at_once=1)
    first = shared.stream(QUESTION)
    while not llm.history:
        next(first)
    declined = list(shared.stream(absent))
    assert finished(declined).status == "not_found" and not any(isinstance(event, Waiting) for event in declined)
    first.close()


def test_beyond_those_who_wait_everybody_is_told_at_once_and_nothing_is_searched():
    assistant = ScriptedAssistant()
    shared = SharedAssistant(assistant, at_once=1, room=1)
    inside = [shared.seat(name).stream(DELAY_EN) for name in "ab"]
    for events in inside:
        next(events)
    with pytest.raises(BusyError):
        shared.ask(FORD)
    assert len(assistant.asked) == 2
    for events in inside:
        events.close()
    assert shared.ask(FORD).status == "not_found"


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_closing_gives_the_turn_back_and_stops_the_assistant(steps):
    assistant = ScriptedAssistant()
    shared = SharedAssistant(assistant, at_once=1)
    events = shared.stream(DELAY_EN)
    for _ in range(steps):
        next(events)
    events.close()
    assert assistant.cut.is_set() and shared.turns.present == 0


def test_an_error_gives_the_turn_back():
    shared = SharedAssistant(ScriptedAssistant(), at_once=1)
    for _ in range(3):
        with pytest.raises(ModelUnavailableError):
            shared.ask("Who knows?")
    assert shared.turns.present == 0


def test_a_model_at_work_is_told_at_each_stage_and_now_and_then():
    class Silent(ScriptedAssistant):
        def _steps(self, question):
            *events, last = super()._steps(question)
            yield from events
            for _ in range(12):
                time.sleep(0.1)
                yield Working("checking")
            yield last

    alone, shared = list(ScriptedAssistant().stream(DELAY_EN)), list(SharedAssistant(Silent()).stream(DELAY_EN))
    assert [event for event in shared if not isinstance(event, Working)] == [
        event for event in alone if not isinstance(event, Working)
    ]
    assert 2 <= sum(isinstance(event, Working) for event in shared) <= 4


def test_many_threads_share_one_shared():
    shared, answers = SharedAssistant(ScriptedAssistant(), at_once=3, room=40), []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(shared.seat(str(n % 5)).ask(DELAY_EN))) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 40 and {answer.status for answer in answers} == {"answered"} and shared.turns.present == 0
