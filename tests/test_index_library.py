"""The library through its front door: adding, changing, removing, searching, and refusing what would spoil it."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from conftest import EXAMPLES
from fakes import WordEmbedding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Filter, Library
from index.errors import (
    DamagedLibraryError,
    EmbeddingMismatchError,
    LibraryError,
    LibraryLockedError,
    ModelError,
    QuestionError,
    UnknownArticleError,
)
from index.store.rebuild import rebuild_library

FERRY = "The ferry Aurora was delayed by five months.\n\nIts operator Nordlink blamed the engines."
BRIDGE = "Le pont de Valmont coûtera 40 millions d'euros.\n\nLa ministre Claire Vidal l'a confirmé."


def write(folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return folder


def test_adding_again_changes_nothing_and_embeds_nothing(library, tmp_path):
    folder = write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)
    assert len(library.add([folder]).added) == 2
    before = len(library.embedding.embedded)
    report = library.add([folder])
    assert (report.added, report.updated, len(report.unchanged)) == ((), (), 2)
    assert len(library.embedding.embedded) == before


def test_a_changed_file_replaces_its_article(library, tmp_path):
    folder = write(tmp_path / "news", ferry=FERRY)
    library.add([folder])
    write(folder, ferry=FERRY.replace("five months", "nine months"))
    report = library.add([folder])
    assert len(report.updated) == 1 and len(library.articles()) == 1
    assert "nine months" in library.articles()[0].text
    assert all("five months" not in hit.chunk.text for hit in library.search("How long was the ferry delayed?"))


def test_search_can_be_kept_to_chosen_articles(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)])
    ferry, bridge = sorted(library.articles(), key=lambda article: "ferry" not in article.text)
    assert library.search("the delayed ferry Aurora")[0].article == ferry
    assert {
        hit.article for hit in library.search("the delayed ferry Aurora", filter=Filter(articles=(bridge.id,)))
    } == {bridge}
    assert library.search("the delayed ferry Aurora", filter=Filter(articles=())) == []
    assert library.search("the delayed ferry Aurora", filter=Filter(articles=("unknown",))) == []


def test_an_email_is_an_e_mail_in_both_languages(library, tmp_path):
    library.add([write(tmp_path / "news", a="He sent an e-mail to the port.", b="Il a lu le courriel, puis l’e‑mail.")])
    assert library.occurs("email") and library.occurs("E-Mail") and not library.occurs("mail")


def test_what_was_removed_is_found_no_more(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)])
    ferry = next(article for article in library.articles() if "ferry" in article.text)
    library.remove([ferry.id])
    assert [article.language for article in library.articles()] == ["fr"]
    assert all(hit.article.id != ferry.id for hit in library.search("ferry Aurora Nordlink"))
    assert not library.occurs("Nordlink")
    with pytest.raises(UnknownArticleError, match=ferry.id):
        library.article(ferry.id)


def test_removing_an_unknown_article_removes_none(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY)])
    with pytest.raises(UnknownArticleError):
        library.remove([library.articles()[0].id, "nobody"])
    assert len(library.articles()) == 1


def test_the_good_are_kept_and_the_bad_are_named(library, tmp_path):
    folder = write(tmp_path / "news", ferry=FERRY, empty="")
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\xff" * 50)
    (folder / "lines.jsonl").write_text(json.dumps({"id": "b1", "text": BRIDGE}) + "\n{broken\n", "utf-8")
    report = library.add([folder, tmp_path / "missing"])
    assert len(report.added) == 2 and {a.id for a in library.articles()} >= {"b1"}
    named = [failure.source for failure in report.failed]
    assert len(named) == 4
    assert any(name.endswith("lines.jsonl:2") for name in named) and any("missing" in name for name in named)


def test_chunks_and_sentences_are_cut_from_the_text(example_library):
    for article in example_library.articles():
        for sentence in example_library.sentences(article):
            assert article.text[sentence.start : sentence.end] == sentence.text
        for hit in example_library.search(article.title):
            assert hit.article.text[hit.chunk.start : hit.chunk.end] == hit.chunk.text


def test_search_reaches_both_languages(example_library):
    for question in ("How long was the Roadster delayed?", "Combien de temps la Roadster a-t-elle été retardée ?"):
        assert {hit.article.language for hit in example_library.search(question, k=6)} == {"en", "fr"}


def test_search_finds_the_same_without_chroma(example_library):
    with Library.open(example_library.folder, read_only=True) as reader:
        for question in ("Who cancelled his reservation?", "En quelle année Musk a-t-il poursuivi OpenAI ?"):
            ours, theirs = ([hit.chunk.id for hit in each.search(question)] for each in (example_library, reader))
            assert ours == theirs


def test_a_second_writer_is_told_who_holds_the_library_and_a_reader_gets_in(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY)])
    code = (
        "import sys\nfrom index import Library\nfrom index.errors import LibraryLockedError\nfrom fakes import WordEmbedding\n"
        "try: Library.open(sys.argv[1])\nexcept LibraryLockedError as error: print(error)\n"
        "with Library.open(sys.argv[1], embedding=WordEmbedding(), read_only=None) as l: print(len(l.search('ferry delay')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(library.folder)], capture_output=True, text=True, cwd="tests", timeout=120
    )
    refused, found = done.stdout.splitlines()
    assert "in use by process" in refused and int(found) >= 1


def test_another_embedding_of_the_same_dimension_is_refused(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY)])
    library.close()
    with pytest.raises(EmbeddingMismatchError, match="rebuild"):
        Library.open(library.folder, embedding=WordEmbedding(model_name="other-256"))
    Library.open(library.folder, embedding=WordEmbedding()).close()


def test_rebuilding_changes_the_embedding_and_nothing_else(library, tmp_path):
    library.add([write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)])
    before = library.articles()
    library.remember_entries({"a feed's entry that was removed since"})
    library.close()
    other = WordEmbedding(model_name="other-256")
    assert rebuild_library(library.folder, other) == 2
    with Library.open(library.folder, embedding=other) as rebuilt:
        assert rebuilt.articles() == before
        assert rebuilt.entries() == {"a feed's entry that was removed since"}
        assert "Aurora" in rebuilt.search("ferry Aurora")[0].chunk.text


@pytest.mark.parametrize("damage", ["folder gone", "index gone", "database emptied"])
def test_damaged_vectors_are_rebuilt_from_the_database(library, tmp_path, damage, caplog):
    library.add([write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)])
    library.close()
    chroma = library.folder / "chroma"
    if damage == "folder gone":
        shutil.rmtree(chroma)
    elif damage == "index gone":
        for segment in chroma.glob("*-*"):
            shutil.rmtree(segment)
    else:
        (chroma / "chroma.sqlite3").write_bytes(b"")
    with Library.open(library.folder, embedding=WordEmbedding()) as opened:
        assert "Aurora" in opened.search("ferry Aurora delayed")[0].chunk.text
    if damage != "index gone":  # Few vectors are still in Chroma's own log and survive the loss of their index.
        assert "rebuilt" in caplog.text


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "library.db").write_bytes(b"not a database, and long enough to be looked at" * 10)
    with pytest.raises(DamagedLibraryError, match=r"library\.db"):
        Library.open(tmp_path)


def test_reading_where_there_is_no_library_says_what_to_do(tmp_path):
    with pytest.raises(LibraryError, match="onrecord add"):
        Library.open(tmp_path / "nowhere", read_only=True)


def test_a_reader_cannot_write(library, tmp_path):
    with Library.open(library.folder, read_only=True) as reader, pytest.raises(LibraryLockedError):
        reader.add([tmp_path])


def test_an_empty_question_is_refused(library):
    with pytest.raises(QuestionError):
        library.search("  ")


@pytest.mark.parametrize(
    "row",
    [[0.0] * 256, [float("nan")] * 256, [float("inf")] * 256, [1.0] * 255],
    ids=["zero", "not a number", "infinite", "short"],
)
def test_a_bad_vector_stores_nothing_and_finds_nothing(library, tmp_path, row, monkeypatch):
    library.add([write(tmp_path / "news", ferry=FERRY)])
    monkeypatch.setattr(WordEmbedding, "_vector", lambda self, text: row)
    with pytest.raises(ModelError, match="nothing was stored"):
        library.add([write(tmp_path / "more", bridge=BRIDGE)])
    assert len(library.articles()) == 1
    with pytest.raises(ModelError):
        library.search("How late is the ferry?")


def test_an_embedding_of_another_size_or_length_under_the_same_name_is_refused_or_harmless(
    library, tmp_path, monkeypatch
):
    vector = WordEmbedding._vector
    library.add([write(tmp_path / "news", ferry=FERRY, bridge=BRIDGE)])
    before = [hit.chunk.id for hit in library.search("the delayed ferry")]
    monkeypatch.setattr(WordEmbedding, "_vector", lambda self, text: [7 * number for number in vector(self, text)])
    assert [hit.chunk.id for hit in library.search("the delayed ferry")] == before
    monkeypatch.setattr(WordEmbedding, "_vector", lambda self, text: vector(self, text)[:128])
    with pytest.raises(ModelError, match="onrecord rebuild"):
        library.search("the delayed ferry")


def test_identical_stories_are_one_hit_that_names_the_other(library, tmp_path):
    records = [{"id": f"paper-{n}", "title": "Ferry late", "text": FERRY, "publisher": f"Paper {n}"} for n in (1, 2)]
    path = tmp_path / "wire.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    library.add([path])
    first = library.search("How long was the ferry Aurora delayed?")[0]
    assert {first.article.id, *first.also_in} == {"paper-1", "paper-2"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([FERRY, BRIDGE, FERRY + "\n\n" + BRIDGE, ""])), max_size=8
    )
)
def test_whatever_is_added_and_removed_both_indexes_agree(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("steps")
    kept = {}
    with Library.open(folder / "library", embedding=WordEmbedding()) as library:
        for id, text in steps:
            if text:
                (folder / "one.jsonl").write_text(json.dumps({"id": id, "text": text}), "utf-8")
                library.add([folder / "one.jsonl"])
                kept[id] = text
            elif id in kept:
                library.remove([id])
                del kept[id]
        assert {article.id: article.text for article in library.articles()} == kept
        found = library._database.all_vectors()[0]
        assert library._vectors.writable().ids() == set(found) and len(found) == len(set(found))


def test_readers_who_come_first_together_open_the_vectors_once(tmp_path, caplog):
    embedding = WordEmbedding()
    with Library.open(tmp_path / "library", embedding=embedding) as library:
        library.add([EXAMPLES])
    with Library.open(tmp_path / "library", embedding=embedding) as library, ThreadPoolExecutor(8) as readers:
        together = Barrier(8)

        def ask(n):
            together.wait()
            return library.search(f"Roadster {n}")

        assert all(readers.map(ask, range(8)))
        assert not caplog.records
