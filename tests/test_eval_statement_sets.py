import io
import json
import re
from dataclasses import dataclass, field

import pytest
from conftest import ROOT
from rich.console import Console

import rag
from eval.cases import load_set, plan_of, sample
from eval.gate import Gates, parse_requirements
from eval.metrics.verdicts import Judged, confusion, verdict_figures, verdict_slices
from eval.run import run_evaluation
from eval.statement_sets import StatementCase, is_statement_set, load_statements
from eval.verifying import combined, evaluate_statements
from index.errors import QuestionSetError, SettingsError

HEADER = {"kind": "statements", "name": "Pairs", "licence": "CC0", "attribution": "Us"}
EVIDENCE = "The mill may close, <b>said</b> the owner. It employs 340 people."
LINES = (
    {"id": "true", "claim": "340 people work there.", "evidence": EVIDENCE, "label": "supported", "change": "paraphrase"},
    {
        "id": "false", "claim": "340 people died there.", "evidence": EVIDENCE, "label": "contradicted",
        "change": "topic (jobs/lives)", "lang": "en", "published": "2026-03-02", "title": "The mill",
    },
    {
        "id": "vrai", "claim": "L’usine ferme.", "evidence": [EVIDENCE, "It may reopen."], "label": "not_found",
        "change": "hedge, cross", "lang": "fr", "evidence_lang": "en",
    },
)  # fmt: skip


def written(tmp_path, *lines):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


@dataclass
class Sentence:
    verdict: str


@dataclass
class Checked:
    sentences: list[Sentence]


@dataclass
class ScriptedChecks:
    """An assistant that verifies and checks as it is told and remembers what it was given."""

    verdicts: dict[str, object]
    given: list[tuple] = field(default_factory=list)
    llm: None = None

    def verify(self, statement, evidence, language, published, title):
        self.given.append((statement, evidence, language, published, title))
        return self._said(statement)

    def check(self, text):
        self.given.append((text,))
        return Checked([Sentence(verdict) for verdict in self._said(text)])

    def _said(self, text):
        said = self.verdicts[text]
        if isinstance(said, Exception):
            raise said
        return said

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        pass


VERDICTS = {LINES[0]["claim"]: "supported", LINES[1]["claim"]: "supported", LINES[2]["claim"]: "neither"}


def run(path, assistant, out, requirements="", baseline=None, shown=None):
    plan, gates = plan_of(load_statements(path), None, 0), Gates(tuple(parse_requirements(requirements)), baseline)
    shown = shown or Console(file=io.StringIO(), width=160)
    return evaluate_statements(plan, assistant, {"reader": "words"}, gates, out, shown)


def summary_of(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def figure_of(out, name):
    return summary_of(out)["engines"]["onrecord"]["figures"][name]["value"]


# Sets


def test_a_set_reads_as_documented(tmp_path):
    path = written(tmp_path, HEADER, *LINES, {"id": 4, "statement": "Good day!", "label": "no_claim"})
    read = load_statements(path)
    assert is_statement_set(path)
    assert (read.name, read.corpus, read.licence, read.attribution) == ("Pairs", None, "CC0", "Us")
    _, false, french, greeting = read.cases
    assert false == StatementCase(
        "false", "340 people died there.", "contradicted", "en", "topic (jobs/lives)", EVIDENCE, "", "2026-03-02",
        "The mill",
    )  # fmt: skip
    assert false.kind == "topic" and not false.crosses
    assert french.label == "neither" and french.kind == "hedge" and french.crosses
    assert french.evidence == f"{EVIDENCE} It may reopen."
    assert greeting == StatementCase("4", "Good day!", "no_claim")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"id": "a", "claim": "x", "evidence": "y"}, "line 2: label is missing"),
        (
            {"id": "a", "claim": "x", "evidence": "y", "label": "true"},
            "line 2: label is 'true'; choose one of supported",
        ),
        ({"id": "a", "evidence": "y", "label": "supported"}, "line 2: claim is missing"),
        ({"id": "a", "claim": "x", "evidence": [1], "label": "supported"}, "line 2: evidence is [1]; give a text"),
        ({"id": "a", "claim": "x", "evidence": "y", "label": "no_claim"}, "leave out the evidence"),
    ],
)
def test_bad_lines_are_refused_by_number(tmp_path, line, says):
    with pytest.raises(QuestionSetError, match=r"set\.jsonl") as refused:
        load_statements(written(tmp_path, HEADER, line))
    assert says in str(refused.value)


def test_sets_of_another_kind_are_refused(tmp_path):
    with pytest.raises(QuestionSetError, match="line 1: kind is 'songs'; choose one of statements, questions"):
        is_statement_set(written(tmp_path, {"kind": "songs"}))
    with pytest.raises(QuestionSetError, match="line 1: the set is of the kind 'statements'"):
        load_set(written(tmp_path, HEADER, *LINES))
    with pytest.raises(QuestionSetError, match="no statements"):
        load_statements(written(tmp_path, HEADER))
    question = {"id": "q", "question": "Who?", "expect": "not_found"}
    path = written(tmp_path, {"kind": "questions"}, question)
    assert not is_statement_set(path) and len(load_set(path).cases) == 1


def test_the_claims_of_stories_are_statements_about_their_sentences(tmp_path):
    article = {
        "story": "s1",
        "a": "a1",
        "lang": "en",
        "published": "2025-01-16",
        "title": "Mill",
        "s": ["One.", "Two."],
    }
    claim = {"story": "s1", "c": "Deux.", "lang": "fr", "on": [["a1", 1], ["a1", 0]], "label": "supported"}
    header = HEADER | {"articles": "articles.jsonl", "claims": "claims.jsonl"}
    (tmp_path / "articles.jsonl").write_text(json.dumps(article))
    (tmp_path / "claims.jsonl").write_text(json.dumps(claim))
    assert load_statements(written(tmp_path, header)).cases == (
        StatementCase("s1-1", "Deux.", "supported", "fr", "", "Two. One.", "en", "2025-01-16", "Mill"),
    )
    (tmp_path / "claims.jsonl").write_text(json.dumps(claim | {"on": [["a2", 0]]}))
    with pytest.raises(QuestionSetError, match=r"claims\.jsonl', line 1: not the claim of a story"):
        load_statements(written(tmp_path, header))


def test_a_sample_keeps_every_label_in_proportion():
    cases = [StatementCase(str(i), "x", "supported" if i % 4 else "contradicted") for i in range(40)]
    drawn = sample(cases, 8, 0)
    assert drawn == sample(cases, 8, 0)
    assert sum(case.label == "contradicted" for case in drawn) == 2


# Measures


def judged(label, verdict, change="", lang="en", error=""):
    return Judged(StatementCase(f"{label}{verdict}{change}", "x", label, lang, change, "y"), verdict, 0.1, error)


HELD = [
    judged("supported", "supported"),
    judged("supported", "contradicted", "role (a/b)"),
    judged("contradicted", "contradicted", "role (c/d)"),
    judged("contradicted", "supported", "number", "fr"),
    judged("neither", "neither", "hedge"),
    judged("neither", None, "hedge", error="TimeoutError: late"),
]


def test_figures_by_hand():
    values = {name: figure.value for name, figure in verdict_figures(HELD).items()}
    assert values["false_supported"] == 1 / 4
    assert values["true_supported"] == values["true_contradicted"] == values["contradicted_found"] == 1 / 2
    assert values["verdict_accuracy"] == 1 / 2
    assert values["failed"] == pytest.approx(1 / 6)


def test_slices_are_by_language_label_and_kind_of_change():
    told = verdict_slices(HELD)
    assert {
        "language en",
        "language fr",
        "label neither",
        "change role",
        "change number",
        "change hedge",
    } <= told.keys()
    assert told["change role"]["contradicted_found"].value == 1.0
    assert told["language fr"]["false_supported"].value == 1.0


def test_the_verdicts_of_every_label_are_counted():
    counts = confusion(HELD)
    assert counts["neither"] == {"supported": 0, "contradicted": 0, "neither": 1, "no_claim": 0, "failed": 1}
    assert list(counts) == ["supported", "contradicted", "neither"]


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ([], "no_claim"),
        (["no_claim"], "no_claim"),
        (["no_claim", "supported"], "supported"),
        (["supported", "neither"], "neither"),
        (["supported", "neither", "contradicted"], "contradicted"),
    ],
)
def test_a_statement_of_several_sentences(verdicts, whole):
    assert combined(verdicts) == whole


# Runs


def test_a_run_verifies_each_statement_with_its_evidence(tmp_path):
    assistant, out = ScriptedChecks(VERDICTS), tmp_path / "out"
    assert run(written(tmp_path, HEADER, *LINES), assistant, out) == 0
    assert assistant.given[1] == ("340 people died there.", EVIDENCE, "en", "2026-03-02", "The mill")
    assert assistant.given[2][2:] == ("fr", None, "")
    kept = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["id"], one["label"], one["verdict"]) for one in kept] == [
        ("true", "supported", "supported"),
        ("false", "contradicted", "supported"),
        ("vrai", "neither", "neither"),
    ]
    assert figure_of(out, "false_supported") == 0.5 and figure_of(out, "true_supported") == 1.0
    told = summary_of(out)
    assert told["set"]["kind"] == "statements" and told["set"]["statements"] == 3
    assert told["settings"]["onrecord"] == {"reader": "words"}
    assert told["engines"]["onrecord"]["slices"]["evidence in another language"]["verdict_accuracy"]["n"] == 1


def test_the_report_shows_every_wrong_verdict_with_its_evidence(tmp_path):
    run(written(tmp_path, HEADER, *LINES), ScriptedChecks(VERDICTS), tmp_path)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Every wrong verdict: 1" in html and "contradicted → supported" in html
    assert "&lt;b&gt;said&lt;/b&gt;" in html and "<b>said" not in html
    assert "false: supported" in html and "change topic" in html
    assert not re.search(r'(src|href)="(?!data:)', html)


def test_the_terminal_table_is_by_kind_of_change(tmp_path):
    shown = Console(file=io.StringIO(), width=160)
    run(written(tmp_path, HEADER, *LINES), ScriptedChecks(VERDICTS), tmp_path, shown=shown)
    said = shown.file.getvalue()
    assert "Pairs, 3 statements" in said and "false: supported" in said
    assert re.search(r"topic\s*│\s*1\s*│\s*1\.000", said) and "language fr" in said


def test_a_check_that_fails_is_named_and_the_run_goes_on(tmp_path):
    shown = Console(file=io.StringIO(), width=160)
    assistant = ScriptedChecks(VERDICTS | {LINES[0]["claim"]: TimeoutError("late"), LINES[1]["claim"]: "maybe"})
    assert run(written(tmp_path, HEADER, *LINES), assistant, tmp_path, shown=shown) == 1
    assert "failed: onrecord on true: TimeoutError: late" in shown.file.getvalue()
    assert "failed: onrecord on false: ValueError: 'maybe' is no verdict" in shown.file.getvalue()
    assert figure_of(tmp_path, "true_supported") == 0.0 and figure_of(tmp_path, "false_supported") == 0.0


def test_the_gate_and_the_baseline_hold_for_statements(tmp_path):
    path, shown = written(tmp_path, HEADER, *LINES), Console(file=io.StringIO(), width=160)
    right = ScriptedChecks(VERDICTS | {LINES[1]["claim"]: "contradicted"})
    assert run(path, right, tmp_path / "a", "false_supported<=0,contradicted_found==1") == 0
    wrong = ScriptedChecks(dict.fromkeys(VERDICTS, "contradicted"))
    baseline = tmp_path / "a" / "summary.json"
    assert run(path, wrong, tmp_path / "b", "true_supported>=0.5", baseline, shown) == 3
    assert "short: true_supported>=0.5: onrecord has 0" in shown.file.getvalue()
    assert "now wrong" in (tmp_path / "b" / "report.html").read_text(encoding="utf-8")


def test_statements_without_evidence_are_checked_against_the_archive(tmp_path):
    lines = [
        {"id": "a", "statement": "He paid. He waited.", "label": "supported"},
        {"id": "b", "statement": "He flew.", "label": "not_found"},
        {"id": "c", "statement": "Good day!", "label": "no_claim"},
    ]
    said = {"He paid. He waited.": ["supported", "contradicted"], "He flew.": ["not_found"], "Good day!": ["no_claim"]}
    assistant = ScriptedChecks(said)
    assert run(written(tmp_path, HEADER, *lines), assistant, tmp_path) == 0
    assert assistant.given == [("He paid. He waited.",), ("He flew.",), ("Good day!",)]
    assert figure_of(tmp_path, "verdict_accuracy") == pytest.approx(2 / 3)
    assert figure_of(tmp_path, "true_contradicted") == 1.0


# The front door


@pytest.fixture
def front_door(tmp_path, library, monkeypatch):
    """`run_evaluation` over a library with words for an embedding and a scripted assistant."""
    assistant = ScriptedChecks(VERDICTS | {"He paid.": ["supported"]})
    opened = []

    def open_assistant(library, llm):
        opened.append(library)
        return assistant

    monkeypatch.setattr(rag, "open_assistant", open_assistant, raising=False)
    monkeypatch.setattr("index.Library.open", lambda path, **options: library)

    def evaluate(path, engines=("onrecord",), judge=None, sample=None):
        return run_evaluation(
            path, engines=list(engines), library=None, llm="none", out=tmp_path / "out", baseline=None, require=None,
            sample=sample, seed=0, cache=tmp_path / "cache", judge=judge, console=Console(file=io.StringIO(), width=120),
        )  # fmt: skip

    return evaluate, opened


def test_one_call_runs_a_set_of_statements(front_door, tmp_path):
    evaluate, opened = front_door
    assert evaluate(written(tmp_path, HEADER, *LINES)) == 0
    assert summary_of(tmp_path / "out")["settings"]["onrecord"]["llm"] is None
    assert opened


def test_one_call_checks_statements_against_their_corpus(front_door, library, tmp_path):
    evaluate, opened = front_door
    (tmp_path / "news.jsonl").write_text(json.dumps({"id": "a", "title": "Late", "text": "He paid $45,000 for a car."}))
    line = {"id": "a", "statement": "He paid.", "label": "supported"}
    assert evaluate(written(tmp_path, HEADER | {"corpus": "news.jsonl"}, line)) == 0
    assert figure_of(tmp_path / "out", "true_supported") == 1.0
    assert opened == [library]


def test_what_makes_no_sense_for_statements_is_refused(front_door, tmp_path):
    evaluate, _ = front_door
    path = written(tmp_path, HEADER, *LINES)
    for options in ({"engines": ["onrecord", "starter"]}, {"judge": "a-large-model"}, {"sample": -1}):
        with pytest.raises(SettingsError):
            evaluate(path, **options)
    assert not (tmp_path / "out").exists()


# The sets that are shipped


@pytest.mark.parametrize("name", ["minimal-pairs", "news-statements"])
def test_shipped_statement_sets_are_whole(name):
    cases = load_statements(ROOT / "eval" / "sets" / f"{name}.jsonl").cases
    assert len(cases) >= 100
    assert {case.label for case in cases} == {"supported", "contradicted", "neither"}
    assert all(case.evidence and case.kind and case.evidence_lang for case in cases)
