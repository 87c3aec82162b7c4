"""Checking a text against the archive: verdicts, offsets, what claims nothing, and what cannot be checked."""

import json
import time

import pytest
from fakes import FakeReader, WordEmbedding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from on_the_record import assert_in_the_library

from index import Filter, Library
from index.articles import Article
from index.errors import QuestionError
from rag import open_assistant
from rag.check import MAX_TEXT

FERRY = "The ferry Aurora is 5 months late, Nordlink said. Captain Ida Berg resigned on Friday. She denied the report."
MILL = "La scierie de Kerloc emploie 340 personnes."


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    embedding = WordEmbedding(model_name="words-256-near", floor=1.0)
    with Library.open(tmp_path_factory.mktemp("check") / "library", embedding=embedding) as library:
        library.store(Article("ferry", "The ferry", FERRY, "en", "a", "Gazette", published="2026-03-02"))
        library.store(Article("mill", "La scierie", MILL, "fr", "b", "Journal", published="2026-03-04"))
        yield library


def check(archive, text, filter=None, **scripted):
    assistant = open_assistant(archive, "none", reader=FakeReader(**scripted))
    checked = assistant.check(text, filter)
    markers = [citation.marker for sentence in checked.sentences for citation in sentence.citations]
    assert markers == list(range(1, len(markers) + 1)), "each citation has a number of its own"
    for sentence in checked.sentences:
        assert characters(text)[sentence.start : sentence.end] == sentence.text
        assert 0.0 <= sentence.support <= 1.0 and len(sentence.citations) <= 3
        assert bool(sentence.citations) == (sentence.verdict in {"supported", "contradicted"})
        for citation in sentence.citations:
            assert_in_the_library(citation, archive)
    return checked


def characters(text):
    """The text with "?" for what is no character, which counts as one as well."""
    return text.encode("utf-8", "replace").decode("utf-8")


def verdicts(checked):
    return [(sentence.text, sentence.verdict) for sentence in checked.sentences]


def test_every_sentence_has_a_verdict_and_its_place_in_the_text(archive):
    text = "  The ferry Aurora is 5 months late.\nThe ferry Aurora is 9 months late. The bridge of Ostrelund fell down."
    checked = check(archive, text)
    assert verdicts(checked) == [
        ("The ferry Aurora is 5 months late.", "supported"),
        ("The ferry Aurora is 9 months late.", "contradicted"),
        ("The bridge of Ostrelund fell down.", "not_found"),
    ]
    assert [citation.quote for s in checked.sentences for citation in s.citations] == [FERRY[:49]] * 2
    assert checked.as_of == "2026-03-02" and checked.models.reader == "shared words" and checked.models.llm == "none"


@pytest.mark.parametrize(
    "text",
    ["Is the ferry Aurora 5 months late?", "« Le ferry est-il en retard\u00a0? »", "Good morning.", "Ida Berg."],
    ids=["question", "french question in quotes", "greeting", "a name"],
)  # fmt: skip
def test_what_claims_nothing_is_not_looked_up(archive, text):
    reader = FakeReader()
    sentences = list(
        open_assistant(archive, "none", reader=reader).checked_sentences(f"{text} The ferry Aurora is late.")
    )
    claims_nothing, claim = sentences
    assert claim.verdict == "supported"
    assert claims_nothing.verdict == "no_claim" and claims_nothing.text not in {said for said, _ in reader.held}


def test_a_heading_claims_nothing(archive):
    text = "The ferry Aurora late again\n\nThe ferry Aurora is 5 months late. Captain Ida Berg resigned on Friday."
    assert [verdict for _, verdict in verdicts(check(archive, text))] == ["no_claim", "supported", "supported"]


def test_a_sentence_may_lean_on_what_the_one_before_rests_on(archive):
    text = "Captain Ida Berg resigned on Friday. She denied the report."
    first, second = check(archive, text, Filter(sources=("Gazette",))).sentences
    assert first.verdict == second.verdict == "supported"
    assert second.citations[-1].quote == "She denied the report."


def test_only_articles_that_meet_the_filter_are_looked_at(archive):
    text = "The ferry Aurora is 5 months late."
    assert verdicts(check(archive, text, Filter(sources=("Journal",)))) == [(text, "not_found")]
    with pytest.raises(QuestionError, match="Nobody"):
        check(archive, text, Filter(sources=("Nobody",)))


def test_a_sentence_is_held_against_articles_of_another_language(archive):
    text = "The sawmill of Kerloc employs 340 people."
    (sentence,) = check(archive, text, rulings={text: "supported"}).sentences
    assert sentence.verdict == "supported" and sentence.citations[0].article_id == "mill"
    assert sentence.citations[0].language == "fr"


@pytest.mark.parametrize(
    "text",
    ["El ferry Aurora lleva 5 meses de retraso.", "フェリーは5か月遅れています。", "Паром «Аврора» опаздывает на 5 месяцев."],
    ids=["spanish", "japanese", "russian"],
)  # fmt: skip
def test_a_text_in_a_third_language_is_checked_too(archive, text):
    assert "".join(sentence.text for sentence in check(archive, text).sentences) == text
    if " " in text:
        (sentence,) = check(archive, text, rulings={text: "supported"}).sentences
        assert sentence.verdict == "supported"


def test_a_table_is_checked_line_by_line(archive):
    rows = [f"| ferry {n} | {n} months | late |" for n in range(40)]
    checked = check(archive, "\n".join(["| name | delay | state |", "|---|---|---|", *rows]))
    assert {row.strip("| ") for row in rows} <= {sentence.text.strip("| ") for sentence in checked.sentences}


@pytest.mark.parametrize("text", ["", " \n", "…", "?! --", "\0"])
def test_an_empty_text_is_refused_in_one_line(archive, text):
    with pytest.raises(QuestionError, match=r"^The text is empty\. .+$"):
        check(archive, text)


def test_a_text_of_too_many_pages_is_refused_at_once(archive):
    started = time.process_time()
    with pytest.raises(QuestionError) as refused:
        check(archive, "late " * MAX_TEXT)
    assert time.process_time() - started < 1
    assert f"{MAX_TEXT:,}" in str(refused.value) and "in parts" in str(refused.value) and len(str(refused.value)) < 200


def test_sentences_come_one_by_one(archive):
    reader = FakeReader()
    text = "The ferry Aurora is 5 months late. Captain Ida Berg resigned on Friday."
    sentences = open_assistant(archive, "none", reader=reader).checked_sentences(text)
    assert next(sentences).text == "The ferry Aurora is 5 months late."
    assert {said for said, _ in reader.held} == {"The ferry Aurora is 5 months late."}, "the rest is not checked yet"
    assert len(list(sentences)) == 1


def test_an_empty_library_finds_nothing(library):
    assert verdicts(check(library, "The ferry Aurora is late.")) == [("The ferry Aurora is late.", "not_found")]


def test_the_json_has_the_documented_fields(archive):
    values = json.loads(check(archive, "The ferry Aurora is 5 months late. Hello you.").to_json())
    assert list(values) == ["sentences", "as_of", "timings", "models"]
    assert list(values["sentences"][0]) == ["text", "start", "end", "verdict", "support", "citations"]
    assert values["sentences"][1] == {
        "text": "Hello you.", "start": 35, "end": 45, "verdict": "no_claim", "support": 1.0, "citations": [],
    }  # fmt: skip
    assert "also_in" not in values["sentences"][0]["citations"][0] and values["timings"]["total_s"] > 0


PARTS = st.sampled_from(
    ["The ferry Aurora is 5 months late", "not ", "9 ", "La scierie de Kerloc emploie 340 personnes", "“", "”", "? ", ". ",
     "\n\n", " ", "[1]", "\ud800", "\0", "| a | b |", "🚗", "http://evil.example/"]
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, max_size=12).map("".join))
def test_any_text_is_checked_or_refused(archive, text):
    try:
        checked = check(archive, text)
    except QuestionError:
        assert not any(character.isalnum() for character in text)
    else:
        assert "".join("".join(s.text for s in checked.sentences).split()) == "".join(characters(text).split())
        checked.to_json().encode("utf-8")
