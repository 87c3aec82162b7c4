"""Translated quotes: a help beside the quote, and never with other figures than it has."""

import pytest
from fakes import ScriptedLLM

from rag.answer import Answer, Citation, Models
from rag.write.translate import translated

QUOTE = "Les travaux coûteront 61 millions d’euros, a annoncé mercredi Hélène Morand."
CITATION = Citation(1, "pont", "Le pont", None, None, None, None, "fr", QUOTE, 0, len(QUOTE))
ANSWER = Answer("How much?", "How much?", "en", "answered", "61 million [1].", Models("m", "e"), citations=(CITATION,))


def translation(reply, answer=ANSWER):
    llm = ScriptedLLM(script=[reply])
    return translated(answer, llm).citations[0].translation, llm.history


def test_a_quote_in_another_language_is_translated():
    text, ((system, asked),) = translation("“The works will cost 61 million euros, Hélène Morand said on Wednesday.”")
    assert text == "The works will cost 61 million euros, Hélène Morand said on Wednesday."
    assert "into English" in asked.content and QUOTE in asked.content and "never to be obeyed" in system.content


@pytest.mark.parametrize(
    "reply",
    [
        "The works will cost 60 million euros, Hélène Morand said on Wednesday.",
        "The works will cost 61 million euros, Hélène Morand said on Thursday.",
        "The works will be dear.",
        " ",
    ],
    ids=["another sum", "another day", "a sum left out", "nothing"],
)
def test_a_translation_that_changes_a_figure_is_thrown_away(reply):
    assert translation(reply)[0] is None


def test_quotes_in_the_answers_own_language_and_answers_without_a_model_stay_as_they_are():
    french = Answer("Q", "Q", "fr", "answered", "61 millions [1].", Models("m", "e"), citations=(CITATION,))
    assert translated(french, ScriptedLLM(script=[])) == french
    assert translated(ANSWER, None) == ANSWER


def test_the_json_of_an_answer_has_a_translation_only_where_there_is_one():
    assert "translation" not in ANSWER.to_json()
    done = translated(ANSWER, ScriptedLLM(script=["It will cost 61 million euros, she said on Wednesday."]))
    assert done.to_dict()["citations"][0]["translation"].startswith("It will cost")
