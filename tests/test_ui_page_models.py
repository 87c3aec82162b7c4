"""The page with the real assistant: a walk in a real browser, answered by the real models over the example articles."""

import re
import time

import pytest
from browser import answered, ask, foreign_hosts, served, shoot, visit
from page_fakes import FORD
from playwright.sync_api import expect

from rag import open_assistant

pytestmark = [pytest.mark.browser, pytest.mark.models]
A_WHILE_S = 240
"""For an answer, on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def real(example_library, real_llm):
    with served(open_assistant(example_library, real_llm)) as address:
        yield address


@pytest.fixture(scope="module")
def sentences(example_library):
    return {sentence.text for article in example_library.articles() for sentence in example_library.sentences(article)}


def writing(llm):
    """Wait until the model is at work on a sentence."""
    started = time.monotonic()
    while not llm._turn.locked():
        assert time.monotonic() - started < A_WHILE_S
        time.sleep(0.01)


def freed_after(llm):
    """Seconds until nobody has the model any more."""
    started = time.monotonic()
    while llm._turn.locked() and time.monotonic() - started < 30:
        time.sleep(0.01)
    return time.monotonic() - started


def test_a_question_and_its_follow_up_are_answered_with_their_sentences(chrome, real, sentences, tmp_path):
    with visit(chrome, real) as page:
        ask(page, "How long was the Roadster delayed?")
        page.locator("#sources").get_by_text("Roadster").first.wait_for(timeout=10_000)
        assert page.locator("#answer .marker").count() == 0
        assert answered(page, A_WHILE_S) == "Answered"
        expect(page.locator("#answer .text")).to_contain_text("7.5")
        marked = page.locator("#sources mark").all_inner_texts()
        assert marked and set(marked) <= sentences
        assert any("7.5" in sentence or "7,5" in sentence for sentence in marked)
        page.locator("#answer .marker").first.click()
        expect(page.locator("#reader mark").first).to_be_in_viewport()
        assert "".join(page.locator("#reader mark").all_inner_texts()) == marked[0]
        shoot(page, "real", tmp_path)
        ask(page, "And when was it unveiled?")
        expect(page.locator("#answer h2")).to_have_text("And when was it unveiled?")
        answered(page, A_WHILE_S)
        expect(page.locator("#answer .rewritten")).to_contain_text("Roadster")
        ask(page, FORD)
        expect(page.locator("#answer h2")).to_have_text(FORD)
        assert answered(page, A_WHILE_S) == "Not in the articles"
        expect(page.locator("#sources .near mark").first).to_be_visible()
        assert foreign_hosts(page) == set() and page.complaints == []


def test_a_french_reader_is_answered_in_french(chrome, real, sentences):
    with visit(chrome, real, locale="fr-FR") as page:
        ask(page, "Depuis combien d'années Altman attend-il sa Roadster ?")
        assert answered(page, A_WHILE_S) == "Réponse trouvée"
        expect(page.locator("#answer .text")).to_contain_text(re.compile("7[.,]5"))
        assert set(page.locator("#sources mark").all_inner_texts()) <= sentences


@pytest.mark.parametrize("leaving", ["stop", "closing the page"])
def test_stopping_or_leaving_frees_the_model_with_the_batch_that_it_reads(chrome, real, real_llm, leaving):
    with visit(chrome, real) as page:
        ask(page, "What kind of car does Musk compare the Roadster to?")
        writing(real_llm)
        if leaving == "stop":
            page.locator("#stop").dispatch_event(
                "click"
            )  # A click waits for two frames, which a busy machine draws late.
            # On two busy cores the model may be faster than the browser; stopping itself is tested in test_ui_page.
            expect(page.locator("#answer .status")).to_have_text(re.compile("Stopped|Answered"))
        else:
            page.close()
        assert freed_after(real_llm) < 4  # A batch of 128 tokens is read to its end.
