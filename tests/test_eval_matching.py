import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.canonical import canonical
from eval.metrics.matching import accepted, exact_match, matches, normalised, token_f1
from eval.metrics.text_words import fold, language_of

SAME = [
    ("$45,000", "45 000 dollars", "45.000 $", "US$45,000", "45\u202f000 $ US", "45 000 dollars américains", "$45k"),
    ("7.5 years", "7,5 ans", "seven and a half years", "sept ans et demi", "7½ years", "7 years and a half"),
    ("July 2018", "juillet 2018", "JULY, 2018"),
    ("July 4, 2018", "4 juillet 2018", "the 4th of July 2018", "2018-07-04"),
    ("24 hours", "24 heures", "twenty-four hours", "vingt-quatre heures", "24-hour"),
    ("14.2 billion euros", "14,2 milliards d'euros", "€14.2 billion", "14.2bn euros"),
    ("50 percent", "50 %", "cinquante pour cent", "fifty per cent"),
    ("one and a half million", "un million et demi", "1.5 million", "1 500 000"),
    ("97", "quatre-vingt-dix-sept", "ninety-seven", "nonante-sept"),
    ("1984", "nineteen eighty-four", "mille neuf cent quatre-vingt-quatre"),
    ("1870 to 1939", "de 1870 à 1939", "1870–1939"),
    ("21st century", "XXIe siècle", "21e siècle"),
    ("19th century", "XIXe siècle", "19e siècle"),
    ("a year", "one year", "un an", "1 year"),
    ("$100 million", "100 millions de dollars", "100 million US dollars"),
    ("an hour and a half", "une heure et demie", "1.5 hours"),
    ("Sept. 2018", "September 2018", "septembre 2018"),
    ("L'Élysée", "l’Elysee", "the Elysée"),
]


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_forms_of_one_answer_match_each_other(forms):
    for said in forms:
        for answer in forms:
            assert matches(f"So it was {said}, they wrote [1].", [answer]), (said, answer)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("It cost $45,000.", "45"),
        ("It cost $45,000.", "$450,000"),
        ("In July 2019.", "July 2018"),
        ("It took 75 years.", "7.5 years"),
        ("It was 5 degrees.", "-5 degrees"),
        ("The first of them.", "1"),
        ("The planet Mars.", "March"),
        ("A coin of fifty cents.", "50 hundred"),
        ("Musketeers came.", "Musk"),
        ("Nothing.", ""),
    ],
)
def test_what_only_looks_alike_does_not_match(said, answer):
    assert not matches(said, [answer])


def test_any_and_all():
    said = "Musk says 2018, Altman says 2019 [1][2]."
    assert matches(said, ["2018", "2020"], "any")
    assert matches(said, ["2018", "2019"], "all")
    assert not matches(said, ["2018", "2020"], "all")
    assert not matches(said, [], "all")
    assert accepted(said, ["2018", "2020"]) == ["2018"]


def test_markers_are_no_part_of_an_answer():
    assert not matches("Nobody knows [3].", ["3"])


def test_hedges_and_prepositions_before_an_accepted_answer_do_not_matter():
    assert matches("3 millions de chrétiens", ["Près de 3 millions"])
    assert matches("L'évêché date de 1218.", ["en 1218"])


def test_squad_normalisation_drops_articles_of_both_languages():
    assert normalised("The cat, l'eau et les « amis »") == ["cat", "eau", "et", "amis"]
    assert exact_match("The Saxon Garden.", ["Saxon Garden"]) == 1.0
    assert exact_match("Le vent [1]", ["vent"]) == 1.0


def test_token_f1_by_hand():
    # said: saxon garden in warsaw; answer: saxon garden. Precision 2/4, recall 2/2.
    assert token_f1("the Saxon Garden in Warsaw", ["Saxon Garden"]) == pytest.approx(2 / 3)
    assert token_f1("Warsaw", ["Paris", "Warsaw"]) == 1.0
    assert token_f1("nothing alike", ["Paris"]) == 0.0
    assert token_f1("", ["Paris"]) == 0.0


@given(st.text(), st.lists(st.text(), max_size=3))
def test_scores_are_rates(said, answers):
    assert 0.0 <= token_f1(said, answers) <= 1.0
    assert exact_match(said, answers) in (0.0, 1.0)


@given(st.text(min_size=1).filter(lambda text: any(char.isalnum() for char in fold(text)) and "[" not in text))
def test_an_answer_matches_itself(text):
    assert matches(text, [text])
    assert token_f1(text, [text]) == 1.0


@given(st.text())
def test_canonical_never_fails(text):
    assert all(isinstance(token, str) and token for token in canonical(text))


@given(st.integers(0, 10**9))
def test_digits_group_in_every_way(number):
    plain = canonical(str(number))
    assert canonical(f"{number:,}") == plain
    assert canonical(f"{number:,}".replace(",", " ")) == plain
    assert canonical(f"{number:,}".replace(",", "\u202f")) == plain


@pytest.mark.parametrize(
    ("text", "language"),
    [("Le tir a été annulé à cause du vent.", "fr"), ("The launch was cancelled.", "en"), ("45 000 dollars", None)],
)
def test_language_by_function_words(text, language):
    assert language_of(text) == language
