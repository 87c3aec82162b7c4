"""Fusing two searches, and joining what stands side by side."""

from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, Chunk, Hit
from index.search.fusion import fused, joined, lift

WIDTH = 300
TEXTS = {id: "".join(f"{id}{n}".ljust(WIDTH, ".") for n in range(12)) for id in "abc"}


def hit_of(id, n, similarity=0.8, also_in=()):
    article = Article(id, "A report", TEXTS[id], "en", "test")
    start, end = n * WIDTH, (n + 1) * WIDTH
    chunk = Chunk(f"{id}-{n}", id, n, start, end, article.text[start:end])
    return Hit(chunk, article, 0.0, similarity, also_in)


def order(hits):
    return [hit.chunk.id for hit in hits]


places = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 11)), unique=True, max_size=20)


def test_shared_words_decide_between_two_that_are_as_near():
    assert order(fused([hit_of("a", 1), hit_of("b", 1)], {"b-1": 7.5})) == ["b-1", "a-1"]


def test_words_do_not_outweigh_what_is_much_nearer():
    assert order(fused([hit_of("a", 1, 0.95), hit_of("b", 1, 0.8)], {"b-1": 7.5})) == ["a-1", "b-1"]


def test_a_chunk_beside_one_that_fits_counts_for_more():
    hits = [hit_of("a", 1, 0.85), hit_of("a", 2, 0.8), hit_of("a", 7, 0.8)]
    assert order(fused(hits, {})) == ["a-1", "a-2", "a-7"]


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


@given(places, st.integers(1, 8))
def test_joining_loses_no_text_and_tells_the_truth(found, k):
    hits = [hit_of(id, n) for id, n in found]
    runs = joined(hits, k)
    covered = {(run.article.id, at) for run in runs for at in range(run.chunk.start, run.chunk.end)}
    assert covered == {(hit.article.id, at) for hit in hits for at in range(hit.chunk.start, hit.chunk.end)}
    assert sum(run.chunk.end - run.chunk.start for run in runs) == len(covered)
    assert all(run.chunk.text == run.article.text[run.chunk.start : run.chunk.end] for run in runs)
