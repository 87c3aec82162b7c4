"""Evidence: the likeliest sentences, in passages that a model can read and a reader can check."""

from itertools import pairwise

import pytest
from fakes import WordEmbedding
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import Article, Chunk, Hit, Sentence
from index.sentences import sentences_of
from rag.evidence import MAX_CHARACTERS, choose
from rag.gate import about_the_archive, odds
from rag.ranking import ranked

FERRY = "The ferry Aurora is late. It was to sail in May. Nordlink speaks of five months. Nobody else does. Its captain is ill."
BAC = "Le bac Aurora est en retard. Nordlink parle de cinq mois. La mairie attend."


def hit_of(text, language="en", id="ferry", similarity=0.9):
    article = Article(id, "The ferry Aurora", text, language, "test")
    return Hit(Chunk(f"{id}-0", id, 0, 0, len(text), text), article, 1.0, similarity)


def chosen(question, *hits):
    candidates = ranked(question, hits, sentences_of, WordEmbedding())
    return choose(candidates, sentences_of)


def test_the_sentence_that_answers_comes_first():
    candidates = ranked("How many months does Nordlink speak of?", [hit_of(FERRY)], sentences_of, WordEmbedding())
    assert candidates[0].sentence.text == "Nordlink speaks of five months."
    assert len(candidates) == 5


def test_overlapping_hits_give_each_sentence_once():
    candidates = ranked("Aurora?", [hit_of(FERRY), hit_of(FERRY)], sentences_of, WordEmbedding())
    assert len({candidate.sentence for candidate in candidates}) == len(candidates) == 5


def test_a_sentence_that_points_back_brings_the_one_before():
    long = (
        "The ferry Aurora of Nordlink lies in the harbour. "
        + "It will sail in May "
        + "again " * 150
        + ". "
        + "Rain fell. " * 90
    )
    (passage, *_) = chosen("When will the Aurora sail again?", hit_of(long))
    assert [sentence.n for sentence in passage.sentences][:2] == [0, 1]


def test_the_nearest_in_the_other_language_has_a_place():
    passages = chosen("How many months does Nordlink speak of?", hit_of(FERRY * 12), hit_of(BAC, "fr", "bac"))
    assert {passage.article.language for passage in passages} == {"en", "fr"}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from([FERRY, BAC, "One. Two. Three.", "x" * 1_500 + ". Short one."]),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_passages_are_numbered_runs_of_their_article_that_fit(texts):
    hits = [hit_of(text, "fr" if text == BAC else "en", str(n)) for n, text in enumerate(texts)]
    passages = chosen("How many months does Nordlink speak of?", *hits)
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    for passage in passages:
        assert passage.text.startswith(passage.sentences[0].text) and passage.text.endswith(passage.sentences[-1].text)
        assert all(b.n == a.n + 1 for a, b in pairwise(passage.sentences))
        assert set(passage.sentences) <= set(passage.body)
    sizes = [len(sentence.text) for passage in passages for sentence in passage.sentences]
    assert sum(sizes) <= MAX_CHARACTERS + 2 * max(sizes)


def test_no_hits_are_no_evidence():
    assert chosen("Anything?") == ()


@pytest.mark.parametrize(("similarity", "known"), [(0.9, True), (0.7, False)])
def test_the_gate_asks_for_nearness(similarity, known):
    hit = hit_of(FERRY, similarity=similarity)
    assert about_the_archive("How late is the ferry Aurora?", "en", [hit], lambda word: True) is known


def test_shared_words_and_names_speak_for_a_hit():
    hit = hit_of(FERRY, similarity=0.82)
    assert odds("How late is the ferry Aurora?", "en", hit) > odds("How tall is the tower Babel?", "en", hit)
    assert not about_the_archive("How late is the Titanic?", "en", [hit], lambda word: word != "Titanic")


def test_a_heading_is_no_evidence():
    text = "The ferry\n\nThe Aurora is late."
    assert all(
        isinstance(s, Sentence) and not s.heading
        for p in chosen("Is the Aurora late?", hit_of(text))
        for s in p.sentences
    )
