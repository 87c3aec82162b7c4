import io
import json
import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
from eval_fakes import ScriptedEngine, answer, citation, found
from fakes import ScriptedLLM
from rich.console import Console

from eval import gate
from eval.cases import load_set, plan_of
from eval.corpus import open_corpus
from eval.engines import Onrecord, Retrieval
from eval.judge import Judge
from eval.reply_records import Reply, read_record
from eval.run import Gates, evaluate, interleaved, open_engines, run_evaluation
from eval.starter import Starter, status_of
from index.errors import LibraryError, QuestionSetError, SettingsError

NEWS = (
    {
        "id": "roadster",
        "title": "Late",
        "text": "Sam Altman paid $45,000 for a Roadster. He waited 7.5 years for the car.",
    },
    {
        "id": "fusee",
        "title": "Tir",
        "text": "La fusée devait partir en mars 2024. Le tir a été annulé à cause du vent.",
    },
)
QUESTIONS = (
    {
        "id": "paid",
        "question": "What did Altman pay?",
        "answers": ["$45,000"],
        "sources": ["roadster"],
        "tags": ["money"],
    },
    {
        "id": "vent",
        "question": "Pourquoi le tir est-il annulé ?",
        "lang": "fr",
        "answers": ["vent"],
        "sources": ["fusee"],
    },
    {"id": "ford", "question": "Who runs Ford?", "expect": "not_found"},
)


@pytest.fixture
def news(library, tmp_path):
    """A library with the two articles, its questions as a plan, and a folder for results."""
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in NEWS), encoding="utf-8")
    library.add([path])
    return library


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS), encoding="utf-8")
    return path


def console():
    return Console(file=io.StringIO(), width=120)


def right(library):
    """An engine that answers every question rightly."""
    price = citation(1, library.article("roadster"), "Sam Altman paid $45,000 for a Roadster.")
    wind = citation(1, library.article("fusee"), "Le tir a été annulé à cause du vent.")
    said = {
        "paid": answer("He paid $45,000 [1].", price),
        "vent": answer("Le tir est annulé à cause du vent [1].", wind),
        "ford": answer("The articles do not say.", status="not_found"),
    }
    retrieved = (found(library.article("roadster"), "Sam Altman"), found(library.article("fusee"), "Le tir", 0.8))
    return ScriptedEngine("onrecord", lambda case: Reply(said[case.id], retrieved))


def run(library, questions, engines, out, requirements="", baseline=None, shown=None):
    gates = Gates(tuple(gate.parse_requirements(requirements)), baseline)
    return evaluate(plan_of(load_set(questions), None, 0), engines, library, gates, out, shown or console())


def summary_of(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def test_a_run_writes_results_summary_and_report(news, questions, tmp_path):
    out = tmp_path / "out"
    assert run(news, questions, [right(news)], out) == 0
    records = [read_record(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record.case_id for record in records] == ["paid", "vent", "ford"]
    assert records[0].reply.answer.citations[0].quote.startswith("Sam Altman paid")
    told = summary_of(out)
    assert told["engines"]["onrecord"]["figures"]["accuracy"]["value"] == 1.0
    assert told["engines"]["onrecord"]["figures"]["verified"]["n"] == 2
    assert told["corpus"]["fingerprint"]["embedding"] == "words-256"
    assert told["code"]["sources"] and told["set"]["hash"]
    assert "<!doctype html>" in (out / "report.html").read_text(encoding="utf-8")


def test_a_run_that_was_killed_goes_on_where_it_stopped(news, questions, tmp_path):
    def killed(case):
        if case.id == "ford":
            raise KeyboardInterrupt
        return right(news).reply(case)

    with pytest.raises(KeyboardInterrupt):
        run(news, questions, [ScriptedEngine("onrecord", killed)], tmp_path)
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write('{"key": "half a li')
    again = right(news)
    assert run(news, questions, [again], tmp_path) == 0
    assert again.asked == ["ford"]
    assert len((tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    last = right(news)
    assert run(news, questions, [last], tmp_path) == 0
    assert last.asked == []


def test_another_setting_asks_anew_and_keeps_the_old_results_aside(news, questions, tmp_path):
    run(news, questions, [right(news)], tmp_path)
    changed = replace(right(news), settings={"llm": "another"})
    run(news, questions, [changed], tmp_path)
    assert len(changed.asked) == 3
    assert len((tmp_path / "results.old.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_an_engine_that_raises_fails_that_question_and_the_run_goes_on(news, questions, tmp_path):
    def flaky(case):
        return TimeoutError("too late") if case.id == "paid" else right(news).reply(case)

    shown = console()
    assert run(news, questions, [ScriptedEngine("onrecord", flaky)], tmp_path, shown=shown) == 1
    told = summary_of(tmp_path)["engines"]["onrecord"]
    assert told["failed"] == {"paid": "TimeoutError: too late"}
    assert told["figures"]["accuracy"]["value"] == pytest.approx(2 / 3)
    assert "failed: onrecord on paid: TimeoutError: too late" in shown.file.getvalue()
    mended = right(news)
    assert run(news, questions, [mended], tmp_path) == 0
    assert mended.asked == ["paid"]


def test_a_question_with_nuggets_on_which_the_engine_fails_has_none_of_them(news, tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"id": "paid", "question": "?", "nuggets": [{"any": ["45,000"]}]}))
    engine = ScriptedEngine("onrecord", lambda case: TimeoutError("too late"))
    assert run(news, path, [engine], tmp_path) == 1
    assert summary_of(tmp_path)["engines"]["onrecord"]["figures"]["vital_recall"]["value"] == 0.0
    assert summary_of(tmp_path)["engines"]["onrecord"]["figures"]["present_right"]["value"] == 0.0


def test_forms_are_told_apart_in_the_terminal_the_summary_and_the_report(news, tmp_path):
    lines = (
        {"id": "paid", "question": "?", "form": "fact", "nuggets": [{"any": ["45,000"]}], "tags": ["cross"]},
        {
            "id": "vent",
            "question": "?",
            "form": "why",
            "lang": "fr",
            "nuggets": [{"any": ["pluie"]}, {"any": ["vent"]}],
        },
        {"id": "ford", "question": "?", "form": "fact", "expect": "not_found", "tags": ["near"]},
    )
    path, shown = tmp_path / "set.jsonl", console()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert run(news, path, [right(news)], tmp_path, "vital_recall>=0.75,present_right==0.5", shown=shown) == 0
    slices = summary_of(tmp_path)["engines"]["onrecord"]["slices"]
    assert slices["form why"]["vital_recall"]["value"] == 0.5 and slices["form why"]["accuracy"]["value"] == 0.0
    assert slices["tag cross"]["vital_recall"]["value"] == slices["form fact"]["present_right"]["value"] == 1.0
    assert re.search(r"why\s*│\s*1\s*│\s*0\.000\s*│\s*0\.000\s*│\s*0\.500", shown.file.getvalue())
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "form why" in report and "lacks pluie" in report and "<code>pluie</code>" in report


def test_the_gate_names_what_fell_short(news, questions, tmp_path):
    def wrong(case):
        return Reply(answer("I know not."), ())

    shown = console()
    engines = [right(news), ScriptedEngine("starter", wrong)]
    required = "accuracy>=0.9,verified==1,starter:accuracy>=0.5,cost_usd<1"
    assert run(news, questions, engines, tmp_path, required, shown=shown) == 3
    said = " ".join(shown.file.getvalue().split())
    assert "short: starter:accuracy>=0.5: starter has 0" in said
    assert "short: cost_usd<1: cost_usd applied to no question" in said
    assert "short: accuracy" not in said and "short: verified" not in said


def test_a_baseline_shows_and_fails_a_regression(news, questions, tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    run(news, questions, [right(news)], before)
    wrong = ScriptedEngine("onrecord", lambda case: Reply(answer("Nobody knows."), ()))
    shown = console()
    assert run(news, questions, [wrong], after, baseline=before / "summary.json", shown=shown) == 3
    assert "accuracy fell by 1.000" in " ".join(shown.file.getvalue().split())
    report = (after / "report.html").read_text(encoding="utf-8")
    assert "now wrong" in report and "He paid $45,000 [1]." in report
    assert run(news, questions, [right(news)], tmp_path / "again", baseline=before / "summary.json") == 0


def test_a_baseline_of_another_set_is_refused_before_anything_is_asked(news, questions, tmp_path):
    run(news, questions, [right(news)], tmp_path / "before")
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(QUESTIONS[0]))
    with pytest.raises(QuestionSetError, match="other questions or another corpus"):
        run_evaluation(
            other,
            engines=["retrieval"],
            library=None,
            llm=None,
            out=tmp_path / "out",
            baseline=tmp_path / "before" / "summary.json",
            require=None,
            sample=None,
            seed=0,
            cache=tmp_path,
            judge=None,
            console=console(),
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["accuracy", "accuracy=>1", "accuracy>=high", "accuracy>=1;verified==1"])
def test_a_requirement_that_cannot_be_read_is_refused(text):
    with pytest.raises(SettingsError, match="cannot be read"):
        gate.parse_requirements(text)


REQUIREMENTS = [
    ("f1>=0.85", 0.85, True),
    ("f1>0.85", 0.85, False),
    ("f1==1", 1.0, True),
    ("f1==1", 0.999, False),
    ("f1<=8", 9.0, False),
    ("f1<8", 7.5, True),
    ("recall@5>=.9", 0.9, True),
]


@pytest.mark.parametrize(("text", "value", "holds"), REQUIREMENTS)
def test_requirements(text, value, holds):
    assert gate.parse_requirements(text)[0].holds(value) is holds


def test_a_measure_that_does_not_exist_is_refused_before_anything_is_asked():
    with pytest.raises(SettingsError, match="nonsense"):
        gate.parse_requirements("accuracy>=0.9,nonsense>=0")


def test_engines_take_turns(news, questions):
    plan = plan_of(load_set(questions), None, 0)
    engines = [ScriptedEngine("a", lambda case: None), ScriptedEngine("b", lambda case: None)]
    order = [(case.id, engine.name) for case, engine in interleaved(plan, engines)]
    assert [case for case, _ in order] == ["paid", "paid", "vent", "vent", "ford", "ford"]
    assert order == [(case.id, engine.name) for case, engine in interleaved(plan, engines)]


def test_an_unknown_engine_is_refused_and_so_is_a_starter_without_a_model(news):
    with ExitStack() as stack:
        with pytest.raises(SettingsError, match="no engine 'gpt'"):
            open_engines(["gpt"], news, None, stack)
        with pytest.raises(SettingsError, match="starter cannot answer without a language model"):
            open_engines(["starter"], news, "none", stack)


def test_a_set_without_a_corpus_asks_a_library_that_is_there(questions, tmp_path, monkeypatch):
    monkeypatch.setenv("ONRECORD_LIBRARY", str(tmp_path / "nowhere"))
    with pytest.raises(LibraryError, match="nowhere"):
        open_corpus(load_set(questions), None, tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_corpus_with_a_broken_record_is_refused(tmp_path):
    (tmp_path / "news.jsonl").write_text("{broken\n")
    path = tmp_path / "set.jsonl"
    path.write_text('{"corpus": "news.jsonl"}\n' + json.dumps(QUESTIONS[2]))
    with pytest.raises(QuestionSetError, match=r"cannot be read whole: .*news\.jsonl:1"):
        open_corpus(load_set(path), None, tmp_path / "cache")


def test_a_judge_is_asked_once_and_its_figures_stand_apart(news, questions, tmp_path):
    plan, gates = plan_of(load_set(questions), None, 0), Gates()
    llm = ScriptedLLM(script=["YES", "5\nAs it should be.", "No.", "no score given"])
    assert evaluate(plan, [right(news)], news, gates, tmp_path, console(), Judge(llm)) == 0
    told = summary_of(tmp_path)
    assert told["judge"]["name"] == "scripted"
    figures = told["judge"]["engines"]["onrecord"]
    assert figures["faithfulness"]["value"] == 0.5 and figures["faithfulness"]["n"] == 2
    assert figures["correctness"]["value"] == 1.0 and figures["correctness"]["n"] == 1
    assert "faithfulness" not in told["engines"]["onrecord"]["figures"]
    evaluate(plan, [right(news)], news, gates, tmp_path, console(), Judge(ScriptedLLM(script=[])))
    assert summary_of(tmp_path)["judge"] == told["judge"]


# The engines themselves


class Quoting:
    """An assistant that answers with the best passage."""

    def __init__(self, library):
        self.library, self.llm, self.histories = library, None, []

    def ask(self, question, history=()):
        self.histories.append(tuple(history))
        hit = self.library.search(question, k=1)[0]
        return answer(f"{hit.chunk.text} [1]", citation(1, hit.article, hit.chunk.text), question=question)


def test_onrecord_is_asked_with_the_questions_before_and_its_search_is_measured_apart(news, questions):
    assistant = Quoting(news)
    case = replace(load_set(questions).cases[0], history=("Who bought it?",))
    reply = Onrecord(assistant).answer(case)
    assert assistant.histories == [("Who bought it?",)]
    assert reply.retrieved[0].article_id == "roadster" and reply.search_s > 0
    assert reply.answer.timings.total_s == 1.5


def test_retrieval_only_searches(news, questions):
    reply = Retrieval(news).answer(load_set(questions).cases[0])
    assert reply.answer is None and reply.retrieved[0].article_id == "roadster"


def test_the_starter_cites_whole_sources_and_is_read_with_goodwill(news, questions):
    llm = ScriptedLLM(script=["He paid $45,000 [Source 1], and [9] says so.", "None of the sources mention Ford [1]."])
    paid, _, ford = load_set(questions).cases
    with Starter(news, llm) as starter:
        reply, declined = starter.answer(paid), starter.answer(ford)
    cited = reply.answer.citations[0]
    assert news.article(cited.article_id).text[cited.start : cited.end] == cited.quote
    assert [citation.marker for citation in reply.answer.citations] == [1]
    assert reply.answer.status == "answered" and reply.answer.models.llm == "scripted"
    assert {one.article_id for one in reply.retrieved} == {"roadster", "fusee"}
    assert all(-1 <= one.similarity <= 1 for one in reply.retrieved)
    assert declined.answer.status == "not_found" and not declined.answer.citations


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "not_found"),
        ("The provided sources do not mention the CEO of Ford.", "not_found"),
        ("There is no information about Ford in the sources [1].", "not_found"),
        ("I cannot find that.", "not_found"),
        ("The name is not mentioned [2].", "not_found"),
        ("Les sources ne mentionnent pas Ford.", "not_found"),
        ("Aucune information n'est donnée.", "not_found"),
        ("Le nom n'est pas précisé dans les sources.", "not_found"),
        ("It did not rain [1].", "answered"),
        ("He paid $45,000 [1]. The sources do not say when.", "answered"),
        ("The CEO of Ford is Mark Zuckerman. [Source 4]", "answered"),
        ("The sources disagree: 2018 [1] or 2019 [2].", "conflict"),
    ],
)
def test_what_the_starters_words_amount_to(text, status):
    assert status_of(text, 2) == status


@pytest.mark.models
def test_a_set_with_its_own_corpus_runs_from_one_call(tmp_path):
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in NEWS), encoding="utf-8")
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ({"corpus": "news.jsonl", "name": "News"}, *QUESTIONS)))
    arguments = {
        "engines": ["onrecord", "retrieval"], "library": None, "llm": "none", "out": tmp_path / "out", "baseline": None,
        "require": "recall@1==1,verified==1,invariants==1", "sample": None, "seed": 0, "cache": tmp_path / "cache",
        "judge": None, "console": console(),
    }  # fmt: skip
    assert run_evaluation(path, **arguments) == 0
    told = summary_of(tmp_path / "out")
    assert told["set"]["name"] == "News" and set(told["engines"]) == {"onrecord", "retrieval"}
    assert told["engines"]["retrieval"]["figures"]["recall@1"]["value"] == 1.0
    assert run_evaluation(path, **arguments) == 0  # from the kept corpus
