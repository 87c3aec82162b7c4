"""What a question may cost: tokens and dollars."""

import pytest
from fakes import ScriptedLLM, WordEmbedding
from hypothesis import given
from hypothesis import strategies as st

from index import Library
from index.articles import Article
from index.text.sentences import sentences_of
from rag.answer import Usage
from rag.assistant import Assistant
from rag.llm.prices import cost_usd
from rag.retrieve.evidence import Passage
from rag.write import prompts
from rag.write.budget import at_most, fitting, room, within

OPENAI = "https://api.openai.com/v1"
ARTICLE = Article("ferry", "The ferry", "The ferry is late. Nobody knows why.", "en", "test")
PASSAGES = tuple(Passage(n, ARTICLE, s.start, s.end, (s,)) for n, s in enumerate(sentences_of(ARTICLE), 1))


@pytest.mark.parametrize(
    ("model", "address", "cost"),
    [
        ("gpt-4.1-mini", OPENAI, 2.00),
        ("gpt-4.1-mini-2025-04-14", OPENAI, 2.00),
        ("gpt-4.1-mini", "http://127.0.0.1:8080/v1", None),
        ("gpt-4.1-mini", None, None),
        ("some-other-model", OPENAI, None),
    ],
)
def test_the_cost_is_given_where_the_price_is_known(model, address, cost):
    assert cost_usd(model, address, 1_000_000, 1_000_000) == cost


def test_costs_add_up_and_unknown_ones_count_for_nothing():
    assert Usage(1, 2) + Usage(3, 4) == Usage(4, 6)
    assert Usage(1, 2, 0.5) + Usage(3, 4) == Usage(4, 6, 0.5)
    assert Usage(1, 2, 0.5) + Usage(3, 4, 0.25) == Usage(4, 6, 0.75)


def test_passages_that_do_not_fit_are_left_out():
    def prompt(passages):
        return prompts.render("Why is it late?", "en", passages)

    everything = room(4_096, 12_000, 120)
    assert within(PASSAGES, prompt, everything) == PASSAGES
    one = next(n for n in range(everything) if within(PASSAGES, prompt, n))
    assert within(PASSAGES, prompt, one) == PASSAGES[:1]
    assert within(PASSAGES, prompt, one - 1) == ()


def test_statements_that_do_not_fit_are_not_asked_about():
    pairs = [("It is late.", "The ferry is late.")] * 12
    assert fitting(pairs, 4_000) == 12
    some = at_most(prompts.render_opinion(pairs[:5]))
    assert fitting(pairs, some) == 5 and fitting(pairs, some - 1) == 4 and fitting(pairs, 0) == 0


@given(st.text(), st.text())
def test_the_estimate_grows_with_the_text(text, more):
    assert at_most(text) <= at_most(text + more) + 1
    assert at_most(text) >= len(text) // 2


def test_a_question_that_may_cost_nothing_is_answered_with_a_quote(tmp_path):
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        (tmp_path / "ferry.txt").write_text("The ferry Aurora is five months late.", "utf-8")
        library.add([tmp_path / "ferry.txt"])
        llm = ScriptedLLM(script=[])
        answer = Assistant(library, llm, max_tokens=500).ask("How late is the ferry Aurora?")
        assert answer.status == "answered" and "five months" in answer.citations[0].quote
        assert llm.history == []
