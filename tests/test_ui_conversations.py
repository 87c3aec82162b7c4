"""Kept conversations: they come back whole, to their owner alone, after a restart and beside another process."""

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_fakes import DELAY_EN, DELAYED, FORD, PAID, YEAR_EN, ScriptedAssistant, answers, finished

from index.errors import DamagedLibraryError, LibraryError, UnknownConversationError
from rag.answer import Answer, Citation, Claim, Models, Timings, Usage, answer_from_dict
from ui.chat.answering import answering
from ui.chat.session import Desk, Session
from ui.cli.doctor import examine
from ui.conversations import Conversations, open_conversations
from ui.server.shared_assistant import SharedAssistant
from ui.server.visitor_ids import hashed

ANSWERS = {answer.question: answer for answer in answers()}
TEXT = st.text(max_size=30)
COUNTS = st.integers(0, 10_000)
CITATIONS = st.builds(
    Citation, COUNTS, TEXT, TEXT, TEXT, TEXT, TEXT | st.none(), TEXT | st.none(), TEXT, TEXT, COUNTS, COUNTS
)
CLAIMS = st.builds(Claim, TEXT, COUNTS, COUNTS, st.lists(COUNTS, max_size=3).map(tuple), st.booleans())
FULL = st.builds(
    Answer,
    question=TEXT, standalone_question=TEXT, language=TEXT, text=TEXT, models=st.builds(Models, TEXT, TEXT),
    status=st.sampled_from(["answered", "partial", "conflict", "not_found"]),
    claims=st.lists(CLAIMS, max_size=2).map(tuple), citations=st.lists(CITATIONS, max_size=2).map(tuple),
    closest=st.lists(CITATIONS, max_size=2).map(tuple), usage=st.builds(Usage, COUNTS, COUNTS),
    timings=st.builds(Timings, total_s=st.floats(0, 100)),
)  # fmt: skip


@pytest.fixture
def kept(tmp_path):
    opened = Conversations(tmp_path / "conversations.db")
    yield opened
    opened.close()


def test_a_conversation_comes_back_after_a_restart_with_its_citations(kept, tmp_path):
    first = kept.keep("ann", "", ANSWERS[DELAY_EN], ["en1"])
    second = kept.keep("ann", first.conversation, ANSWERS[PAID])
    kept.close()
    again = Conversations(tmp_path / "conversations.db")
    entries = again.entries("ann", first.conversation)
    assert entries == [first, second]
    assert entries[0].answer.citations == (DELAYED,)
    assert entries[0].articles == ("en1",)
    assert [(heading.title, heading.answers) for heading in again.headings("ann")] == [(DELAY_EN, 2)]
    again.close()


@settings(deadline=None, max_examples=50)
@given(FULL)
def test_an_answer_is_kept_whole(answer):
    assert answer_from_dict(json.loads(answer.to_json())) == answer
    opened = Conversations(":memory:")
    entry = opened.keep("ann", "", answer)
    assert opened.entry("ann", entry.id).answer == answer
    opened.close()


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(kept):
    entry = kept.keep("ann", "", finished("Who \ud800?", "A [1].", [DELAYED]))
    assert kept.entry("ann", entry.id).answer.question == "Who ??"


def test_one_owner_never_meets_anothers(kept):
    mine = kept.keep("ann", "", ANSWERS[DELAY_EN])
    assert kept.headings("bob") == []
    assert kept.entries("bob", mine.conversation) == []
    assert kept.judged("bob") == []
    for attempt in (
        lambda: kept.entry("bob", mine.id),
        lambda: kept.heading("bob", mine.conversation),
        lambda: kept.rename("bob", mine.conversation, "Mine now"),
        lambda: kept.delete("bob", mine.conversation),
        lambda: kept.judge("bob", mine.id, "wrong"),
    ):
        with pytest.raises(UnknownConversationError, match="another's"):
            attempt()
    theirs = kept.keep("bob", mine.conversation, ANSWERS[FORD], replacing=mine.id)
    assert theirs.conversation != mine.conversation
    assert kept.entries("ann", mine.conversation) == [mine]


def test_the_latest_comes_first_and_search_finds_words_of_question_and_answer(kept):
    first = kept.keep("ann", "", ANSWERS[DELAY_EN])
    second = kept.keep("ann", "", ANSWERS[FORD])
    assert [heading.id for heading in kept.headings("ann")] == [second.conversation, first.conversation]
    assert [heading.id for heading in kept.headings("ann", "DEVELOPMENT 7.5")] == [first.conversation]
    assert kept.headings("ann", "development Ford") == []
    kept.rename("ann", first.conversation, "  L’été du   Roadster ")
    assert [heading.title for heading in kept.headings("ann", "ete")] == ["L’été du Roadster"]


def test_asking_again_replaces_and_deleting_leaves_nothing(kept, tmp_path):
    first = kept.keep("ann", "", ANSWERS[DELAY_EN])
    old = kept.keep("ann", first.conversation, ANSWERS[YEAR_EN])
    new = kept.keep("ann", first.conversation, ANSWERS[FORD], replacing=old.id)
    assert kept.entries("ann", first.conversation) == [first, new]
    kept.delete("ann", first.conversation)
    with sqlite3.connect(tmp_path / "conversations.db") as raw:
        assert raw.execute("SELECT count(*) FROM answers").fetchone() == (0,)


def test_a_verdict_is_kept_and_taken_back(kept):
    entry = kept.keep("ann", "", ANSWERS[DELAY_EN])
    assert kept.judge("ann", entry.id, "wrong", " 8 years\n").correction == "8 years"
    assert kept.judged("ann") == [replace(entry, verdict="wrong", correction="8 years")]
    assert kept.judge("ann", entry.id, None) == entry
    with pytest.raises(UnknownConversationError, match="verdict"):
        kept.judge("ann", entry.id, "splendid")


def test_two_openers_share_the_file(kept, tmp_path):
    other = Conversations(tmp_path / "conversations.db")
    entry = kept.keep("ann", "", ANSWERS[DELAY_EN])
    other.keep("ann", entry.conversation, ANSWERS[FORD])
    assert len(kept.entries("ann", entry.conversation)) == 2
    other.close()


def asked(desk, question):
    """What the page shows at the end."""

    async def views():
        return [view async for view in answering(desk, Session("ann"), question) if view]

    return asyncio.run(views())[-1]


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _noise_within(path):
    data = bytearray(path.read_bytes())
    data[8192:20_000] = os.urandom(20_000 - 8192)
    path.write_bytes(data)


def _folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "cut short": _cut,
    "random bytes": lambda path: path.write_bytes(os.urandom(50_000)),
    "random bytes within": _noise_within,
    "a folder": _folder,
    "not readable": lambda path: path.chmod(0),
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_the_page_goes_on_without_a_damaged_file_and_says_so(kept, tmp_path, how, caplog):
    path = tmp_path / "conversations.db"
    for _ in range(30):
        kept.keep("ann", "", ANSWERS[DELAY_EN])
    kept.close()
    if how == "not readable" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    DAMAGES[how](path)
    before = path.read_bytes() if path.is_file() and how != "not readable" else b""
    (found,) = (one for one in examine(tmp_path, "none") if one.about == "Conversations")
    assert not found.well and "conversations.db" in found.says and found.advice
    desk = Desk(SharedAssistant(ScriptedAssistant()), open_conversations(path))
    view = asked(desk, DELAY_EN)
    assert "7.5 years" in view.parts["answer"] and DELAY_EN in view.parts["rail"]
    assert "conversations.db" in caplog.text
    assert "cannot be read" in view.parts["rail"] and str(tmp_path) not in view.parts["rail"]
    assert not path.is_file() or how == "not readable" or path.read_bytes() == before
    desk.kept.close()


def test_a_damaged_answer_is_named_and_the_others_are_read(kept, tmp_path):
    entry, other = kept.keep("ann", "", ANSWERS[DELAY_EN]), kept.keep("ann", "", ANSWERS[FORD])
    with closing(sqlite3.connect(tmp_path / "conversations.db")) as raw, raw:
        raw.execute("UPDATE answers SET answer = '{' WHERE id = ?", (entry.id,))
    assert kept.entries("ann", other.conversation) == [other] and len(kept.headings("ann")) == 2
    with pytest.raises(DamagedLibraryError, match=entry.id):
        kept.entries("ann", entry.conversation)
    kept.delete("ann", entry.conversation)
    assert kept.check() == 1


def test_a_newer_or_a_damaged_file_is_refused_and_left_alone(tmp_path):
    newer, damaged = tmp_path / "newer.db", tmp_path / "damaged.db"
    with sqlite3.connect(newer) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer onrecord"):
        Conversations(newer)
    damaged.write_bytes(b"not a database, " * 100)
    with pytest.raises(DamagedLibraryError, match="move it away"):
        Conversations(damaged)
    assert damaged.read_bytes() == b"not a database, " * 100
    with pytest.raises(LibraryError, match="writable"):
        Conversations(tmp_path / "missing" / "conversations.db")


def test_the_file_is_its_owners_alone_and_names_no_cookie(tmp_path):
    path, cookie = tmp_path / "conversations.db", "c" * 32
    first = Conversations(path)
    path.chmod(0o644)  # As an earlier version left it.
    owner = f"reader:{hashed(cookie)}"
    entry = first.keep(f"reader:{cookie}", "", ANSWERS[DELAY_EN])  # As an earlier version named owners.
    with sqlite3.connect(path) as before:
        before.execute("PRAGMA user_version = 1")
    first.close()
    opened = Conversations(path)
    assert opened.entry(owner, entry.id).answer == entry.answer and not opened.headings(f"reader:{cookie}")
    files = list(tmp_path.glob("conversations.db*"))
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600} and len(files) == 3
    assert not any(cookie.encode() in file.read_bytes() for file in files)
    opened.close()
