"""A shared assistant: evidence for everybody at once, the model in turns, and no draft more than needed."""

import threading
import time
from dataclasses import replace

import pytest
from fakes import FakeReader, ScriptedEmbeddedLLM, ScriptedLLM
from page_fakes import DELAY_EN, FORD, ScriptedAssistant

from index.errors import BusyError, ModelUnavailableError
from rag import open_assistant
from ui.server.shared import SharedAssistant, Waiting

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
    drafts = [next(second) for _ in range(2)]
    assert drafts[0].closest and not isinstance(drafts[0], Waiting)
    assert isinstance(drafts[1], Waiting) and drafts[1].place == 1 and drafts[1].closest == drafts[0].closest
    assert len(llm.history) == 1
    assert list(first)[-1].status == "answered"
    rest = list(second)
    assert rest[-1].status == "answered" and type(rest[-1]) is not Waiting and len(llm.history) == 2


def test_what_needs_no_model_waits_for_nobody(archive):
    llm, absent = ScriptedEmbeddedLLM([TRUE]), "Who is the CEO of Zzyzx?"
    reader = FakeReader(answered={absent: 0.05})
    shared = SharedAssistant(open_assistant(archive, llm, reader=reader), at_once=1)
    first = shared.stream(QUESTION)
    while not llm.history:
        next(first)
    declined = list(shared.stream(absent))
    assert declined[-1].status == "not_found" and not any(isinstance(draft, Waiting) for draft in declined)
    first.close()


def test_beyond_those_who_wait_everybody_is_told_at_once_and_nothing_is_searched():
    assistant = ScriptedAssistant()
    shared = SharedAssistant(assistant, at_once=1, room=1)
    inside = [shared.seat(name).stream(DELAY_EN) for name in "ab"]
    for drafts in inside:
        next(drafts)
    with pytest.raises(BusyError):
        shared.ask(FORD)
    assert len(assistant.asked) == 2
    for drafts in inside:
        drafts.close()
    assert shared.ask(FORD).status == "not_found"


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_closing_gives_the_turn_back_and_stops_the_assistant(steps):
    assistant = ScriptedAssistant()
    shared = SharedAssistant(assistant, at_once=1)
    drafts = shared.stream(DELAY_EN)
    for _ in range(steps):
        next(drafts)
    drafts.close()
    assert assistant.cut.is_set() and shared.turns.present == 0


def test_an_error_gives_the_turn_back():
    shared = SharedAssistant(ScriptedAssistant(), at_once=1)
    for _ in range(3):
        with pytest.raises(ModelUnavailableError):
            shared.ask("Who knows?")
    assert shared.turns.present == 0


def test_with_many_readers_each_sees_fewer_drafts_and_the_same_answer():
    shared = SharedAssistant(ScriptedAssistant())
    calm = list(shared.stream(DELAY_EN))
    crowd = [shared.seat(str(n)).stream(FORD) for n in range(40)]
    for drafts in crowd:
        next(drafts)
    crowded = list(shared.stream(DELAY_EN))
    assert len(crowded) < len(calm) / 2 and crowded[-1] == calm[-1] and len(calm) > 10
    assert [draft.text for draft in crowded][:1] == [""]
    first_words = [next(draft.text for draft in drafts if draft.text) for drafts in (calm, crowded)]
    assert first_words[0] == first_words[1]
    for drafts in crowd:
        drafts.close()


def test_while_the_model_is_silent_the_last_draft_comes_again():
    class Silent(ScriptedAssistant):
        def _steps(self, question):
            *drafts, last = super()._steps(question)
            yield from drafts[:4]
            for _ in range(12):
                time.sleep(0.1)
                yield drafts[3]
            yield last

    drafts = list(SharedAssistant(Silent()).stream(DELAY_EN))
    again = [draft for draft in drafts if draft is drafts[3]]
    assert 2 <= len(again) <= 4 and drafts[-1].status == "answered"


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
