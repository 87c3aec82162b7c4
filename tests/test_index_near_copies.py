"""Near-copies: one story in five papers is one piece of evidence, and a different story never is."""

import json
import random
import re

import pytest
from fakes import WordEmbedding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Library
from index.store.stories import _PER_BAND
from index.text import near_copies

WORDS = re.findall(
    r"\w+",
    "harbour council engine winter budget minister valley station report bridge ferry captain union strike vote river market "
    "school doctor farmer island tunnel airport festival museum judge bank forest energy water",
)
WIRE = [
    "The ferry Aurora will return to the northern route in spring, the operator Nordlink announced on Monday.",
    "Its engines had failed twice during trials and were taken apart in the yard of Brest.",
    "Passengers who had booked for the winter get their money back, a spokeswoman said.",
    "The harbour council had asked for a smaller ship, which the union of captains opposed.",
    "Repairs cost the company 12 million euros, more than it had earned on the route since 2019.",
    "A decision on the second ferry is expected after the summer, when the new budget is voted.",
]


def story(seed, length=12):
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=14)).capitalize() + "." for _ in range(length)]


def lead(sentences, rng):
    return ["As our own correspondent has learnt from several people, this much is known so far.", *sentences[1:]]


def cut(sentences, rng):
    return [sentences[n] for n in sorted(rng.sample(range(len(sentences)), -(-2 * len(sentences) // 3)))]


def reworded(sentences, rng):
    return [
        re.sub(r"\b\w{6,}\b", lambda m: m[0] if rng.random() > 0.05 else "altered", sentence) for sentence in sentences
    ]


EDITS = st.lists(st.sampled_from([lead, cut, reworded]), max_size=2, unique=True)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), EDITS, st.integers())
def test_a_lightly_edited_copy_is_one_and_is_nominated(seed, edits, chance):
    original, rng = story(seed), random.Random(chance)
    edited = original
    for edit in edits:
        edited = edit(edited, rng)
    a, b = near_copies.shingles(" ".join(original)), near_copies.shingles("\n\n".join(edited))
    assert near_copies.are_copies(a, b) and near_copies.are_copies(b, a)
    assert set(near_copies.bands(a)) & set(near_copies.bands(b))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(10_001, 20_000), st.integers(0, 4))
def test_another_story_with_the_same_words_or_some_background_is_no_copy(seed, other, background):
    ours, theirs = story(seed), [*story(other), *story(seed)[:background]]
    assert not near_copies.are_copies(near_copies.shingles(" ".join(ours)), near_copies.shingles(" ".join(theirs)))


def add(library, folder, **articles):
    records = [
        {"id": id, "title": title, "text": "\n\n".join(text), "publisher": id} for id, (title, text) in articles.items()
    ]
    (folder / "wire.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    assert not library.add([folder / "wire.jsonl"]).failed


def found(library, question, k=8):
    return [(hit.article.id, set(hit.also_in)) for hit in library.search(question, k)]


def everywhere(library, question):
    first = library.search(question)[0]
    return {first.article.id, *first.also_in}


def test_five_papers_with_one_story_are_one_hit_that_names_all(library, tmp_path):
    add(
        library,
        tmp_path,
        afp=("Ferry returns", WIRE),
        ouest=("Aurora is back", [lead(WIRE, None)[0], *WIRE[1:]]),
        post=("Northern route reopens", WIRE[1:]),
        times=("Nordlink pays", [WIRE[4], *WIRE[:4], WIRE[5]]),
        echo=("Ferry", [sentence.replace("announced", "said") for sentence in WIRE]),
        other=("Ferry strike", story(1)),
    )
    assert everywhere(library, "How much did the repairs cost Nordlink?") == {"afp", "ouest", "post", "times", "echo"}
    hits = library.search("How much did the repairs cost Nordlink?", 20)
    assert sum("12 million" in hit.chunk.text for hit in hits) == 1


def test_a_copy_with_another_figure_is_evidence_of_its_own(library, tmp_path):
    corrected = [sentence.replace("12 million", "21 million") for sentence in WIRE]
    add(library, tmp_path, afp=("Ferry returns", WIRE), late=("Ferry returns", corrected))
    hits = library.search("How much did the repairs cost?", 20)
    costs = {hit.article.id: hit.also_in for hit in hits if "million" in hit.chunk.text}
    assert costs == {"afp": (), "late": ()}


def test_what_only_the_copy_says_is_found(library, tmp_path):
    longer = [*WIRE, "Captain Ines Moreau, who sailed the Aurora for two decades, retires in December."]
    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", longer))
    assert any("Moreau" in hit.chunk.text for hit in library.search("Which captain retires?"))


def test_many_copies_leave_room_for_the_others(library, tmp_path):
    wires = {f"paper{n}": (f"Ferry {n}", WIRE) for n in range(40)}
    add(library, tmp_path, **wires, other=("Captains", ["The union of captains of the ferry route votes on a strike."]))
    hits = found(library, "What do the captains of the ferry route oppose?")
    assert any(id == "other" for id, _ in hits) and max(len(also) for _, also in hits) == 39


def test_a_removed_copy_is_named_no_more_and_its_story_goes_on(library, tmp_path):
    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", WIRE), post=("Northern route", WIRE))
    library.remove(["afp"])
    assert everywhere(library, "How much did the repairs cost?") == {"ouest", "post"}
    add(library, tmp_path, echo=("Ferry", WIRE))
    assert everywhere(library, "How much did the repairs cost?") == {"ouest", "post", "echo"}


def test_a_copy_that_was_rewritten_is_one_no_more(library, tmp_path):
    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", WIRE))
    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", story(7)))
    assert everywhere(library, "How much did the repairs cost?") == {"afp"}


def test_a_library_from_before_is_filed_when_it_is_opened(library, tmp_path):
    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", WIRE[1:]))
    for statement in ("DROP TABLE stories", "DROP TABLE bands", "DELETE FROM facts WHERE name = 'stories'"):
        library._database._connection.execute(statement)
    library._database._connection.commit()
    library.close()
    with Library.open(library.folder, embedding=WordEmbedding(), read_only=True) as reader:
        assert reader.search("How much did the repairs cost?")
    with Library.open(library.folder, embedding=WordEmbedding()) as opened:
        assert everywhere(opened, "How much did the repairs cost?") == {"afp", "ouest"}


def test_a_filter_holds_for_the_copies_too(library, tmp_path):
    from index import Filter

    add(library, tmp_path, afp=("Ferry returns", WIRE), ouest=("Aurora is back", WIRE))
    hits = library.search("How much did the repairs cost?", filter=Filter(sources=("ouest",)))
    assert {id for hit in hits for id in (hit.article.id, *hit.also_in)} == {"ouest"}


@pytest.mark.parametrize("copies_of_one", [3, 30])
def test_what_adding_a_copy_looks_at_does_not_grow_with_its_story(library, tmp_path, copies_of_one):
    add(library, tmp_path, **{f"paper{n}": (f"Ferry {n}", WIRE) for n in range(copies_of_one)})
    read = []
    library._database._connection.set_trace_callback(lambda statement: read.append(statement))
    add(library, tmp_path, last=("Ferry", WIRE))
    assert sum("SELECT text FROM articles" in statement for statement in read) <= 1 + _PER_BAND


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([1, 2, 3, None])), max_size=10))
def test_whatever_is_added_and_removed_the_files_hold_what_is_there(tmp_path_factory, steps):
    """Articles of one text are one story, those of different texts are not, and nothing of a removed one is left."""
    folder = tmp_path_factory.mktemp("steps")
    kept = {}
    with Library.open(folder / "library", embedding=WordEmbedding()) as library:
        for id, seed in steps:
            if seed:
                add(library, folder, **{id: (f"Story {id}", story(seed))})
                kept[id] = seed
            elif kept.pop(id, None):
                library.remove([id])
        members = library._database.copies(sorted(kept))
        for id, seed in kept.items():
            same = {other for other, text in kept.items() if text == seed}
            assert set(members.get(id, [id])) == same
        counted = library._database._rows(
            "SELECT count(DISTINCT article) FROM bands UNION ALL SELECT count(*) FROM stories"
        )
        assert [n for (n,) in counted] == [len(kept)] * 2
