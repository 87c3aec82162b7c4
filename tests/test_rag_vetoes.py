# ruff: noqa: E501, SIM905
"""Vetoes: what a statement says in numbers, dates, names, quotations and addresses, and its evidence does not."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verify.dates import covers, dates
from rag.verify.names import misspelt, names
from rag.verify.numbers import amounts
from rag.verify.vetoes import Evidence, sends_elsewhere, vetoes

PUBLISHED = date(2025, 10, 4)


def kinds(statement, text, language="en", published="2025-10-04", title="", context=""):
    return {veto.kind for veto in vetoes(statement, [Evidence(text, language, published, title, context)])}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("between two and three years", "en", (2, 3, "year")),
        ("two to three years", "en", (2, 3, "year")),
        ("de 200 à 300 personnes", "fr", (200, 300, "people")),
        ("The tower is 100 m tall.", "en", (100, 100, "meter")),
        ("the 1 500 m", "en", (1500, 1500, "meter")),
        ("a 5 k run", "en", (5, 5, "kilometer")),
        ("£100m", "en", (100_000_000, 100_000_000, "pound")),
        ("half a million", "en", (500_000, 500_000, "")),
        ("twenty twenty-four", "en", (2024, 2024, "")),
        ("nineteen eighty-four", "en", (1984, 1984, "")),
        ("a dozen", "en", (12, 12, "")),
        ("une soixantaine", "fr", (60, 60, "")),
        ("septante-cinq ans", "fr", (75, 75, "year")),
        ("the nineteenth century", "en", (19, 19, "century")),
        ("le XIXe siècle", "fr", (19, 19, "century")),
        ("sept ans et demi", "fr", ("7.5", "7.5", "year")),
        ("la moitié", "fr", (50, 50, "percent")),
        ("2 percentage points", "en", (2, 2, "point")),
        ("C$900,000", "en", (900_000, 900_000, "CAD")),
        ("20h30", "fr", ("20.5", "20.5", "clock")),
        ("8.30 p.m.", "en", ("20.5", "20.5", "clock")),
        ("nobody", "en", (0, 0, "")),
        ("sept à huit mille personnes", "fr", (7000, 8000, "people")),
        ("one metre", "en", (1, 1, "meter")),
    ],
)
def test_an_amount_has_its_value_range_and_unit(text, language, expected):
    low, high, unit = Decimal(expected[0]), Decimal(expected[1]), expected[2]
    assert (low, high, unit) in {(one.low, one.high, one.unit) for one in amounts(text, language)}


@pytest.mark.parametrize("text", ["twenty twenty-four", "one of them", "un moteur neuf", "dozens of people"])
def test_words_that_only_look_like_numbers_are_none(text):
    assert {one.low for one in amounts(text, "fr" if "moteur" in text else "en")} <= {Decimal(2024)}


def test_a_number_that_two_languages_read_differently_keeps_both_readings():
    assert {one.low for one in amounts("7,500", "en")} == {Decimal(7500), Decimal("7.5")}


@pytest.mark.parametrize(
    ("text", "language", "bound"),
    [
        ("more than 300", "en", "over"),
        ("at least 300", "en", "least"),
        ("fewer than 300", "en", "under"),
        ("up to 300", "en", "most"),
        ("plus de 300", "fr", "over"),
        ("au moins 300", "fr", "least"),
        ("moins de 300", "fr", "under"),
        ("jusqu’à 300", "fr", "most"),
        ("300 au plus", "fr", "most"),
        ("environ 300", "fr", "about"),
        ("300", "fr", "exact"),
    ],
)
def test_an_amount_has_its_bound(text, language, bound):
    assert [one.bound for one in amounts(text, language)] == [bound]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2 October", "2025-10-02"),
        ("October 2025", "2025-10"),
        ("on Thursday", "2025-10-02"),
        ("last month", "2025-09"),
        ("jeudi dernier", "2025-10-02"),
        ("hier", "2025-10-03"),
        ("l’an dernier", "2024"),
        ("On 8 May 2025, the day before", "2025-05-07"),
        ("du 3 au 5 mai 2024", "2024-05-03"),
        ("in the 1990s", "199X"),
        ("last week", "2025-W39"),
        ("three years ago", "2022"),
    ],
)
def test_a_date_is_resolved_against_the_publication(text, iso):
    assert iso in {day.iso for day in dates(text, "en", PUBLISHED)}


def test_without_a_publication_date_a_date_is_as_exact_as_the_text():
    assert [day.iso for day in dates("on Thursday, 2 October, last month", "en", None)] == ["-W-4", "--10-02"]


def test_a_date_shows_the_coarser_ones():
    assert all(covers("2025-10-02", iso) for iso in ("2025-10", "2025", "-W-4", "--10-02", "--10", "2025-W40", "202X"))
    assert not covers("2025-10", "2025-10-02") and not covers("2025-10-02", "2025-10-03")


SHOWN = [
    (
        "The ferry will be out of service for two to three years.",
        "It will be out of service for between two and three years.",
    ),
    ("A dozen people were hurt.", "Twelve people were hurt."),
    ("Half of the voters abstained.", "50 per cent of the voters abstained."),
    ("The plant is in Germany.", "L’usine se trouve en Allemagne."),
    ("L’usine est à Londres.", "The plant is in London."),
    ("The tower is 100 metres tall.", "The tower is 100 m tall."),
    ("The concert starts at 8.30 p.m.", "Le concert commence à 20h30."),
    ("Yes, in 2011.", "Il fallait le fermer cinq ans plus tôt qu’en 2016."),
    ("The ticket went up by €1.20.", "Le ticket passe de 3,80 à 5 euros."),
    ("It has four weeks to decide.", "The company has 28 days to decide."),
    ("More than 300 people came.", "Some 340 people came."),
    ("It left on 21 June.", "The trawler was freed on 19 June and left two days later."),
    ("No, it rose.", "Unemployment rose to 8.4 per cent."),
    ("Dumont won.", "Claire Dumont won."),
    ("It ended on Thursday.", "It ended on 2 October."),
    ("He called it “a disgrace”.", "It was 'a disgrace', he said."),
    ("He called it “a […] disgrace”.", "It was “a great disgrace”, he said."),
    ("Nobody was hurt.", "Five people put out the fire."),  # That it denies it is for the reader to see.
    ("The two sides met.", "The government met a union of five people."),
    ("It lasted five years.", "It opened in 2011 and closed in 2016."),
    ("About 300 people came.", "310 people came."),
    ("The journey takes nine hours.", "It leaves at 8 p.m. and arrives at 5 a.m."),
    ("90 people stayed.", "100 people came, 20 people joined them and 30 people left."),
    ("They paid 110 dollars in all.", "They paid 10 dollars, 20 dollars, 35 dollars and 45 dollars."),
    ("The fund lost 13 million euros.", "It had 71 million euros and now has 58."),
    ("It went up by 2 euros.", "It costs 9 pounds, 40 dollars or 7 francs there, and here 5 euros instead of 3 euros."),
    ("It rose by 50 per cent.", "It rose from 200 euros to 300 euros."),
]


@pytest.mark.parametrize(("statement", "text"), SHOWN)
def test_what_the_evidence_shows_gets_no_veto(statement, text):
    assert kinds(statement, text, "fr" if re.search("[éèàê]|Le |Il ", text) else "en") == set()


VETOED = [
    ("Five years.", "It will last between two and three years.", "number"),
    ("The tower is 100 million tall.", "The tower is 100 m tall.", "number"),
    ("Inflation rose 2 per cent.", "Inflation rose 2 percentage points.", "unit"),
    ("It cost 640,000 euros.", "It cost 640,000 pounds.", "unit"),
    ("It cost C$5 million.", "It cost US$5 million.", "unit"),
    ("It loses 2 million euros a week.", "It loses 2 million euros a day.", "unit"),
    ("More than 300 people came.", "Fewer than 300 people came.", "bound"),
    ("Au plus dix jours.", "At least ten days.", "bound"),
    ("Bezos cancelled his order.", "Altman cancelled his order.", "name"),
    ("Paul Dumont won.", "Claire Dumont won. Her rival Paul Morin came second.", "name"),
    ("The plant is in France.", "L’usine se trouve en Allemagne.", "name"),
    ("It happened in March 2024.", "It happened in May 2024.", "date"),
    ("It ended on Monday.", "It ended on Tuesday.", "date"),
    ("He called it “a great disgrace”.", "It was “a disgrace”, he said.", "quotation"),
    ("See www.example.org/b.", "See www.example.org/a.", "address"),
    ("Two people died.", "Five people died.", "number"),
    ("At most ten days.", "At least ten days: the 30 days less 20 days.", "bound"),
    ("It has 17 rooms.", "It opened on 12 May with 5 rooms.", "number"),
    ("It lasted three days.", "It was announced on Monday and again on Thursday.", "number"),
    ("More than 300 people came.", "Some 900 people came.", "number"),
    ("Fewer than 300 people came.", "Some 30 people came.", "number"),
    ("It takes between 2 and 3 years.", "It takes 2 to 5 years.", "number"),
    ("They paid 30 euros.", "He is 10 years old and she is 20 years old.", "number"),
    ("They paid 30 euros.", "They paid 10 euros for 20 kilometers.", "number"),
    ("They paid more than 20 euros.", "They paid 45 euros, then 75 euros.", "number"),
]


@pytest.mark.parametrize(("statement", "text", "kind"), VETOED)
def test_what_the_evidence_does_not_show_gets_a_veto(statement, text, kind):
    assert kind in kinds(statement, text, "fr" if "usine" in text else "en")


def test_a_name_may_be_in_the_title_or_in_the_context_but_a_number_only_in_the_title():
    said = "The driver, Ashdown, paid 70 pounds."
    assert kinds(said, "The driver paid.") == {"name", "number"}
    assert kinds(said, "The driver paid.", title="Ashdown and the 70 pounds") == set()
    assert kinds(said, "The driver paid.", context="Ashdown had 70 pounds.") == {"number"}


@pytest.mark.parametrize(
    ("said", "sends"),
    [("Write to help@mail.example.", True), ("See evil.example/a.", True), ("Booking.com grew.", False)],
)
def test_an_address_sends_elsewhere_and_a_name_that_ends_like_one_does_not(said, sends):
    assert sends_elsewhere(said) is sends


def test_a_quotation_is_only_checked_in_its_own_language():
    assert kinds("He called it “a disgrace”.", "« Une honte », dit-il.", "fr") == set()


def test_an_archives_vocabulary_decides_on_a_lone_word_that_opens_a_statement():
    evidence = [Evidence("The workers will strike.", "en", None, "")]
    assert vetoes("Staff will strike.", evidence)
    assert not vetoes("Staff will strike.", evidence, common={"staff"}.__contains__)


def test_names_are_runs_of_capitals_without_titles_and_function_words():
    assert [name.words for name in names("The mayor, Mrs Claire Dumont, met L’avocate de Boone.")] == [
        ("claire", "dumont"),
        ("boone",),
    ]


def test_small_misspellings_are_one_name_and_other_letters_another():
    assert misspelt("mohammed", "mohamed") and misspelt("zelensky", "zelenskyy") and misspelt("brian", "brain")
    assert not misspelt("dumont", "dupont") and not misspelt("brevan", "brevent")


SENTENCES = st.lists(
    st.sampled_from(
        "Claire Dumont,|Boone|said|that|more than|300|people|between 2 and 3 years|£5m|12 %|on Tuesday|in March 2024|last year|half|"
        "nine|à Londres|le 3 mai|une soixantaine|“a plan”|www.example.org|20h30|the 19th century|nobody|one in five|7,500|$60 a day|. It|"
        "at least|two thirds|XIXe siècle|jusqu’à|1984".split("|")
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(SENTENCES, st.sampled_from(["2025-10-04", None, "no date"]))
def test_a_sentence_never_vetoes_itself(sentence, published):
    from index.text.language import detect

    assert vetoes(sentence, [Evidence(sentence, detect(sentence), published, "")]) == ()


@given(st.text(max_size=80), st.sampled_from(["en", "fr", "de", "xx"]))
def test_any_text_has_amounts_and_dates_within_it(text, language):
    for found in (*amounts(text, language), *dates(text, language, PUBLISHED)):
        assert 0 <= found.start < found.end <= len(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_statement_can_be_checked(statement, text):
    assert all(veto.said in statement for veto in vetoes(statement, [Evidence(text, "en", None, "")]))
