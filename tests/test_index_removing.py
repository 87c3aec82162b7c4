"""What was removed is gone from every byte of the library's folder, while it is open and once it is closed."""

import ctypes
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from conftest import ROOT
from fakes import WordEmbedding
from page_fakes import DELAY_EN, DELAYED, ENGLISH, FORD, PAID, YEAR_EN, ScriptedAssistant, answers, finished

from index import Library
from index.errors import LibraryLockedError, UnknownArticleError
from index.store.backup import back_up, backups_with
from rag.answer import Citation
from ui.chat.actions import act
from ui.chat.session import Desk, Session
from ui.conversations import Conversations
from ui.removing import remove_everywhere
from ui.server.shared_assistant import SharedAssistant

SECRET = "The quuxbaron whispered to Melvyrn that the grobnix of Ostrelund had sunk."
WORDS = ("quuxbaron", "Melvyrn", "grobnix", "Ostrelund", "ostrelund", "Zanzipaper", "melvyrn")
ANSWERS = {answer.question: answer for answer in answers()}


def records(path, *articles):
    path.write_text("\n".join(json.dumps(article) for article in articles), "utf-8")
    return path


def others(count):
    return [
        {"id": f"s{n}", "title": f"Story {n}", "text": f"The ferry number {n} was late again.\n\nSo was ferry {n + 1}."}
        for n in range(count)
    ]


def secret(text=SECRET, **more):
    return {"id": "secret", "title": "A tale", "publisher": "Zanzipaper", "text": text, **more}


def traces(folder, words=WORDS):
    """Where in the library's folder any of the words stands, byte by byte."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert any(path.name == "library.db" for path in files)
    return [(path.name, word) for path in files for word in words if word.encode() in path.read_bytes()]


def quoting(article, quote):
    start = article.text.index(quote)
    citation = Citation(
        1, article.id, article.title, article.publisher, None, article.url, None, "en", quote, start, start + len(quote)
    )
    return finished("Who whispered?", f"{quote} [1].", [citation])


@pytest.fixture
def folder(tmp_path):
    """A closed library with a secret among other articles, and a conversation that quotes it."""
    with Library.open(tmp_path / "library", embedding=WordEmbedding()) as library:
        library.add([records(tmp_path / "a.jsonl", *others(20), secret(), *others(40)[20:])])
        with closing(Conversations(library.folder / "conversations.db")) as kept:
            kept.keep("ann", "", quoting(library.article("secret"), SECRET))
    assert {name for name, _ in traces(tmp_path / "library")} == {"library.db", "conversations.db"}
    return tmp_path / "library"


def test_a_removed_article_leaves_no_trace_while_the_library_is_open_or_closed(folder):
    with (
        Library.open(folder, embedding=WordEmbedding()) as library,
        closing(Conversations(folder / "conversations.db")) as kept,
        Library.open(folder, embedding=WordEmbedding(), read_only=True) as reader,
    ):
        assert reader.search("quuxbaron")[0].article.id == "secret"
        removed = remove_everywhere(library, kept, ["secret"], "court order 12")
        assert traces(folder) == [] and (removed.ids, removed.answers, removed.copies) == (("secret",), 1, ())
        assert not reader.occurs("quuxbaron") and len(reader.articles()) == 40
        (heading,) = kept.headings("ann")
        (entry,) = kept.entries("ann", heading.id)
        assert entry.answer.question == "Who whispered?" and "was removed on" in entry.answer.text
        assert not (entry.answer.citations or entry.answer.claims or entry.answer.closest)
        (record,) = reader.removals()
        assert (record.id, record.title, record.reason) == ("secret", "A tale", "court order 12")
    assert traces(folder) == []


def test_the_command_removes_as_much(folder):
    command = [sys.executable, "-m", "ui", "--library", str(folder), "remove", "secret"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "Removed 1 article.\nKept answers that quoted it and were emptied: 1.\n", ""
    )  # fmt: skip
    assert traces(folder) == []


def test_nothing_stays_of_earlier_versions_either(folder, tmp_path):
    with Library.open(folder, embedding=WordEmbedding()) as library:
        library.add([records(tmp_path / "b.jsonl", secret("Nobody said anything at all."))])
        assert len(library.articles()) == 41 and SECRET in library.versions("secret")[0].article.text
        with closing(Conversations(folder / "conversations.db")) as kept:
            remove_everywhere(library, kept, ["secret"])
    assert traces(folder) == []


def test_a_removal_names_the_backups_that_still_hold_the_article_or_a_version_of_it(folder, tmp_path):
    back_up(folder, tmp_path / "old.onrecord")
    with (
        Library.open(folder, embedding=WordEmbedding()) as library,
        closing(Conversations(folder / "conversations.db")) as kept,
    ):
        library.add([records(tmp_path / "b.jsonl", secret("Nobody said anything at all."))])
        back_up(folder, tmp_path / "new.onrecord")
        back_up(folder, tmp_path / "deleted.onrecord")
        (tmp_path / "deleted.onrecord").unlink()
        version = library.versions("secret")[0].article.id
        named = remove_everywhere(library, kept, [version], "").copies
        assert [(holder.path.name, holder.read) for holder in named] == [("old.onrecord", True), ("new.onrecord", True)]
        back_up(folder, tmp_path / "clean.onrecord")
        assert backups_with(folder, ["secret"]) == named and {version, "secret"} == {
            gone.id for gone in library.removals()
        }
        assert "is back" in library.add([tmp_path / "b.jsonl"]).outcomes[0].notes[0]


def test_a_removal_goes_on_past_damaged_conversations_and_names_them(folder):
    path = folder / "conversations.db"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE answers SET answer = '{'")
    with Library.open(folder, embedding=WordEmbedding()) as library, closing(Conversations(path)) as kept:
        assert [holder.path for holder in remove_everywhere(library, kept, ["secret"]).copies] == [path]
    path.write_bytes(b"no database, " * 1000)
    command = [sys.executable, "-m", "ui", "--library", str(folder), "remove", "s0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and f"{path} (not readable now: it may have it)" in done.stdout
    assert "Traceback" not in done.stderr and "conversations.db" in done.stderr


def test_what_a_reader_may_not_remove_is_not_forgotten(folder):
    with (
        Library.open(folder, embedding=WordEmbedding(), read_only=True) as reader,
        closing(Conversations(folder / "conversations.db")) as kept,
    ):
        with pytest.raises(LibraryLockedError):
            remove_everywhere(reader, kept, ["secret"])
        with pytest.raises(UnknownArticleError):
            remove_everywhere(reader, kept, ["secret", "nobody"])
        assert len(kept.headings("ann")) == 1


def test_answers_that_quote_a_removed_article_in_any_version_are_emptied_and_no_others(tmp_path):
    with closing(Conversations(tmp_path / "conversations.db")) as kept:
        page = replace(ENGLISH, url="https://paper.example/roadster")
        cited = kept.keep("ann", "", ANSWERS[DELAY_EN])
        theirs = replace(DELAYED, article_id="x", title="Y")
        other = kept.keep("ann", cited.conversation, finished("Ferry?", "Late [1].", [theirs]))
        kept.keep("bob", "", ANSWERS[FORD], ["en1"])
        earlier = replace(DELAYED, article_id="before", url=page.url, title="An earlier headline")
        kept.keep("cid", "", finished("When?", "Late [1].", [earlier]))
        near = replace(DELAYED, article_id="before", title=page.title, publisher=page.publisher, url=page.url)
        kept.keep("dan", "", finished("What?", "Nothing is said of it.", [], "not_found", closest=(near,)))
        elsewhere = replace(DELAYED, article_id="stays", url=page.url, title="Of one section page")
        stays = kept.keep("eve", "", finished("Where?", "There [1].", [elsewhere]))
        assert kept.empty([page], ["stays"]) == 4
        first, second = kept.entries("ann", cited.conversation)
        assert second == other and kept.entries("eve", stays.conversation) == [stays]
        left = [first, *(kept.entries(owner, kept.headings(owner)[0].id)[0] for owner in ("bob", "cid", "dan"))]
        assert all("was removed on" in e.answer.text and not e.answer.citations + e.answer.closest for e in left)


def test_the_page_shows_a_removed_articles_answers_no_longer():
    desk = Desk(SharedAssistant(ScriptedAssistant()), Conversations(":memory:"))
    first = desk.kept.keep("ann", "", ANSWERS[DELAY_EN])
    session = Session("ann", conversation=first.conversation)
    assert "Removed: " in act(desk, session, {"do": "remove", "article": "bad"}).parts["notice"]
    assert len(desk.kept.entries("ann", first.conversation)) == 1
    view = act(desk, session, {"do": "remove", "article": "en1"})
    assert "was removed on" in view.parts["answer"] and "Removed: " in view.parts["notice"]
    assert "7.5" not in view.parts["answer"] + view.parts["sources"] and DELAY_EN in view.parts["rail"]


def test_what_is_left_of_a_conversation_stays_on_the_page():
    desk = Desk(SharedAssistant(ScriptedAssistant()), Conversations(":memory:"))
    first = desk.kept.keep("ann", "", ANSWERS[YEAR_EN])
    desk.kept.keep("ann", first.conversation, ANSWERS[PAID])
    cited = {citation.article_id for citation in ANSWERS[YEAR_EN].citations}
    (gone,) = {citation.article_id for citation in ANSWERS[PAID].citations} - cited
    view = act(desk, Session("ann", conversation=first.conversation), {"do": "remove", "article": gone})
    assert view.session.conversation == first.conversation
    assert YEAR_EN in view.parts["thread"] + view.parts["answer"] and "was removed on" in view.parts["answer"]


MEMORY = """
import ctypes, sys
from pathlib import Path
import numpy as np
from index.store.vectors import ChromaVectors

libc, folder, words = ctypes.CDLL(None), Path(sys.argv[1]), b"quuxbaron "
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.mallopt(-8, 1), libc.mallopt(-3, 32 << 20)  # One arena for all threads, and little by mmap, as in a long process.

def after_words(call, *values):
    for size in (20_000, 125_000, 400_000, 1_000_000, 3_000_000):
        places = [libc.malloc(size) for _ in range(max(2, min(200, 30_000_000 // size)))]
        for place in places:
            ctypes.memmove(place, words * (size // 10), size)
        for place in places:
            libc.free(place)
    result = call(*values)
    found = [path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
    assert not found, (call, found)
    return result

rows = np.eye(40, 256, dtype=np.float32)
ids = [f"chunk {row}" for row in range(40)]
for call in (lambda v: v.put(ids, rows), lambda v: v.nearest(rows[0], 5), lambda v: v.remove(ids[:2]), lambda v: v.probe()):
    vectors = after_words(ChromaVectors, folder, "onrecord-memory")
    after_words(call, vectors)
    after_words(vectors.close)
vectors = ChromaVectors(folder, "onrecord-memory")
for first in range(0, 2_000, 1_000):  # More than Chroma keeps before it writes its index.
    many = np.random.default_rng(first).normal(size=(1_000, 256)).astype(np.float32)
    after_words(vectors.nearest, rows[0], 5)
    after_words(vectors.put, [f"more {first + n}" for n in range(1_000)], many)
    after_words(vectors.nearest, rows[0], 5)
    after_words(vectors.remove, [f"more {first + n}" for n in range(0, 1_000, 2)])
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="malloc is not glibc's")
def test_chroma_writes_no_memory_in_which_words_stood(tmp_path):
    """Its index file holds memory that it never set: once it was first written, and whenever it had been loaded anew."""
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
