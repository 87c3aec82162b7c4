"""The page with the real assistant: one question, asked in a real browser and answered by the real models."""

import pytest
from browser import answered, ask, browser, foreign_hosts, served, shoot, visit
from playwright.sync_api import expect

from rag import open_assistant

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_a_question_is_answered_with_its_sentence_marked(example_library, real_llm, tmp_path):
    assistant = open_assistant(example_library, real_llm)
    sentences = {
        sentence.text for article in example_library.articles() for sentence in example_library.sentences(article)
    }
    with served(assistant) as address, browser() as started, visit(started, address) as page:
        ask(page, "How long was the Roadster delayed?")
        page.locator("#sources").get_by_text("Roadster").first.wait_for(timeout=10_000)
        status = answered(page, seconds=180)
        expect(page.locator("#answer .text")).to_contain_text("7.5")
        marked = page.locator("#sources mark").all_inner_texts()
        shoot(page, "real", tmp_path)
        assert status == "Answered"
        assert marked and set(marked) <= sentences
        assert any("7.5" in sentence or "7,5" in sentence for sentence in marked)
        assert foreign_hosts(page) == set() and page.complaints == []
