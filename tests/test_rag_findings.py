"""What the reader found: whole words in sentences, which of them agree, which lead, and which say otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article
from index.text.sentences import sentences_of
from rag.reader.runtime import Reading, Span
from rag.retrieve.evidence import Passage
from rag.verify.findings import differ, findings, says_the_same, weighed
from rag.write.compose import lead_of

FERRY = "The ferry Aurora is 5 months late. Its captain, Ida Berg, waits in Kerloc for 45,000 new parts."


def passage_of(text, id="gazette", language="en", number=1, published=None):
    article = Article(id, "The ferry", text, language, "test", published=published)
    sentences = tuple(sentence for sentence in sentences_of(article) if not sentence.heading)
    return Passage(number, article, 0, len(text), sentences)


def reading(*spans, passages=(0.9, 0.9, 0.9)):
    return Reading(spans, passages, 0.9, 0.0, 0.0, 1.0)


def span(passage, text, words, probability=0.5):
    start = text.index(words)
    return Span(passage, start, start + len(words), probability)


def found(words, text, id="gazette", language="en", probability=0.5, alone=0.9, published=None):
    passage = passage_of(text, id, language, published=published)
    (finding,) = findings(reading(span(0, text, words, probability), passages=(alone,)), [passage])
    return finding


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("5 months", "5 months"),
        (" 5 months ", "5 months"),
        ("onths lat", "months late"),
        ("a Ber", "Ida Berg"),
        ("5,00", "45,000"),
        ("late. Its captain", "late."),
        ("Berg", "Berg"),
    ],
    ids=["as it is", "white space", "two cut words", "cut names", "a cut number", "over a border", "alone"],
)
def test_words_are_whole_and_stay_in_their_sentence(words, whole):
    finding = found(words, FERRY)
    assert finding.words == whole == FERRY[slice(*finding.span)]
    assert finding.sentence.start <= finding.span[0] < finding.span[1] <= finding.sentence.end


@given(st.integers(0, len(FERRY) - 1), st.integers(1, 40))
def test_any_span_of_a_passage_leads_to_words_of_one_sentence(start, length):
    end = min(start + length, len(FERRY))
    for finding in findings(reading(Span(0, start, end, 0.5)), [passage_of(FERRY)]):
        assert finding.words.strip() == finding.words == FERRY[slice(*finding.span)]
        assert finding.words and finding.words in finding.sentence.text
        before = FERRY[: finding.span[0]][-1:]
        assert not (before.isalnum() and finding.words[0].isalnum()), "no word is cut"


def test_each_sentence_is_found_once_with_its_likeliest_words():
    spans = (span(0, FERRY, "5 months", 0.4), span(0, FERRY, "Ida Berg", 0.3), span(0, FERRY, "Aurora", 0.2))
    first, second = findings(reading(*spans), [passage_of(FERRY)])
    assert (first.words, first.probability) == ("5 months", pytest.approx(0.6))
    assert (second.words, second.probability) == ("Ida Berg", 0.3)


def test_words_of_a_heading_are_no_finding():
    text = "Ferry five months late\n\nThe captain waits in the harbour of Kerloc."
    assert findings(reading(span(0, text, "five months")), [passage_of(text)]) == []


SAME = [
    ("5 months", "five months", True),
    ("$45,000", "45 000 dollars", True),
    ("5 months", "9 months", False),
    ("5 months", "months", False),
    ("Ida Berg", "Berg", True),
    ("Ida Berg", "Olaf Lund", False),
    ("in June", "en juin", True),
    ("in June", "in July", False),
    ("the rain", "the", False),
    ("captain Ida Berg left", "mayor Olaf Lund left", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SAME)
def test_two_answers_are_one_where_numbers_days_or_words_agree(one, other, same):
    texts = (f"The port said {one} on the radio.", f"The radio said {other} at the port.")
    first, second = found(one, texts[0]), found(other, texts[1], "wire")
    assert says_the_same(first, second) is says_the_same(second, first) is same


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("5 months", "9 months", True),
        ("5", "9", True),
        ("5 months", "5 months", False),
        ("5 months", "9 dollars", False),
        ("5 months", "Ida Berg", False),
        ("in June", "in July", True),
        ("in June", "en juin", False),
    ],
)
def test_two_answers_differ_in_an_amount_of_one_unit_or_in_the_day(one, other, differs):
    behind = " months" if one.isdigit() else ""
    first = found(one, f"The ferry comes {one}{behind} late.")
    second = found(other, f"The ferry comes {other}{behind} late.", "wire")
    assert differ(first, second) is differ(second, first) is differs


def test_each_article_is_named_once_among_those_that_agree_or_differ():
    best = found("5 months", FERRY, "a", probability=0.9)
    agree = [found("5 months", FERRY, id, probability=0.2) for id in ("b", "b", "a")]
    differing = [found("9 months", FERRY.replace("5", "9"), id, probability=0.1) for id in ("c", "c", "b", "a")]
    answers = weighed([best, *agree, *differing], "en", 0.3)
    assert answers.best is best
    assert [finding.passage.article.id for finding in answers.agreeing] == ["b"]
    assert [finding.passage.article.id for finding in answers.differing] == ["c"]


def test_what_would_not_answer_on_its_own_neither_agrees_nor_differs():
    best = found("5 months", FERRY, "a", probability=0.9)
    weak = [
        found("5 months", FERRY, "b", probability=0.1, alone=0.2),
        found("9 months", FERRY.replace("5", "9"), "c", probability=0.1, alone=0.2),
    ]
    answers = weighed([best, *weak], "en", 0.3)
    assert answers.agreeing == answers.differing == ()


@pytest.mark.parametrize(
    ("first", "later", "probability", "leads", "differs"),
    [
        ("2026-03-01", "2026-03-05", 0.5, "later", False),
        ("2026-03-01", "2026-03-05", 0.2, "first", False),
        ("2026-03-05", "2026-03-01", 0.5, "first", False),
        ("2026-03-01", "2026-03-04", 0.5, "first", True),
        ("2026-03-01", None, 0.5, "first", True),
        ("2026-03-01", "soon", 0.5, "first", True),
    ],
    ids=["days later", "unlikely", "days before", "together", "undated", "no date"],
)
def test_a_later_article_supersedes_and_one_of_the_same_days_differs(first, later, probability, leads, differs):
    best = found("5 months", FERRY, "first", probability=0.9, published=first)
    other = found("9 months", FERRY.replace("5", "9"), "later", probability=probability, published=later)
    answers = weighed([best, other], "en", 0.3)
    assert answers.best.passage.article.id == leads
    assert [finding.passage.article.id for finding in answers.differing] == ["later"] * differs
    assert not (differs and answers.second), "what differs is not the second as well"


@pytest.mark.parametrize(("probability", "stands"), [(0.3, True), (0.1, False)])
def test_another_sentence_that_is_nearly_as_likely_is_the_second(probability, stands):
    best, other = found("5 months", FERRY, probability=0.9), found("Ida Berg", FERRY, probability=probability)
    assert weighed([best, other], "en", 0.3).second == (other if stands else None)


@pytest.mark.parametrize(("probability", "leads"), [(0.5, "fr"), (0.2, "en")])
def test_the_questions_language_leads_where_it_says_the_same_nearly_as_likely(probability, leads):
    english = found("5 months", FERRY, "a", "en", 0.6)
    french = found("5 mois", "Le ferry a 5 mois de retard.", "b", "fr", probability)
    answers = weighed([english, french], "fr", 0.3)
    assert answers.best.passage.article.language == leads
    assert [finding.passage.article.language for finding in answers.agreeing] == [{"fr": "en", "en": "fr"}[leads]]


@pytest.mark.parametrize(
    ("words", "language", "lead"),
    [
        ("5 months", "en", "5 months"),
        ("captain, Ida Berg,", "en", "Captain, Ida Berg"),
        ("5 months", "fr", ""),
        ("Ida Berg", "fr", "Ida Berg"),
        ("45,000", "fr", "45,000"),
        ("The ferry Aurora is 5 months late.", "en", ""),
    ],
    ids=["short", "opens with a capital", "another language", "a name", "a number", "the whole sentence"],
)
def test_words_lead_where_they_are_short_and_understood(words, language, lead):
    assert lead_of(found(words, FERRY), language) == lead


@pytest.mark.parametrize(
    ("other", "differs"), [("The Norland ferry is 7 months late.", True), ("The people of Paris wait 7 months.", False)]
)
def test_articles_of_other_stories_neither_agree_nor_differ(other, differs):
    best = found("5 months", "In Norland the ferry is 5 months late.", "a", "en", 0.6)
    rival = found("7 months", other, "b", "en", 0.4)
    assert bool(weighed([best, rival], "en", 0.3).differing) == differs


@pytest.mark.parametrize(
    ("words", "text"), [("347 babies", "Kerloc delivered 347 babies in 2025."), ("347", "À Kerloc, 347 sont nés.")]
)
def test_counts_differ_whatever_the_word_for_what_is_counted(words, text):
    best = found("312", "Kerloc a vu naître 312 enfants.", "a", "fr", 0.6)
    language = "en" if "babies" in text else "fr"
    assert differ(best, found(words, text, "b", language, 0.4))
    assert not differ(best, found("5 months", FERRY, "b"))
