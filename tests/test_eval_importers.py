import json

import pytest

from eval import import_data
from eval.cases import load_set
from index.errors import QuestionSetError

TEXT = "Warsaw lies on the Vistula. It has 1.8 million people."


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def pairs(tmp_path, n=10):
    rows = [
        {
            "id": f"q{i}",
            "question": "On what river?",
            "lang": "en",
            "article_id": f"a{i}",
            "answers": ["Vistula"],
            "start": 19,
        }
        for i in range(n)
    ]
    texts = [{"id": f"a{i}", "title": f"City {i}", "lang": "en", "text": TEXT} for i in range(n)]
    lines(tmp_path / "xquad-en.articles.jsonl", *texts)
    return lines(tmp_path / "xquad-en.questions.jsonl", *rows)


def test_questions_and_articles_become_a_set_and_its_corpus(tmp_path):
    read = load_set(import_data("xquad", pairs(tmp_path), tmp_path / "out"))
    corpus = [json.loads(line) for line in read.corpus.read_text(encoding="utf-8").splitlines()]
    present = [case for case in read.cases if case.expect == "answered"]
    assert read.licence.startswith("CC BY-SA") and "XQuAD" in read.attribution
    assert {case.sources[0] for case in present} == {row["id"] for row in corpus}
    passage = present[0].passages[0]
    assert corpus[0]["text"][passage.start : passage.end] == passage.quote == "Vistula"


def test_a_fifth_of_the_articles_is_left_out_and_their_questions_expect_not_found(tmp_path):
    first, again = (load_set(import_data("xquad", pairs(tmp_path), tmp_path / out)) for out in ("one", "two"))
    absent = [case for case in first.cases if case.expect == "not_found"]
    assert len(absent) == 2
    assert all(case.tags == ("xquad", "absent") and not case.sources and not case.answers for case in absent)
    assert first.cases == again.cases


def test_squads_own_format_with_impossible_questions(tmp_path):
    asked = [
        {
            "id": "1",
            "question": "How many?",
            "is_impossible": False,
            "answers": [{"text": "1.8 million", "answer_start": 35}],
        },
        {"id": "2", "question": "Who rules?", "is_impossible": True, "answers": []},
    ]
    data = {
        "data": [
            {
                "title": "Warsaw_(city)",
                "paragraphs": [{"context": "First.", "qas": []}, {"context": TEXT, "qas": asked}],
            }
        ]
    }
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(data))
    answered, impossible = load_set(import_data("squad", path, tmp_path / "out")).cases
    corpus = json.loads((tmp_path / "out" / "squad.corpus.jsonl").read_text())
    passage = answered.passages[0]
    assert corpus["text"][passage.start : passage.end] == "1.8 million"
    assert corpus["title"] == "Warsaw (city)"
    assert (impossible.expect, impossible.tags) == ("not_found", ("squad", "impossible"))


def test_passages_in_the_question_become_articles(tmp_path):
    row = {
        "id": "1",
        "lang": "en",
        "question": "On what river?",
        "context": TEXT,
        "answers": ["Vistula"],
        "is_impossible": False,
    }
    read = load_set(import_data("squad", lines(tmp_path / "squad2-en.jsonl", row), tmp_path / "out"))
    assert read.cases[0].passages[0].quote == "Vistula"


def test_chunking_questions_have_spans_and_no_answers(tmp_path):
    (tmp_path / "speech.md").write_text(TEXT)
    span = {"content": "the Vistula", "start_index": 15, "end_index": 26}
    path = lines(tmp_path / "questions.jsonl", {"question": "River?", "corpus": "speech", "references": [span]})
    case = load_set(import_data("chunking", path, tmp_path / "out")).cases[0]
    assert case.sources == ("speech",) and case.answers == ()
    assert (case.passages[0].start, case.passages[0].end, case.passages[0].quote) == (15, 26, "the Vistula")


@pytest.mark.parametrize(("kind", "name"), [("trivia", "x.jsonl"), ("xquad", "none.jsonl"), ("squad", "bad.json")])
def test_what_cannot_be_imported_is_named(tmp_path, kind, name):
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(QuestionSetError, match=kind):
        import_data(kind, tmp_path / name, tmp_path)


@pytest.mark.parametrize("name", ["wiki-en-fr", "squad2-sample"])
def test_the_samples_that_ship_are_sound(name):
    from conftest import ROOT

    read = load_set(ROOT / "eval" / "sets" / f"{name}.jsonl")
    texts = {row["id"]: row["text"] for row in map(json.loads, read.corpus.read_text(encoding="utf-8").splitlines())}
    assert len(read.cases) >= 60 and read.licence and read.attribution
    for case in read.cases:
        assert set(case.sources) <= texts.keys()
        assert all(texts[span.article][span.start : span.end] == span.quote for span in case.passages)


def test_questions_become_conversations_that_follow_up_or_change_the_topic(tmp_path):
    path = pairs(tmp_path, n=1)
    row = json.loads(path.read_text(encoding="utf-8"))
    lines(path, *({**row, "id": f"q{n}", "question": f"What is {n}?"} for n in range(4)))
    read = load_set(import_data("xquad-turns", path, tmp_path / "out"))
    assert [case.history for case in read.cases] == [(), ("What is 0?",), ("What is 0?", "What is 1?"), ()]
    assert [("follow-up" in case.tags) for case in read.cases] == [False, True, True, False]


def test_a_turn_on_another_article_is_a_change_of_topic(tmp_path):
    read = load_set(import_data("xquad-turns", pairs(tmp_path), tmp_path / "out"))
    assert "topic-change" in read.cases[1].tags
