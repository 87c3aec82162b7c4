"""The few words before a quote: they stand in it, and nothing else there may be meant."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Sentence
from rag.leading import lead

DELAY = "The Roadster remains in “design development” nearly 7.5 years after its unveiling, said Elon Musk."
CARS = "Honda, Toyota and Nissan, hit by the 1973 crisis and the 1981 restraints, opened plants in the US."
SEAS = "The Mongol Empire stretched from the Caspian Sea to the Sea of Japan."


def sentence(text):
    return Sentence("an-article", 0, 0, len(text), text)


@pytest.mark.parametrize(
    ("question", "short", "text", "shown"),
    [
        ("How long was the Roadster delayed?", "7.5 years", DELAY, "7.5 years"),
        ("How long was the Roadster delayed?", "nearly 7.5 years.", DELAY, "Nearly 7.5 years"),
        ("How long was the Roadster delayed?", "9 years", DELAY, ""),  # not there
        ("How long was the Roadster delayed?", "7.5 long years", DELAY, ""),  # not in these words
        ("When did Honda, Toyota and Nissan open plants?", "1973", CARS, ""),  # or 1981
        ("After which crisis of 1973 and restraints of which year did they open plants?", "1981", CARS, "1981"),
        ("When did the Roadster come?", "Musk", DELAY, ""),  # no date
        ("Who unveiled the Roadster?", "Elon Musk", DELAY, "Elon Musk"),
        ("Who is Elon Musk?", "Elon Musk", DELAY, ""),  # the question knew that
        ("Who unveiled it in 2017?", "7.5 years", DELAY, ""),  # nobody
        ("Which sea is east of the empire?", "Sea of Japan", SEAS, ""),  # or the other one
        ("Which sea lies east of the Mongol Empire if west is the Caspian Sea?", "Sea of Japan", SEAS, "Sea of Japan"),
        (
            "Combien a-t-il payé ?",
            "45 000 dollars",
            "Il a payé 45\u202f000 dollars et demandé 50\u202f000 dollars.",
            "",
        ),
        ("Combien a-t-il payé ?", "45 000 dollars", "En 2018, il a payé 45\u202f000 dollars.", "45 000 dollars"),
        (
            "What did it say?",
            "the Roadster remains in design development nearly 7.5 years after",
            DELAY,
            "",
        ),  # too long
        ("What did it say?", "", DELAY, ""),
    ],
)
def test_few_words_lead_where_nothing_else_is_meant(question, short, text, shown):
    assert lead(short, sentence(text), question) == shown


@given(st.text(max_size=30), st.sampled_from([DELAY, CARS, SEAS]), st.sampled_from(["How long?", "Who?", "Which sea?"]))
def test_whatever_leads_stands_in_the_sentence(short, text, question):
    said = lead(short, sentence(text), question)
    words = [word.lower() for word in re.findall(r"\w+", said)]
    there = [word.lower() for word in re.findall(r"\w+", text)]
    assert not said or any(there[at : at + len(words)] == words for at in range(len(there)))


@given(st.data())
def test_every_run_of_words_is_judged_without_an_error(data):
    words = data.draw(st.sampled_from([DELAY, CARS, SEAS])).split()
    start = data.draw(st.integers(0, len(words) - 1))
    short = " ".join(words[start : start + data.draw(st.integers(1, 8))])
    assert lead(short, sentence(" ".join(words)), "Which one?").lower() in ("", short.strip(" .,;:").lower())
