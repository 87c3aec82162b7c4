"""Fusing two searches, folding copies, joining what stands side by side, and room for every language."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, Chunk, Hit
from index.search.fusion import balance, fold_copies, fused, in_turn, joined, lift, name_copies

WIDTH = 300
TEXTS = {id: "".join(f"{id}{n}".ljust(WIDTH, ".") for n in range(12)) for id in "abc"}


def hit_of(id, n, similarity=0.8, also_in=()):
    article = Article(id, "A report", TEXTS[id], "en", "test")
    start, end = n * WIDTH, (n + 1) * WIDTH
    chunk = Chunk(f"{id}-{n}", id, n, start, end, article.text[start:end])
    return Hit(chunk, article, 0.0, similarity, also_in)


def scored(hit, score):
    return replace(hit, score=score)


def told(id, *paragraphs, language="en", similarity=0.8):
    """Hits at every paragraph of an article."""
    text, hits = "\n\n".join(paragraphs), []
    article = Article(id, "A report", text, language, "test")
    for n, paragraph in enumerate(paragraphs):
        start = text.index(paragraph, hits[-1].chunk.end if hits else 0)
        end = start + len(paragraph)
        hits.append(Hit(Chunk(f"{id}-{n}", id, n, start, end, paragraph), article, 0.0, similarity))
    return hits


def order(hits):
    return [hit.chunk.id for hit in hits]


places = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 11)), unique=True, max_size=20)


def test_shared_words_decide_between_two_that_are_as_near():
    assert order(fused([hit_of("a", 1), hit_of("b", 1)], {"b-1": 7.5})) == ["b-1", "a-1"]


def test_words_do_not_outweigh_what_is_much_nearer():
    assert order(fused([hit_of("a", 1, 0.95), hit_of("b", 1, 0.8)], {"b-1": 7.5})) == ["a-1", "b-1"]


def test_a_chunk_beside_one_that_fits_counts_for_more():
    hits = [hit_of("a", 1), hit_of("a", 7), hit_of("a", 8, 0.85)]
    assert order(fused(hits, {})) == ["a-8", "a-7", "a-1"]
    pairs = [hit_of("a", n) for n in (1, 2, 7, 8)]
    assert order(fused(pairs, {"a-8": 7.5})) == ["a-8", "a-7", "a-1", "a-2"]


def test_a_chunk_of_an_article_that_is_near_as_a_whole_counts_for_more():
    assert order(fused([hit_of("a", 1), hit_of("b", 1), hit_of("b", 9, 0.9)], {})) == ["b-9", "b-1", "a-1"]


def test_what_is_preferred_is_lifted_and_equal_scores_are_ordered_by_similarity():
    hits = [hit_of("a", 1), hit_of("b", 1, 0.9), hit_of("c", 1)]
    assert order(lift(hits, lambda hit: False)) == ["b-1", "a-1", "c-1"]
    assert order(lift(hits, lambda hit: hit.article.id == "c")) == ["c-1", "b-1", "a-1"]


def test_sides_take_turns_and_the_better_begins():
    one, other = [scored(hit_of("a", 1), 0.5)], [scored(hit_of("b", n), 0.9 - n) for n in (0, 1)]
    assert order(in_turn([one, [], other])) == ["b-0", "a-1", "b-1"]


def test_nothing_found_is_nothing_fused():
    assert fused([], {}) == [] and joined([], 3) == []


@given(places)
def test_fusing_keeps_every_hit_and_does_not_depend_on_the_order_it_came_in(found):
    hits = [hit_of(id, n, 0.7 + 0.01 * n) for id, n in found]
    ordered = fused(hits, {"a-3": 2.0})
    assert sorted(order(ordered)) == sorted(order(hits))
    assert order(ordered) == order(fused(hits[::-1], {"a-3": 2.0}))
    assert sorted(order(lift(ordered, lambda hit: hit.article.id == "b"))) == sorted(order(hits))


def test_neighbours_are_one_hit_with_the_place_and_the_id_of_the_better():
    (first, second) = joined([hit_of("a", 5, 0.8), hit_of("b", 2), hit_of("a", 4, 0.9)], 5)
    assert (first.chunk.id, first.chunk.start, first.chunk.end) == ("a-5", 4 * WIDTH, 6 * WIDTH)
    assert first.similarity == 0.9 and second.chunk.id == "b-2"


def test_a_joined_hit_stays_short():
    assert [hit.chunk.end - hit.chunk.start for hit in joined([hit_of("a", n) for n in (4, 5, 6)], 5)] == [600, 300]


def test_only_papers_that_have_both_chunks_are_named():
    (hit,) = joined([hit_of("a", 1, also_in=("x", "y")), hit_of("a", 2, also_in=("y", "z"))], 5)
    assert hit.also_in == ("y",)


def test_once_there_are_enough_the_rest_is_left_as_it_was():
    runs = joined([hit_of("a", 1), hit_of("b", 1), hit_of("c", 1), hit_of("a", 2)], 2)
    assert order(runs) == ["a-1", "b-1", "c-1", "a-2"]
    assert {run.chunk.end - run.chunk.start for run in runs} == {WIDTH}


@given(places, st.integers(1, 8))
def test_joining_loses_no_text_and_tells_the_truth(found, k):
    hits = [hit_of(id, n) for id, n in found]
    runs = joined(hits, k)
    covered = {(run.article.id, at) for run in runs for at in range(run.chunk.start, run.chunk.end)}
    assert covered == {(hit.article.id, at) for hit in hits for at in range(hit.chunk.start, hit.chunk.end)}
    assert sum(run.chunk.end - run.chunk.start for run in runs) == len(covered)
    assert all(run.chunk.text == run.article.text[run.chunk.start : run.chunk.end] for run in runs)


# Copies

FERRY = "The ferry Aurora will return to the northern route in spring, the operator Nordlink announced on Monday."
YARD = "Its engines had failed twice during trials and were taken apart in the yard of Brest by three firms."
UNION = "The union of captains opposed a smaller ship that the harbour council had asked for in the winter."


def folded(*hits, story=""):
    return [(hit.chunk.id, hit.also_in) for hit in fold_copies(hits, dict.fromkeys(story, tuple(story)))]


def test_nearly_the_same_words_are_folded_into_the_first_and_half_the_same_are_not():
    assert folded(*told("a", FERRY), *told("b", FERRY)) == [("a-0", ("b",))]
    assert folded(*told("a", f"{FERRY} {YARD}"), *told("b", f"{FERRY} {UNION}")) == [("a-0", ()), ("b-0", ())]


def test_what_an_article_repeats_is_no_copy_of_itself():
    hits = told("a", FERRY, FERRY)
    assert folded(*hits) == [("a-0", ()), ("a-1", ())]
    assert name_copies(hits[0], [hits[0].article, told("b", YARD, FERRY)[0].article]).also_in == ("b",)


def test_of_one_story_only_what_is_new_in_a_copy_stays():
    first, copy = told("a", FERRY, YARD), told("b", f"{FERRY} {YARD}", UNION)
    assert folded(*first, *copy, story="ab") == [("a-0", ()), ("a-1", ()), ("b-1", ())]
    assert len(folded(*first, *copy)) == 4


# Languages


def pool(*found):
    return [told(f"{language}{n}", FERRY, language=language, similarity=s)[0] for n, (language, s) in enumerate(found)]


@pytest.mark.parametrize(
    ("found", "k", "languages"),
    [
        ([*[("en", 0.9)] * 8, *[("fr", 0.85)] * 3], 8, "en en en en en en fr fr"),
        ([*[("en", 0.9)] * 8, *[("fr", 0.83)] * 3], 8, "en en en en en en en en"),
        ([*[("en", 0.9)] * 3, ("de", 0.9), ("fr", 0.9)], 4, "en en de fr"),
        ([*[("en", 0.9)] * 3, ("fr", 0.9)], 3, "en en fr"),
        ([("en", 0.9), ("fr", 0.2)], 4, "en fr"),
        ([], 4, ""),
    ],
    ids=["a quarter", "far behind", "not from another's share", "one of three", "fewer than asked for", "nothing"],
)
def test_every_language_with_something_near_has_a_quarter(found, k, languages):
    assert " ".join(hit.article.language for hit in balance(pool(*found), k)) == languages
