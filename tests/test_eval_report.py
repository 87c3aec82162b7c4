import json
import re
from html.parser import HTMLParser

from eval_fakes import ARTICLES, ScriptedEngine, answer, citation, found

from eval.cases import Case, Passage, Plan, QuestionSet
from eval.corpus import corpus_of
from eval.metrics.reply_metrics import score
from eval.reply_records import Record, Reply
from eval.report.report_page import write_report
from eval.run import summarise

ROADSTER, FUSEE = ARTICLES
PRICE = citation(1, ROADSTER, "Sam Altman paid $45,000 for a Roadster in July 2018.")
EVIL = "<script>alert('x')</script> & \"so\""
PASSAGE = Passage("roadster", 16, 23, "$45,000")
CASES = (
    Case("paid", f"What did he pay? {EVIL}", answers=("$45,000",), sources=("roadster",), passages=(PASSAGE,)),
    Case("prix", "Combien a coûté le tir ?", lang="fr", answers=("12 millions",), sources=("fusee",)),
    Case("ford", "Who runs Ford?", expect="not_found", tags=("absent",)),
)


def records(engine, said):
    corpus = corpus_of(ARTICLES, CASES)
    retrieved = (found(ROADSTER, PRICE.quote), found(FUSEE, "La fusée", 0.7))
    replies = [(case, Reply(said.get(case.id), retrieved, 0.02)) for case in CASES]
    return [Record("k", engine, case.id, case.question, reply, score(case, reply, corpus)) for case, reply in replies]


def page(tmp_path, held, baseline=None, extra=None):
    """The report of these records, and their summary."""
    names = list(dict.fromkeys(record.engine for record in held))
    questions = QuestionSet("News <2026>", tmp_path / "set.jsonl", CASES, licence="CC0")
    plan = Plan(questions, CASES, "hash", None, 0)
    engines = [ScriptedEngine(name, lambda case: None, {"llm": EVIL}) for name in names]
    summary = summarise(plan, engines, held, corpus_of(ARTICLES, CASES), {"embedding": "words"}, {"release": "0"})
    summary = json.loads(json.dumps(summary)) | (extra or {})
    path = tmp_path / "report.html"
    write_report(path, questions, CASES, held, summary, baseline, corpus_of(ARTICLES, CASES))
    return path.read_text(encoding="utf-8"), summary


SAID = {
    "paid": answer(f"He paid nothing. {EVIL} [1]", PRICE),
    "prix": answer("Le tir a coûté 12 millions d'euros [1].", citation(1, FUSEE, "Il a coûté 12 millions d'euros.")),
    "ford": answer("Not said.", status="not_found"),
}


class Shape(HTMLParser):
    """Every element that opens must close; what is fetched is noted."""

    def __init__(self):
        super().__init__()
        self.open, self.fetched, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_sound_page_that_fetches_nothing(tmp_path):
    html, _ = page(tmp_path, records("onrecord", SAID) + records("starter", SAID))
    shape = Shape()
    shape.feed(html)
    assert shape.open == []
    assert all(address.startswith("data:image/svg+xml;base64,") for address in shape.fetched)
    assert len(shape.fetched) == 4
    assert "@import" not in html and "url(" not in html


def test_everything_from_outside_is_escaped(tmp_path):
    html, summary = page(tmp_path, records("onrecord", SAID))
    again, _ = page(tmp_path, records("onrecord", SAID), baseline=summary)
    assert "<script" not in html + again
    assert "&lt;script&gt;" in html and "News &lt;2026&gt;" in html


def test_a_wrong_answer_is_readable_with_its_evidence(tmp_path):
    html, _ = page(tmp_path, records("onrecord", SAID))
    text = re.sub(r"<[^>]+>", "", html)
    assert "onrecord: 1 of 3" in text
    assert "He paid nothing." in text and "has none of $45,000" in text
    assert PRICE.quote in text and "verified" in text
    assert "<mark>$45,000</mark>" in html


def test_figures_stand_beside_each_other_with_their_intervals(tmp_path):
    html, _ = page(tmp_path, records("onrecord", SAID) + records("starter", {"paid": None}))
    assert re.search(r"<th title=[^>]*>right</th><td><b>0\.667</b><span class=\"interval\"> \(0\.000–1\.000\)", html)
    assert '<td class="absent">–</td>' in html


def test_a_baseline_shows_what_changed(tmp_path):
    _, before = page(tmp_path, records("onrecord", SAID))
    mended = SAID | {"paid": answer("He paid $45,000 [1].", PRICE), "ford": answer("Zuckerman.")}
    html, _ = page(tmp_path, records("onrecord", mended), baseline=before)
    assert "now right" in html and "now wrong" in html
    assert "no more than chance explains" in html


def test_a_judge_is_named_and_apart(tmp_path):
    figure = {"value": 0.5, "low": 0.1, "high": 0.9, "n": 2}
    said = {"judge": {"name": "a-large-model", "engines": {"onrecord": {"faithfulness": figure}}}}
    html, _ = page(tmp_path, records("onrecord", SAID), extra=said)
    assert "Judged by a-large-model" in html and "faithfulness (onrecord)" in html
    assert "A language model's opinion, not a measurement." in html


def test_a_run_of_searches_alone_has_a_report_too(tmp_path):
    html, _ = page(tmp_path, records("retrieval", {}))
    assert "article recall@5" in html and "Right, and rightly declined" not in html
