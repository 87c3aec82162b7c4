"""A question that names nothing where articles of several stories answer it: how it was read, and its other readings."""

import pytest
from fakes import FakeReader, WordEmbedding
from on_the_record import assert_on_the_record, told_answer

from index import Library
from index.articles import Article
from rag import open_assistant
from ui.chat.export import answer_markdown
from ui.chat.render import answer_html
from ui.terminal import answer_text

BRACK = "Brackwater voted on Sunday. The mayor of Brackwater, Ida Berg, resigned after the vote in Brackwater."
AGAIN = "In Brackwater the council met. The mayor, Ida Berg, resigned, and Brackwater votes again in June."
DENMOOR = "Denmoor lost its harbour. The mayor of Denmoor, Marc Dupuis, resigned when Denmoor was flooded."
WHO = "Who is the mayor that resigned?"
MAYOR = "Ida Berg|Marc Dupuis"


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as opened:
        for id, text, title in (
            ("a", BRACK, "Vote in Brackwater"), ("b", AGAIN, "A council meets"), ("c", DENMOOR, "After the flood"),
        ):  # fmt: skip
            opened.store(Article(id, title, text, "en", id, f"Paper {id}", published="2026-03-02"))
        yield opened


def ask(library, question=WHO, words=MAYOR, form="fact", answered=0.9):
    reader = FakeReader(words={question: words}, answered={question: answered}, forms={question: form})
    answer = told_answer(open_assistant(library, "none", reader=reader).stream(question), library)
    assert_on_the_record(answer, library)
    return answer


def test_the_other_story_is_offered_once_as_a_question_that_names_it(library):
    answer = ask(library)
    first = answer.citations[0].article_id
    meant, other = ("Denmoor", "Brackwater") if first == "c" else ("Brackwater", "Denmoor")
    assert answer.reading.understood_as == f"{meant}, in the article of 2 March 2026"
    assert answer.reading.others == (f"Who is the mayor that resigned ({other})?",)
    assert answer.to_dict()["reading"] == {"as": answer.reading.understood_as, "others": answer.reading.others}


@pytest.mark.parametrize(
    ("question", "words", "form", "answered"),
    [
        ("Who is the mayor of Denmoor?", MAYOR, "fact", 0.9),
        ("Brackwater mayor who resigned?", MAYOR, "fact", 0.9),
        (WHO, "Ida Berg", "fact", 0.9),
        (WHO, MAYOR, "list", 0.9),
        (WHO, MAYOR, "fact", 0.01),
    ],
    ids=["a name", "a name that opens it", "one story", "a list has all", "declined"],
)
def test_where_one_reading_alone_is_possible_nothing_is_said(library, question, words, form, answered):
    reading = ask(library, question, words, form, answered).reading
    assert (reading.understood_as, reading.others) == (None, ())


def test_every_door_shows_how_it_was_read_and_the_other_readings(library):
    answer = ask(library)
    (other,) = answer.reading.others
    assert f'data-question="{other}"' in answer_html(answer) and "Read as about" in answer_html(answer)
    for shown in (answer_text(answer), answer_markdown(answer)):
        assert f"Read as about {answer.reading.understood_as}." in shown and f"Other readings: {other}" in shown


def test_the_reading_is_told_in_the_questions_language(library):
    answer = ask(library, "Qui est le maire qui a quitté ses fonctions ?")
    assert answer.reading.understood_as.endswith(", dans l’article du 2 mars 2026")
    assert answer.reading.others[0].endswith(") ?")
