"""The first questions that the page offers, from the stories of the archive; and versions of an article on the page."""

import pytest
from fakes import FakeReader

from index.articles import Article
from rag.assistant import Assistant
from ui.chat.actions import act, welcome
from ui.chat.session import Desk, Session
from ui.chat.suggestions import Suggestions, stories
from ui.conversations import Conversations
from ui.server.shared_assistant import SharedAssistant

BRIDGE = (
    "Denmoor Bridge has been closed since the flood of March. Twenty workers of Denmoor Bridge lost their jobs. "
    "Anna Holt, 52, runs the works. Holt blames the flood, and Marc Dupuis, director of the port, blames Holt. Dupuis left."
)
PONT = (
    "Denmoor Bridge est fermé depuis la crue de mars. Vingt ouvriers de Denmoor Bridge sont sans emploi depuis la crue."
)
WHALE = (
    "A whale swam into Skelby Harbour at noon. The mayor of Skelby Harbour has called two boats, and people cheered."
)


def article(id, text, language="en", title="News of the day"):
    return Article(id, title, text, language, id, publisher=f"Paper {id}", published="2026-03-02")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    monkeypatch.setattr("ui.chat.suggestions.BUDGET_S", 600.0)


@pytest.fixture
def told(library):
    texts = [
        ("a", BRIDGE),
        ("b", f"{BRIDGE} Work goes on."),
        ("c", WHALE),
        ("d", f"{WHALE} It left."),
        ("e", WHALE + " So."),
    ]
    list(library.store_all([article(id, text) for id, text in texts]))
    library.store(article("f", PONT, "fr"))
    return library


def test_stories_are_the_names_that_articles_share_most_first(told):
    found = stories(tuple(told.newest(40)))
    assert {story.name for story in found} == {"Denmoor Bridge", "Skelby Harbour"}
    assert all(len(story.articles) == 3 for story in found)


def test_only_questions_that_the_archive_answers_in_their_form_are_offered(told):
    who, speak = "Who is Anna Holt?", "List the people who speak about Skelby Harbour."
    reader = FakeReader(forms={speak: "list"}, answered={who: 0.9, speak: 0.0})
    offers = Suggestions().find(Assistant(told, None, reader=reader), "en")
    assert ("fact", who) in offers
    assert speak in reader.asked and speak not in [question for _, question in offers]
    assert len({kind for kind, _ in offers}) == len(offers)


def test_an_answer_from_another_story_is_not_offered(told):
    about = "Summarise what the articles say about Denmoor Bridge."
    for words, offered in (("Anna Holt", True), ("A whale", False)):
        reader = FakeReader(forms={about: "summary"}, answered={about: 0.9}, words={about: words})
        offers = Suggestions().find(Assistant(told, None, reader=reader), "en")
        assert (("summary", about) in offers) is offered


def test_questions_are_in_the_readers_language(told):
    reader = FakeReader()
    Suggestions().find(Assistant(told, None, reader=reader), "fr")
    assert "Qui est Anna Holt ?" in reader.asked
    assert "Résumez ce que disent les articles au sujet de Denmoor Bridge." in reader.asked
    assert not any(asked.startswith(("How", "Why", "Who")) for asked in reader.asked)


def test_suggestions_are_kept_until_the_archive_changes(told):
    reader = FakeReader()
    assistant, suggestions = Assistant(told, None, reader=reader), Suggestions()
    assert suggestions.ready(assistant, "en") is None
    found = suggestions.find(assistant, "en")
    asked = len(reader.asked)
    assert (
        suggestions.ready(assistant, "en") == found == suggestions.find(assistant, "en") and len(reader.asked) == asked
    )
    told.store(article("g", f"{WHALE} Nobody saw it again."))
    assert suggestions.ready(assistant, "en") is None


def test_the_start_page_says_that_it_looks_for_questions_and_then_shows_them(told):
    suggestions = Suggestions()
    desk = Desk(
        SharedAssistant(Assistant(told, None, reader=FakeReader())), Conversations(":memory:"), suggestions=suggestions
    )
    assert "Looking for questions" in welcome(desk, Session("ann"))
    offers = suggestions.find(desk.assistant, "en")
    shown = welcome(desk, Session("ann"))
    assert "Looking for" not in shown and shown.count('class="kind"') == len(offers)
    assert "Denmoor Bridge (3 articles)" in shown


def test_a_version_is_opened_from_its_article_and_brought_back(library, tmp_path):
    file = tmp_path / "ferry.txt"
    texts = [
        f"The ferry sails at {hour} from the north pier, the harbour office said in its notice for May."
        for hour in (7, 9)
    ]
    for text in texts:
        file.write_text(
            f"Ferry times\n\n{text} The crossing takes two hours and bicycles travel for free all week.", "utf-8"
        )
        library.add([file])
    (now,) = library.articles()
    (version,) = library.versions(now.id)
    desk, session = (
        Desk(SharedAssistant(Assistant(library, None, reader=FakeReader())), Conversations(":memory:")),
        Session("ann"),
    )
    assert "1 other version" in act(desk, session, {"do": "open", "article": now.id}).parts["reader"]
    opened = act(desk, session, {"do": "open", "article": version.article.id}).parts["reader"]
    assert "sails at 7" in opened and "kept as a version" in opened and 'data-do="restore"' in opened
    assert 'data-do="remove"' not in opened and 'data-do="only"' not in opened
    restored = act(desk, session, {"do": "restore", "article": version.article.id}).parts["reader"]
    assert "sails at 7" in restored and "kept as a version" not in restored
    assert "sails at 7" in library.articles()[0].text
