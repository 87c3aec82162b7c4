import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from conftest import ROOT
from eval_fakes import ARTICLES
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, Nugget, Passage, load_set, sample, set_hash
from eval.corpus import corpus_of
from index.errors import QuestionSetError

LINE = {"id": "q1", "question": "Who paid?", "lang": "en", "expect": "answered", "answers": ["Altman"], "match": "any"}


def written(tmp_path, *lines):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_set_reads_as_documented(tmp_path):
    passage = {"article": "a", "start": 3, "end": 9}
    line = LINE | {"sources": ["a"], "history": ["Earlier?"], "tags": ["price"], "passages": [passage]}
    read = load_set(written(tmp_path, line, "", {"id": 2, "question": "Missing?", "expect": "not_found"}))
    assert read.name == "set" and read.corpus is None
    first, second = read.cases
    assert first == Case(
        "q1", "Who paid?", answers=("Altman",), sources=("a",), history=("Earlier?",), tags=("price",),
        passages=(Passage("a", 3, 9),),
    )  # fmt: skip
    assert (second.id, second.expect, second.lang) == ("2", "not_found", "en")


def test_the_first_line_may_name_the_corpus(tmp_path):
    (tmp_path / "news.jsonl").write_text("{}")
    header = {"corpus": "news.jsonl", "name": "News", "licence": "CC0", "attribution": "Us"}
    read = load_set(written(tmp_path, header, LINE))
    assert (read.name, read.corpus, read.licence, read.attribution) == ("News", tmp_path / "news.jsonl", "CC0", "Us")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "line 2: not JSON"),
        ("[1]", "line 2: a question is a JSON object"),
        ({"question": "Who?"}, "line 2: id is missing"),
        (LINE | {"id": "b", "question": " "}, "line 2: question is missing"),
        (
            LINE | {"id": "b", "expect": "maybe"},
            "line 2: expect is 'maybe'; choose one of answered, not_found, conflict",
        ),
        (LINE | {"id": "b", "match": "some"}, "match is 'some'"),
        (LINE | {"id": "b", "answers": "Altman"}, "answers is 'Altman'; give a list"),
        (LINE | {"id": "b", "answers": []}, "names neither answers nor nuggets nor sources nor passages"),
        (LINE | {"id": "b", "expect": "not_found"}, "expects not_found, yet names answers"),
        (LINE | {"id": "b", "passages": [{"article": "a"}]}, "line 2: a passage is"),
        (LINE | {"id": "b", "passages": [{"article": "a", "start": 9, "end": 3}]}, "turned around"),
        (LINE, "the id 'q1' twice"),
        (LINE | {"id": "b", "nuggets": ["45"]}, "id 'b': nuggets is ['45']; give a list of {\"any\""),
        (LINE | {"id": "b", "nuggets": [{"any": []}]}, "id 'b': a nugget is"),
        (LINE | {"id": "b", "nuggets": [{"any": ["x"], "vital": "yes"}]}, "id 'b': a nugget is"),
        (LINE | {"id": "b", "nuggets": [{"any": ["x"], "vital": False}]}, "none of its nuggets is vital"),
        (LINE | {"id": "b", "nuggets": [{"any": ["(x"]}]}, "line 2, id 'b': the regex '(x' of any cannot be read"),
        (LINE | {"id": "b", "reject": ["[x"]}, "line 2, id 'b': the regex '[x' of reject cannot be read"),
        (
            LINE | {"id": "b", "answers": [], "expect": "not_found", "nuggets": [{"any": ["x"]}]},
            "expects not_found, yet names answers ['x']",
        ),
    ],
)
def test_bad_lines_are_refused_by_number(tmp_path, line, says):
    with pytest.raises(QuestionSetError, match=r"set\.jsonl") as refused:
        load_set(written(tmp_path, LINE, line))
    assert says in str(refused.value)


def test_nuggets_rejected_patterns_and_form_are_read(tmp_path):
    nuggets = [{"any": ["45[ ,]?000", "forty-five thousand"]}, {"any": ["2018"], "vital": False}]
    line = LINE | {"answers": [], "nuggets": nuggets, "reject": ["50,000"], "form": "fact"}
    case = load_set(written(tmp_path, line)).cases[0]
    assert case.nuggets == (Nugget(("45[ ,]?000", "forty-five thousand")), Nugget(("2018",), vital=False))
    assert (case.reject, case.form) == (("50,000",), "fact")


@pytest.mark.parametrize("text", ["", "\n\n", '{"corpus": "."}'])
def test_an_empty_set_is_refused(tmp_path, text):
    with pytest.raises(QuestionSetError, match="no questions"):
        load_set(written(tmp_path, text))


def test_a_set_or_a_corpus_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(QuestionSetError, match="cannot be read"):
        load_set(tmp_path / "none.jsonl")
    with pytest.raises(QuestionSetError, match="line 1: there is no corpus"):
        load_set(written(tmp_path, {"corpus": "gone.jsonl"}, LINE))


def test_a_line_separator_in_a_question_ends_no_line(tmp_path):
    line = json.dumps(LINE | {"question": "Who\u2028paid?"}, ensure_ascii=False)
    assert load_set(written(tmp_path, line)).cases[0].question == "Who\u2028paid?"


def many(n):
    return [
        Case(str(i), "?", lang="fr" if i % 3 else "en", expect="not_found" if i % 5 == 0 else "answered")
        for i in range(n)
    ]


@given(st.integers(1, 120), st.integers(0, 5))
def test_a_sample_is_the_same_every_time_and_in_proportion(n, seed):
    cases = many(100)
    drawn = sample(cases, n, seed)
    assert drawn == sample(cases, n, seed)
    assert len(drawn) == min(n, 100)
    assert [case for case in cases if case in drawn] == drawn
    whole, part = (Counter((case.lang, case.expect) for case in held) for held in (cases, drawn))
    assert all(abs(part[key] - whole[key] * len(drawn) / 100) < 1 for key in whole)


def test_another_seed_draws_other_questions():
    assert sample(many(100), 20, 0) != sample(many(100), 20, 1)


def test_the_hash_is_of_the_questions_and_the_corpus_not_of_where_they_lie(tmp_path):
    hashes = []
    for folder, text in (("one", "x"), ("two", "x"), ("three", "y")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "news.jsonl").write_text(text)
        read = load_set(written(tmp_path / folder, {"corpus": "news.jsonl"}, LINE))
        hashes.append(set_hash(read, read.cases))
    assert hashes[0] == hashes[1] != hashes[2]


def test_fields_that_a_set_does_not_use_leave_its_hash_alone(tmp_path):
    plain = load_set(written(tmp_path, LINE))
    assert set_hash(plain, plain.cases) == "fa5dc74f4527605c"
    with_form = [replace(plain.cases[0], form="fact")]
    assert set_hash(plain, with_form) != set_hash(plain, plain.cases)


def test_articles_go_by_id_file_or_record():
    cases = [Case(name, "?", sources=(name,)) for name in ("roadster", "roadster.en", "roadster.en.txt", "fusee")]
    corpus = corpus_of(ARTICLES, cases)
    assert [corpus.article_of(case.id).id for case in cases] == ["roadster", "roadster", "roadster", "fusee"]


def test_an_unknown_article_is_refused():
    with pytest.raises(QuestionSetError, match="'q9' names the article 'nowhere'"):
        corpus_of(ARTICLES, [Case("q9", "?", sources=("nowhere",))])


def test_a_passage_is_found_again_where_cleaning_moved_it():
    corpus = corpus_of(ARTICLES, [])
    assert corpus.span(Passage("roadster", 16, 23, "$45,000")) == ("roadster", 16, 23)
    assert corpus.span(Passage("roadster", 40, 47, "$45,000")) == ("roadster", 16, 23)
    assert corpus.span(Passage("roadster", 40, 47, "$99,000")) is None
    assert corpus.span(Passage("roadster", 3, 9)) == ("roadster", 3, 9)
    assert corpus.span(Passage("roadster", 3, 9999)) is None


@pytest.mark.parametrize(("name", "size"), [("newsroom", 150), ("courier", 140)])
def test_every_nugget_occurs_in_a_source(name, size):
    questions = load_set(ROOT / "eval" / "sets" / f"{name}.jsonl")
    rows = map(json.loads, questions.corpus.open(encoding="utf-8"))
    articles = {row["id"]: f"{row['title']}\n\n{row['text']}" for row in rows}
    assert len(questions.cases) == size and len(articles) == 40
    for case in questions.cases:
        for nugget in case.nuggets:
            sentences = [s for id in case.sources for s in re.split(r"(?<=[.!?»”\"])\s+|\n\n", articles[id])]
            assert any(re.search(p, s, re.IGNORECASE) for p in nugget.any for s in sentences), (case.id, nugget)
