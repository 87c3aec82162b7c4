"""Facts as tables: the numbers, dates, names and addresses of a text, alike in English and French."""

import re
from decimal import Decimal

import pytest
from conftest import EXAMPLES
from hypothesis import assume, given
from hypothesis import strategies as st

from index.text.sentences import split
from rag.verify.facts import amounts_of, dates_of, facts_of, missing, names_of, numbers_of


def supported(claim, text):
    return missing(facts_of(claim), text) == ()


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
    ("$1.2bn", "1,2 Md€"),
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
    assert supported(english, french) and supported(french, english)


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
    ("Jean-Luc Mélenchon spoke", "Jean-Luc Moulin spoke"),
    ("said Musk", "said Altman"),
    ("on an iPhone", "on a phone"),
]


@pytest.mark.parametrize(("claim", "text"), DIFFERENT)
def test_what_differs_is_missing(claim, text):
    assert missing(facts_of(claim), text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It cost $45,000 in 2018.", ["45000", "2018"]),
        ("seven and a half years", ["7.5"]),
        ("one of them, and the other one", []),
        ("On a vu neuf films neufs et cent fois rien", ["9", "100"]),
        ("Un moteur neuf sans pareil, à dix pour cent près, pour 5 cents", ["10", "5"]),
        ("neuf mois, six ans, mille morts et cent personnes", ["9", "6", "1000", "100"]),
        ("a hundred people, half a million others and a quarter of a million more, hundreds in all", ["100"]),
        ("six percent of a thousand, ten per cent of those", ["6", "10"]),
        ("4.5 million people and 3 dogs", ["4500000", "3"]),
        ("3 m of cloth", ["3000000"]),
        ("1,234,567.89", ["1234567.89"]),
        ("1.234.567,89", ["1234567.89"]),
        ("no number at all", []),
    ],
)
def test_the_numbers_of_a_text(text, values):
    found = numbers_of(text)
    assert len(found) == len(values)
    assert all(Decimal(value).normalize() in readings for value, readings in zip(values, found, strict=True))


@pytest.mark.parametrize("both", ["7,500", "7.500"])
def test_a_number_that_two_languages_read_differently_has_both_readings(both):
    assert numbers_of(both) == (frozenset({Decimal(7500).normalize(), Decimal("7.5")}),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in May 2020 he may march", {"month 5"}),
        ("he may march to Mars", set()),
        ("le 3 mars", {"month 3"}),
        ("sept ans", set()),
        ("3 sept. 2019", {"month 9"}),
        ("vendredi 13 décembre", {"day 5", "month 12"}),
        ("Août et FÉVRIER", {"month 8", "month 2"}),
    ],
)
def test_the_dates_of_a_text(text, found):
    assert dates_of(text) == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It was Musk’s idea, said Musk's lawyer.", ("Musk",)),
        ("Selon lui, c’est l’OpenAI de Sam Altman.", ("OpenAI", "Sam Altman")),
        ("The dispute goes on. Nobody knows why.", ()),
        ("La dispute continue. Personne ne sait. « Rien », dit-il.", ()),
        ("the CEO said; le PDG a dit", ()),
        ("a letter by Jean-Luc Mélenchon to Élisabeth Borne", ("Jean-Luc Mélenchon", "Élisabeth Borne")),
        ("Elon Musk left.", ("Elon Musk",)),
        ("In July, on Monday, Paris slept.", ("Paris",)),
        ("she asked NASA and the BBC", ("NASA", "BBC")),
        ("NASA said so.", ("NASA",)),
        ("a Samsung 4K screen", ("Samsung", "4K")),
        ("he met d’Artagnan", ("Artagnan",)),
        ("her iPhone and eBay", ("iPhone", "eBay")),
        ("", ()),
    ],
)
def test_the_names_of_a_text(text, names):
    assert names_of(text) == names


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("said Musk", "Elon Musk’s reply"),
        ("said Elon Musk", "Musk replied"),
        ("a remark of L’OpenAI", "OpenAI said"),
        ("said Mélenchon", "MELENCHON a dit"),
        ("on an iPhone", "Sur l’iPhone"),
        ("says the CEO", "dit le PDG"),
        ("a Musk-Altman quarrel", "the Musk-Altman conflict"),
    ],
)
def test_a_name_is_found_however_it_is_written(claim, text):
    assert supported(claim, text)


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
    assert supported(claim, text) == holds


def test_the_number_in_a_name_is_part_of_the_name():
    assert numbers_of("The probe Helios-3 will fly in mid-2027.") == (frozenset({Decimal(2027)}),)
    assert "Helios-3" in names_of("The probe Helios-3 will fly in mid-2027.")


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$45,000", {"dollar": {45000}}),
        ("45 000 dollars", {"dollar": {45000}}),
        ("40 millions d'euros", {"euro": {40_000_000}}),
        ("Quinze personnes et trois mois", {"people": {15}, "month": {3}}),
        ("12 million euros", {"euro": {12_000_000}}),
        ("7.5 years", {"year": {Decimal("7.5")}}),
        ("7,5 ans", {"year": {Decimal("7.5")}}),
        ("12 %", {"percent": {12}}),
        ("in 2018", {}),
    ],
)
def test_the_amounts_of_a_text_by_their_unit(text, amounts):
    found = amounts_of(text)
    assert found.keys() == amounts.keys()
    assert all(value in {reading.normalize() for reading in found[unit]} for unit, values in amounts.items()
               for value in {Decimal(v).normalize() for v in values})  # fmt: skip


# Properties

SENTENCES = [
    text[span.start : span.end]
    for text in (path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.txt")))
    for span in split(text)
]
WITH_DIGITS = [sentence for sentence in SENTENCES if re.search(r"\d", sentence)]


@given(st.sampled_from(SENTENCES))
def test_a_sentence_holds_its_own_facts(sentence):
    assert supported(sentence, sentence)


def whole(text):
    """Its numbers without their separators, as integers: "$45,000" is 45000 and "7.5" is 75."""
    return {int(re.sub(r"\D", "", number)) for number in re.findall(r"\d(?:[.,\s]?\d)*", text)}


@given(st.sampled_from(WITH_DIGITS), st.data())
def test_a_changed_digit_is_reported(sentence, data):
    at = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", sentence)]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != sentence[at]]))
    changed = sentence[:at] + other + sentence[at + 1 :]
    assume(not whole(changed) <= whole(sentence))
    assert missing(facts_of(changed), sentence)


@given(st.integers(1_000, 999_999_999), st.sampled_from([",", " ", "\u00a0", "\u202f", "’", ""]))
def test_a_large_number_is_the_same_with_any_separator(value, separator):
    assert supported(f"{value:,}", f"{value:,}".replace(",", separator))
    assert missing(facts_of(f"{value:,}"), f"{value + 1:,}".replace(",", separator))


@given(st.decimals(1, 999, places=2))
def test_a_decimal_is_the_same_with_point_and_comma(value):
    assert supported(f"{value} years", f"{value} ans".replace(".", ","))


@given(st.text(max_size=300))
def test_any_text_has_facts_and_holds_its_own_numbers_and_dates(text):
    lacking = missing(facts_of(text), text)
    assert not {f"{min(readings):f}" for readings in numbers_of(text)} & set(lacking)
    assert not dates_of(text) & set(lacking)


@given(st.text(max_size=300))
def test_any_text_holds_its_own_names_and_addresses(text):
    assert supported(text, text)
