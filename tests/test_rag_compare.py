"""Two texts compared by the values of their numbers and dates, and by their addresses, in English and French."""

import re

import pytest
from conftest import EXAMPLES
from hypothesis import assume, given
from hypothesis import strategies as st

from index.text.sentences import split
from rag.verify.compare import missing, numbers_of

SAME = [
    ("$45,000", "45 000 dollars"),
    ("$45,000", "45\u00a0000 dollars"),
    ("$45,000", "45\u202f000 dollars"),
    ("$45,000", "45.000 dollars"),
    ("$45,000", "45’000 dollars"),
    ("$45,000", "45000 dollars"),
    ("$45,000", "45 thousand dollars"),
    ("$45,000", "$45k"),
    ("$45,000", "quarante-cinq mille dollars"),
    ("$45,000", "forty-five thousand dollars"),
    ("7.5 years", "7,5 ans"),
    ("7.5 years", "seven and a half years"),
    ("7.5 years", "sept ans et demi"),
    ("7.5-year wait", "une attente de 7,5 ans"),
    ("1.2 billion", "1,2 milliard"),
    ("1.2 billion", "1,200 million"),
    ("$1.2bn", "1,2 Md$"),
    ("one million", "un million"),
    ("one and a half years", "un an et demi"),
    ("1.5 years", "un an et demi"),
    ("3.4 million people", "3 400 000 personnes"),
    ("80 people", "quatre-vingts personnes"),
    ("eighty people", "quatre-vingts personnes"),
    ("92 people", "quatre-vingt-douze personnes"),
    ("71 people", "soixante et onze personnes"),
    ("twenty-one", "vingt et un"),
    ("200,000", "deux cent mille"),
    ("250", "deux cent cinquante"),
    ("1,001", "mille un"),
    ("12%", "12 %"),
    ("12.5 percent", "12,5\u00a0%"),
    ("between 10 and 20", "de 10 à 20"),
    ("10-20 years", "10–20 ans"),
    ("2024", "en 2024"),
    ("1500 jobs", "1 500 emplois"),
    ("the 1990s", "les années 1990"),
    ("24 hours", "24 heures"),
    ("July 2018", "juillet 2018"),
    ("1 February", "le 1er février"),
    ("Aug. 3", "le 3 août"),
    ("Monday", "lundi"),
    ("in May 2020", "en mai 2020"),
    ("Fifty-two weeks", "cinquante-deux semaines"),
]


@pytest.mark.parametrize(("english", "french"), SAME)
def test_two_ways_of_writing_are_one_fact(english, french):
    assert missing(english, french) == missing(french, english) == ()


DIFFERENT = [
    ("$45,000", "$54,000"),
    ("$45,000", "45 dollars"),
    ("$45,000", "$450,000"),
    ("7.5 years", "75 years"),
    ("7.5 years", "7 years"),
    ("seven and a half years", "seven years"),
    ("1.2 billion", "1.2 million"),
    ("1.2 billion", "12 billion"),
    ("12%", "1.2%"),
    ("between 10 and 20", "between 10 and 30"),
    ("2018", "2024"),
    ("July 2018", "June 2018"),
    ("July 2018", "juin 2018"),
    ("on Monday", "on Tuesday"),
    ("Il a neuf mois de retard", "five months late"),
    ("Six hommes sont morts", "nine men died"),
    ("mille personnes", "cent personnes"),
    ("a million euros", "a thousand euros"),
    ("quatre-vingts", "quatre"),
    ("quatre-vingts", "vingt"),
    ("soixante-dix", "soixante"),
    ("$1.2bn", "1,2 Md€"),
    ("5 months", "5 weeks"),
    ("from 10 to 20", "from 10 to 30"),
]


@pytest.mark.parametrize(("claim", "text"), DIFFERENT)
def test_what_differs_is_missing(claim, text):
    assert missing(claim, text)


@pytest.mark.parametrize(
    ("claim", "text", "holds"),
    [
        ("see https://example.org/a?b=1.", "more at https://example.org/a?b=1", True),
        ("see https://evil.example/a", "more at https://example.org/a", False),
        ("see www.evil.example", "nothing", False),
        ("see //evil.example/x", "nothing", False),
        ("24 hours/day and/or night", "24 hours", True),
    ],
)
def test_an_address_must_stand_in_the_text_itself(claim, text, holds):
    assert (missing(claim, text) == ()) == holds


def test_the_number_in_a_name_is_part_of_the_name():
    assert numbers_of("The probe Helios-3 will fly.") == ()


@pytest.mark.parametrize("text", ["one of them", "no number at all", "un an", "a year", "on 3 May 2024"])
def test_articles_one_and_parts_of_dates_are_no_numbers(text):
    assert numbers_of(text) == ()


# Properties

SENTENCES = [
    text[span.start : span.end]
    for text in (path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.txt")))
    for span in split(text)
]
WITH_DIGITS = [sentence for sentence in SENTENCES if re.search(r"\d", sentence)]


@given(st.sampled_from(SENTENCES))
def test_a_sentence_holds_its_own_facts(sentence):
    assert missing(sentence, sentence) == ()


def whole(text):
    """Its numbers without their separators, as integers: "$45,000" is 45000 and "7.5" is 75."""
    return {int(re.sub(r"\D", "", number)) for number in re.findall(r"\d(?:[.,\s]?\d)*", text)}


@given(st.sampled_from(WITH_DIGITS), st.data())
def test_a_changed_digit_is_reported(sentence, data):
    at = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", sentence)]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != sentence[at]]))
    changed = sentence[:at] + other + sentence[at + 1 :]
    assume(not whole(changed) <= whole(sentence))
    assert missing(changed, sentence)


@given(st.integers(1_000, 999_999_999), st.sampled_from([",", " ", "\u00a0", "\u202f", "’", ""]))
def test_a_large_number_is_the_same_with_any_separator(value, separator):
    assert missing(f"{value:,}", f"{value:,}".replace(",", separator)) == ()
    assert missing(f"{value:,}", f"{value + 1:,}".replace(",", separator))


@given(st.decimals(1, 999, places=2))
def test_a_decimal_is_the_same_with_point_and_comma(value):
    assert missing(f"{value} years", f"{value} ans".replace(".", ",")) == ()


@given(st.text(max_size=300))
def test_any_text_holds_its_own_values(text):
    assert missing(text, text) == ()
