"""Follow-ups as tables: which questions lean on the one before, and which stand by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.condense import standalone

BEFORE = "How much did Altman pay for the Roadster?"
AVANT = "Combien Altman a-t-il payé pour la Roadster ?"

LEANS = [
    (BEFORE, "And who else cancelled?"),
    (BEFORE, "Why?"),
    (BEFORE, "Did he get it back?"),
    (BEFORE, "What did they say to Musk?"),
    (BEFORE, "And Musk?"),
    (BEFORE, "how long is that"),
    (AVANT, "Et pourquoi ?"),
    (AVANT, "A-t-il été remboursé, lui ?"),
    (AVANT, "Qu'en dit-on ?"),
    (AVANT, "Et Musk ?"),
]
STANDS = [
    (BEFORE, "Who is the chief executive of Tesla?"),
    (BEFORE, "In which year was the Roadster unveiled?"),
    (AVANT, "En quelle année la Roadster a-t-elle été dévoilée ?"),
    (AVANT, "Qui dirige aujourd'hui la société Tesla ?"),
]


@pytest.mark.parametrize(("before", "question"), LEANS)
def test_a_follow_up_brings_what_it_leans_on(before, question):
    assert standalone(question, [before]) == f"{before} {question}"


@pytest.mark.parametrize(("before", "question"), STANDS)
def test_a_question_of_its_own_stays_as_it_is(before, question):
    assert standalone(question, [before]) == question


def test_a_chain_of_follow_ups_reaches_back_to_what_was_named():
    history = [BEFORE, "And why?"]
    assert standalone("And when?", history) == f"{BEFORE} And why? And when?"


def test_only_the_question_before_counts():
    assert standalone("Why?", ["Who is Claire Vidal in Valmont?", BEFORE]) == f"{BEFORE} Why?"


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=8))
def test_a_question_is_never_lost(question, history):
    assert standalone(question, []) == question
    assert standalone(question, history).endswith(question)
    assert standalone(question, [" ", "\n"]) == question


def test_a_conversation_of_any_length_is_condensed():
    assert len(standalone("And when?", ["And why?"] * 5_000)) < 400
