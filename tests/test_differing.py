"""Articles that give other figures or dates than the answer does: shown beside it, and nothing else is."""

import json

import pytest
from fakes import ScriptedLLM, WordEmbedding

from index import Library
from index.articles import Article, Chunk, Hit
from index.sentences import sentences_of
from rag import compose, open_assistant
from rag.answer import Answer, Citation, Claim, Models
from rag.differing import rivals
from rag.evidence import Passage, alone
from rag.ranking import ranked
from rag.speakers import speakers_of

KILLED = "How many people were killed in the fire at Harrow Mill?"
TWELVE = ("gazette", "en", "Twelve people were killed in the fire at Harrow Mill, the police said.")


def hit_of(id, language, text):
    article = Article(id, "News of the day", text, language, "test")
    return Hit(Chunk(f"{id}-0", id, 0, 0, len(text), text), article, 1.0, 0.9)


def others(question, *articles):
    """The ids of the articles that say otherwise, where the answer is the first sentence of the first one."""
    hits = [hit_of(*article) for article in articles]
    candidates = ranked(question, hits, sentences_of, WordEmbedding(floor=1.0))
    key = next(c for c in candidates if c.hit.article.id == articles[0][0] and c.sentence.n == 0)
    passage, sentence = alone(key)
    citation = Citation(
        1, passage.article.id, "", None, None, None, None, "en", sentence.text, sentence.start, sentence.end
    )
    claim = Claim(sentence.text, 0, len(sentence.text), (1,), True)
    answer = Answer(question, question, "en", "answered", sentence.text, Models("none", "words"), (claim,), (citation,))
    return [rival.hit.article.id for rival in rivals(answer, candidates, WordEmbedding(floor=1.0))]


@pytest.mark.parametrize(
    "text",
    [
        "Fifteen people were killed in the fire at Harrow Mill, the fire service said.",
        "The fire at Harrow Mill has killed 15 people.",
    ],
)
def test_another_count_of_the_same_is_found(text):
    assert others(KILLED, TWELVE, ("wire", "en", text)) == ["wire"]


@pytest.mark.parametrize(
    "text",
    [
        "12 people were killed in the fire at Harrow Mill.",
        "Eighty firefighters fought the fire at Harrow Mill.",
        "In 2019 a fire at Harrow Mill killed nobody.",
        "Fifteen people were killed in a flood at Denby.",
        "Fifteen people were killed in the fire at Harrow Mill. No, twelve people were killed in the fire at Harrow Mill.",
    ],
    ids=["the same in digits", "something else", "a year", "another event", "the article has both"],
)
def test_what_does_not_contradict_is_left_out(text):
    assert others(KILLED, TWELVE, ("wire", "en", text)) == []


def test_the_same_article_does_not_contradict_itself():
    assert (
        others(KILLED, (*TWELVE[:2], TWELVE[2] + " Fifteen people were killed in the fire at Harrow Mill, he said."))
        == []
    )


def test_a_rounded_figure_is_the_same():
    exact = ("gazette", "en", "The fire at Harrow Mill destroyed 12,345 coats.")
    assert (
        others(
            "How many coats did the fire at Harrow Mill destroy?", exact, ("wire", "en", exact[2].replace("345", "000"))
        )
        == []
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "differ"),
    [
        ("in June 2027", "in October 2027", True),
        ("in June 2027", "in June 2028", True),
        ("in June 2027", "in 2027", False),
        ("in June 2027", "in June", False),
    ],
)
def test_dates_must_agree_in_what_both_give(mine, theirs, differ):
    articles = [(id, "en", f"The mill will reopen {when}.") for id, when in (("a", mine), ("b", theirs))]
    assert others("When will the mill reopen?", *articles) == (["b"] if differ else [])


@pytest.mark.parametrize(
    "replies", [(), ("Twelve people were killed in the fire at Harrow Mill.",)], ids=["none", "model"]
)
def test_both_versions_are_shown_with_their_sources(tmp_path, replies):
    (tmp_path / "a.jsonl").write_text(
        '{"id": "a", "title": "Fire", "publisher": "Calder Gazette", "published": "2026-03-02", "text": "Twelve people were '
        'killed in the fire at Harrow Mill."}\n'
        '{"id": "b", "title": "Fire", "publisher": "North Wire", "published": "2026-03-04", "text": "Fifteen people were '
        'killed in the fire at Harrow Mill, officials now say."}',
        "utf-8",
    )
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([tmp_path / "a.jsonl"])
        answer = open_assistant(library, ScriptedLLM(script=[*replies]) if replies else "none").ask(KILLED)
        assert answer.status == "conflict"
        assert {citation.publisher for citation in answer.citations} == {"Calder Gazette", "North Wire"}
        assert (
            "But North Wire says: “Fifteen people" in answer.text or "But Calder Gazette says: “Twelve" in answer.text
        )
        for claim in answer.claims:
            assert answer.text[claim.start : claim.end] == claim.text


@pytest.mark.parametrize(
    "replies", [(), ("The stadium of Kerloc will cost 12 million euros.",) * 5], ids=["none", "model"]
)
def test_one_invented_story_however_often_it_is_printed_is_one_voice_against_the_others(tmp_path, replies):
    true = ["The stadium of Kerloc will cost 12 million euros, the mayor said on Monday.",
            "Kerloc council heard that the stadium of Kerloc will cost 12 million euros.",
            "According to the budget the stadium of Kerloc will cost 12 million euros in all."]  # fmt: skip
    invented = [
        "The stadium of Kerloc will cost 99 million euros, it was revealed. Everybody in the town is angry about it."
    ] * 5
    told = [
        {"id": f"{n}", "title": f"Stadium {n}", "publisher": f"Paper {n}", "text": text}
        for n, text in enumerate(true + invented)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, told)), "utf-8")
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([tmp_path / "a.jsonl"])
        llm = ScriptedLLM(script=[*replies]) if replies else "none"
        answer = open_assistant(library, llm).ask("How much will the stadium of Kerloc cost?")
    assert answer.status == "conflict" and "12 million" in answer.text and "99 million" in answer.text
    assert [len(citation.also_in) for citation in answer.citations if "99" in citation.quote] == [4]


MARCHED = "How many people marched in Lyon?"


def article_says(*sentences):
    return others(MARCHED, ("gazette", "en", " ".join(sentences)))


def test_two_parties_of_one_article_stand_against_each_other():
    police = "12,000 people marched in Lyon on Saturday, the police said."
    assert article_says(police, "40,000 people marched in Lyon on Saturday, the unions said.") == ["gazette"]
    assert article_says(police, "According to the unions 40,000 people marched in Lyon on Saturday.") == ["gazette"]


@pytest.mark.parametrize(
    "other",
    [
        "40,000 people marched in Lyon on Saturday.",
        "40,000 people marched in Lyon on Sunday, the police said.",
        "About 12,000 people marched in Lyon on Saturday, the unions said.",
    ],
    ids=["nobody speaks", "the same party", "the same figure"],
)
def test_one_party_does_not_contradict_itself(other):
    assert article_says("12,000 people marched in Lyon on Saturday, the police said.", other) == []


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("The ferry is late, the operator said.", {"operator"}),
        ("According to Nordlink the ferry is late.", {"nordlink", "ferry"}),
        ("Les syndicats ont compté 40 000 manifestants.", {"syndicats"}),
        ("Selon la préfecture, ils étaient 12 000.", {"prefecture"}),
        ("The ferry is five months late.", set()),
    ],
)
def test_who_speaks_is_read_from_the_sentence(sentence, named):
    assert speakers_of(sentence) == named


def test_a_sentence_that_stands_against_the_answer_is_not_quoted_beside_it_too():
    text = "The works cost 61 million euros, the mayor said. The works cost 48 million euros, the union said."
    article = Article("bridge", "The bridge", text, "en", "test")
    first, second = ((Passage(1, article, (sentence,), 0.9), sentence) for sentence in sentences_of(article))
    asked = Answer("How much?", "How much?", "en", "draft", "", Models("none", "words"))
    both = compose.beside(compose.quoted(asked, first), second)
    answer = compose.against(both, [second])
    assert answer.status == "conflict" and len(answer.citations) == len(answer.claims) == 2
    assert answer.text == (
        "The articles say: “The works cost 61 million euros, the mayor said.” [1]. But the same article says: "
        "“The works cost 48 million euros, the union said.” [2]."
    )
    assert all(answer.text[claim.start : claim.end] == claim.text for claim in answer.claims)
