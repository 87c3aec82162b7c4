"""The archive as a list, its exports, follow-up questions, and streams that can be left: what needs no browser."""

import asyncio
import json
import re
import threading
import time
import zipfile
from dataclasses import replace

import pytest
from fakes import FakeReader
from page_fakes import (
    DELAY_EN,
    DELAYED,
    ENGLISH,
    FORD,
    FRENCH,
    HOSTILE,
    PAID,
    YEAR_EN,
    ScriptedAssistant,
    ScriptedLibrary,
    answers,
    finished,
)

from eval.cases import load_set
from index.articles import Article
from index.ingest.sources import SourceFailure
from index.store.database import Database
from index.store.storing import Report
from rag import open_assistant
from rag.answer import Claim
from rag.assistant import Assistant
from rag.events import ClaimReady, Evidence, Finished, Searched, Waiting, Working
from ui.chat.actions import act, arrived, welcome
from ui.chat.add_sources import MOST_FILES, add_address, add_files
from ui.chat.answering import answering, stopped
from ui.chat.archive_view import PAGE, Adding, Filter, adding_html, list_html
from ui.chat.export import answer_markdown, conversation_json, conversation_markdown, question_set
from ui.chat.followups import elided, followups
from ui.chat.session import Desk, Session
from ui.conversations import Conversations, Entry
from ui.i18n import words
from ui.server.background_stream import read_in_thread
from ui.server.shared_assistant import SharedAssistant

EN = words("en")
ANN = Session("ann")
ANSWERS = {answer.question: answer for answer in answers()}
TEXTS = {article.id: article.text for article in (ENGLISH, FRENCH, HOSTILE)}


@pytest.fixture
def desk():
    return Desk(SharedAssistant(ScriptedAssistant()), Conversations(":memory:"))


def ids(articles):
    return [article.id for article in articles]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["fr1", "en1", "bad"]),
        (Filter(search="ROADSTER  developpement"), ["fr1"]),
        (Filter(source="Business Insider"), ["en1"]),
        (Filter(language="fr"), ["fr1"]),
        (Filter(since="2025-11-03"), ["fr1"]),
        (Filter(until="2025-11-02"), ["en1"]),
        (Filter(since="2025-11-02", until="2025-11-03", language="en"), ["en1"]),
        (Filter(search="no such word"), []),
        (Filter(search="roadst"), ["fr1", "en1"]),
        (Filter(search="gazette"), ["fr1"]),
        (Filter(search="reporter “insider"), ["en1"]),
        (Filter(search="the"), ["fr1", "en1", "bad"]),
    ],
)
def test_filters_narrow_and_the_newest_comes_first(wanted, found):
    library = ScriptedLibrary([ENGLISH, FRENCH, HOSTILE])
    assert ids(library.listed(wanted, 10)) == found and library.count(wanted) == len(found)
    assert ids(library.listed(wanted, 1)) == found[:1]


def test_the_list_says_what_to_do_where_there_is_nothing():
    assert "Add your first articles" in list_html([], 0, (), EN, 0)
    assert "No article fits" in list_html([], 0, (), EN, 3)


def test_a_long_list_is_shown_in_pages():
    many = [Article(str(n), f"Title {n}", f"Text {n}.", "en", str(n)) for n in range(120)]
    desk = Desk(SharedAssistant(ScriptedAssistant(many)), Conversations(":memory:"))
    view = act(desk, Session("ann"), {"do": "archive"})
    shown = view.parts["articles"]
    assert shown.count('class="item"') == PAGE and "Show more" in shown and "120 articles" in shown
    assert shown.index("Title 119") < shown.index("Title 118")
    for _ in range(2):
        view = act(desk, view.session, {"do": "more"})
    assert view.parts["articles"].count('class="item"') == 120 and "Show more" not in view.parts["articles"]


def test_adding_names_each_failure_with_its_reason():
    done = Adding(2, "a.txt").then(Report(added=("1",)), ["Title"])
    done = done.then(Report(failed=(SourceFailure("b.txt", "the file is empty"),)))
    shown = adding_html(done, EN)
    assert "1 added, 1 failed" in shown
    assert "<b>b.txt</b>: the file is empty" in shown


def test_what_an_upload_left_unread_is_told_under_the_name_that_the_reader_knows(library, tmp_path):
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.writestr("harbour.txt", "Harbour repairs begin\n\nWorkers began to repair the harbour wall of Denmoor.")
        archive.writestr("photo.jpg", "x")
    desk = Desk(SharedAssistant(Assistant(library, None, reader=FakeReader())), Conversations(":memory:"))
    *_, last = filter(None, add_files(desk, Session(), [str(tmp_path / "news.zip")]))
    assert "1 added" in last.parts["adding"]
    assert re.search(r"<b>news.zip</b>: [^<]*\.jpg", last.parts["adding"])


def test_uploads_are_added_one_at_a_time_and_their_copies_deleted(desk, tmp_path):
    good, empty = tmp_path / "good.txt", tmp_path / "empty.txt"
    good.write_text("A new story\n\nIt says something.", "utf-8")
    empty.write_text("", "utf-8")
    views = list(add_files(desk, Session(), [str(good), str(empty)]))
    assert "Reading 1 of 2" in views[0].parts["adding"]
    assert "<b>empty.txt</b>: the file is empty" in views[-1].parts["adding"]
    assert str(tmp_path) not in views[-1].parts["adding"]
    assert "A new story" in views[-1].parts["articles"]
    assert not good.exists() and not empty.exists()


def test_too_many_uploads_are_refused_and_deleted(desk, tmp_path):
    files = [tmp_path / f"{n}.txt" for n in range(MOST_FILES + 1)]
    for file in files:
        file.write_text("Text of a story.", "utf-8")
    (view,) = add_files(desk, Session(), [str(file) for file in files])
    assert "too many at once" in view.parts["adding"]
    assert len(desk.assistant.library.articles()) == 3
    assert not any(file.exists() for file in files)


@pytest.mark.parametrize("address", ["/etc/passwd", "../library", "file:///etc/passwd", "ftp://x/y", "-", "https://"])
def test_only_addresses_of_the_web_are_added(desk, address):
    (view,) = add_address(desk, Session(), address)
    assert "must begin with http" in view.parts["adding"]


def test_a_password_in_an_address_is_not_shown(desk):
    for address in ("http://desk:hunter2@127.0.0.1/a", "ftp://desk:hunter2@paper.example/a"):
        views = list(add_address(desk, Session(), address))
        assert "127.0.0.1" in str(views) or "paper.example" in str(views)
        assert not any("hunter2" in view.parts.get("adding", "") for view in views)


def test_an_action_is_checked_like_any_other_input(desk):
    session = Session("ann")
    for sent in ({}, {"do": "explode"}, {"do": "open", "article": 3}, {"do": "judge", "answer": None, "verdict": "x"}):
        assert act(desk, session, sent).session == session
    assert "You have no conversation" in act(desk, session, {"do": "conversation", "conversation": "x"}).parts["notice"]
    assert "Removed: " in act(desk, session, {"do": "remove", "article": "bad"}).parts["notice"]
    assert "no longer in the library" in act(desk, session, {"do": "remove", "article": "bad"}).parts["notice"]


def test_a_link_opens_the_answer_to_its_owner_and_to_nobody_else(desk):
    entry = desk.kept.keep("ann", "", ANSWERS[DELAY_EN])
    desk.kept.keep("ann", entry.conversation, ANSWERS[FORD])
    view = arrived(desk, Session("ann"), {"answer": entry.id})
    assert view.parts["go"] == f"answer-{entry.id}"
    assert DELAYED.quote in view.parts["sources"]
    assert FORD in view.parts["answer"]
    other = arrived(desk, Session("bob"), {"answer": entry.id})
    assert "another" in other.parts["notice"]
    assert other.session.conversation == ""


def test_only_chosen_articles_are_asked_and_a_removed_one_no_longer():
    assistant = ScriptedAssistant()
    desk = Desk(SharedAssistant(assistant), Conversations(":memory:"))
    session = act(desk, Session("ann"), {"do": "only", "article": "fr1"}).session
    *_, last = shown(answering(desk, session, YEAR_EN))
    assert assistant.asked == [(YEAR_EN, (), ("fr1",))]
    assert "one chosen article" in last.parts["answer"]
    removed = act(desk, last.session, {"do": "remove", "article": "fr1"})
    assert removed.session.choice.asked == ()
    opened = act(
        desk, removed.session, {"do": "open", "article": "fr1", "start": "0", "end": "3", "quote": "Its words"}
    )
    assert "no longer in the library" in opened.parts["reader"] and "Its words" in opened.parts["reader"]


def test_who_waits_for_the_model_sees_their_place_and_a_model_at_work_changes_nothing():
    said = ClaimReady(Claim("So far", 0, 6, (1,), True), (DELAYED,), "So far")
    events = (Searched(YEAR_EN, "en", None), Evidence((DELAYED,)), Waiting(3, 12.4), Working("writing"),
              said, Working("writing"), Working("checking"), Finished(ANSWERS[YEAR_EN]))  # fmt: skip

    class Slow(ScriptedAssistant):
        """An assistant whose events are these."""

        def seat(self, reader):
            assert reader == "ann"
            return self

        def stream(self, question, history=(), articles=None):
            yield from events

    views = shown(answering(Desk(Slow(), Conversations(":memory:")), ANN, YEAR_EN))
    told = [view.parts["answer"] for view in views if view.parts.get("answer")]
    stages = ["Searching", "Searching", "Reading", "number 3 in the line, about 12 seconds", "Writing", "Writing", "Checking",
              "Answered"]  # fmt: skip
    assert len(told) == len(stages) and all(stage in html for stage, html in zip(stages, told, strict=True))


def test_a_reader_who_is_one_too_many_is_told_when_to_try_again():
    desk = Desk(SharedAssistant(ScriptedAssistant(), at_once=1, room=0), Conversations(":memory:"))
    with desk.assistant.turns.admitted("bob"):
        *_, last = shown(answering(desk, ANN, YEAR_EN))
    assert "onrecord is busy" in last.parts["answer"] and last.parts["box"] == YEAR_EN


def test_what_is_stopped_is_not_kept():
    go_on = threading.Event()

    class Silent(ScriptedAssistant):
        def _steps(self, question):
            *events, last = super()._steps(question)
            yield from events
            go_on.wait(20)
            yield last

    desk = Desk(SharedAssistant(Silent()), Conversations(":memory:"))

    async def asked():
        views = answering(desk, Session("ann"), YEAR_EN)
        first = await anext(views)
        stopped(desk, first.session)
        rest = [view async for view in views if view]
        go_on.set()
        return rest

    *_, last = asyncio.run(asked())
    assert "Stopped" in last.parts["answer"] and not last.session.question
    assert desk.kept.headings("ann") == []


def test_what_is_finished_cannot_be_stopped():
    desk = Desk(SharedAssistant(ScriptedAssistant()), Conversations(":memory:"))
    views = shown(answering(desk, Session("ann"), YEAR_EN))
    assert not stopped(desk, views[0].session).parts
    assert len(desk.kept.headings("ann")) == 1 and "Stopped" not in views[-1].parts["answer"]


# Exports


def test_markdown_holds_quotes_and_sources_and_makes_no_image_or_link_of_text():
    copied = answer_markdown(ANSWERS[DELAY_EN])
    assert copied.startswith(f"**{DELAY_EN}**\n\nThe Roadster is still")
    assert "[1] *Tesla Roadster Drama Reveals Deeper Tech Industry Rifts*, Business Insider" in copied
    assert "<https://example.org/roadster?a=1&b=2>\n> The dispute" in copied
    hostile = answer_markdown(finished("![a](https://evil.example)", "See [1](https://evil.example) <b>", [DELAYED]))
    assert "\\!\\[a\\](https" in hostile
    assert "[1]\\(https" in hostile
    assert "\\<b\\>" in hostile


def test_a_conversation_is_exported_whole():
    entries = [
        Entry("a", "c", "2026-01-02T03:04:05+00:00", ANSWERS[DELAY_EN], verdict="right"),
        Entry("b", "c", "", ANSWERS[PAID]),
    ]
    values = json.loads(conversation_json("Title", entries))
    assert [kept["verdict"] for kept in values["answers"]] == ["right", None]
    assert values["answers"][0]["answer"] == json.loads(ANSWERS[DELAY_EN].to_json())
    assert DELAY_EN in conversation_markdown("T *x*", entries) and PAID in conversation_markdown("T *x*", entries)


def test_verdicts_become_a_question_set_that_the_evaluation_reads(tmp_path):
    entries = [
        Entry("a", "c", "", ANSWERS[DELAY_EN], verdict="right"),
        Entry("b", "c", "", ANSWERS[FORD], verdict="right"),
        Entry("d", "c", "", ANSWERS[YEAR_EN], verdict="wrong", correction="In 2016"),
        Entry("e", "c", "", ANSWERS[PAID], verdict="wrong_source"),
        Entry("f", "c", "", ANSWERS[PAID], verdict="right"),
    ]
    path = tmp_path / "verdicts.jsonl"
    path.write_text(question_set(entries, {"d": [DELAY_EN]}), "utf-8")
    cases = {case.id: case for case in load_set(path).cases}
    assert set(cases) == {"a", "b", "d", "f"}
    assert cases["a"].expect == "answered" and cases["a"].sources == ("en1",)
    assert cases["a"].passages[0].quote == DELAYED.quote
    assert cases["b"].expect == "not_found" and cases["f"].expect == "conflict"
    assert cases["d"].answers == ("In 2016",) and cases["d"].history == (DELAY_EN,)


# Going on


def test_follow_ups_name_what_stands_beside_the_cited_sentence_and_was_not_said():
    assert followups(ANSWERS[DELAY_EN], TEXTS)[0] == "What do the articles say about Joe Rogan Experience?"
    asked = finished("What of the Joe Rogan Experience?", "It [1].", [DELAYED])
    assert not any("Rogan" in question for question in followups(asked, TEXTS))
    french = replace(ANSWERS[DELAY_EN], language="fr")
    assert followups(french, TEXTS)[0].startswith("Que disent les articles à propos d")
    assert [elided(name) for name in ("Elon Musk", "Énergie", "Tesla")] == ["d’Elon Musk", "d’Énergie", "de Tesla"]
    assert followups(ANSWERS[FORD], TEXTS) == ()
    assert followups(ANSWERS[DELAY_EN], {"en1": "Another text by now."}) == ()


# Streams that can be left


def test_a_stream_that_waits_can_be_left_and_is_closed_by_its_own_thread():
    gate, closed = threading.Semaphore(0), threading.Event()

    def stream():
        try:
            yield 1
            gate.acquire()
            yield 2
            yield 3
        finally:
            closed.set()

    async def read_and_leave():
        things = read_in_thread(stream(), pause=0.01)
        assert await anext(things) == 1
        assert await anext(things) is None
        started = time.monotonic()
        await things.aclose()
        assert time.monotonic() - started < 0.5

    asyncio.run(read_and_leave())
    assert not closed.is_set()
    gate.release()
    assert closed.wait(1)


def test_a_stream_ends_and_fails_as_it_would():
    assert shown(read_in_thread(iter_of([1, 2]))) == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        shown(read_in_thread(iter_of([1, ValueError("broken")])))


def shown(steps):
    """What an asynchronous stream yields, without the steps in which there is nothing new."""

    async def collected():
        return [step async for step in steps if step is not None]

    return asyncio.run(collected())


def iter_of(things):
    for thing in things:
        if isinstance(thing, Exception):
            raise thing
        yield thing


def test_neither_the_greeting_nor_the_list_reads_every_article(archive, monkeypatch):
    def all_of_them(self):
        raise AssertionError("every article was read")

    monkeypatch.setattr(Database, "articles", all_of_them)
    desk = Desk(SharedAssistant(open_assistant(archive, "none")), Conversations(":memory:"))
    session, held = Session("ann"), archive.count(Filter())
    assert f"{held} articles" in welcome(desk, session)
    language = next(iter(archive.holdings().languages))
    for sent in ({"do": "archive"}, {"do": "filter", "search": "Roadster", "language": language}, {"do": "select_all"}):
        view = act(desk, session, sent)
        session = view.session
        assert view.parts["articles"].count('class="item"') == archive.count(session.choice.filter) > 0
    assert 0 < archive.count(session.choice.filter) <= held
