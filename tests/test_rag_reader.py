"""The reader's inputs, its probabilities, and its files when they are damaged. No weights are needed."""

import hashlib
import json
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.errors import ModelFileError
from rag.reader import reader_files, runtime
from rag.reader.inputs import BEGIN, END, MAX_ASKED, MAX_HEAD, MAX_TOKENS, OVERLAP, head, question_rows, statement_rows
from rag.reader.runtime import Calibration, Reading, TrainedReader, reading_of

# Inputs


def tokens(text):
    """A token for every word, its id the word's length above the special ones."""
    found = list(re.finditer(r"\S+", text))
    return [len(match[0]) + 10 for match in found], [match.span() for match in found]


def body_of(count):
    return " ".join(f"w{n}" for n in range(count))


def test_a_row_holds_the_question_the_head_and_the_body():
    (row,) = question_rows(tokens, "Who is late?", "2026-03-02 Ferry", "The ferry is late.")
    asked = tokens("query: Who is late?")[0]
    assert row.ids == [
        BEGIN,
        *asked,
        END,
        END,
        *tokens("2026-03-02 Ferry")[0],
        END,
        *tokens("The ferry is late.")[0],
        END,
    ]
    assert row.ids[1 : row.asked] == asked
    assert [row.ids[at] for at in range(row.body, len(row.ids) - 1)] == tokens("The ferry is late.")[0]
    assert row.spans == [(0, 3), (4, 9), (10, 12), (13, 18)]
    (said,) = statement_rows(tokens, "Who is late?", "", "The ferry is late.")
    assert said.ids[1 : said.asked] == tokens("Who is late?")[0], "a statement stands as it is"


@given(st.integers(0, 1_500), st.integers(0, 100), st.integers(0, 80))
def test_windows_cover_a_body_of_any_length_and_overlap(count, asked, title):
    text = body_of(count)
    rows = question_rows(tokens, body_of(asked), body_of(title), text)
    covered = set()
    for row in rows:
        assert len(row.ids) <= MAX_TOKENS and row.ids[0] == BEGIN and row.ids[-1] == END
        assert row.body <= 1 + MAX_ASKED + 2 + MAX_HEAD + 1 and len(row.spans) == len(row.ids) - row.body - 1
        covered.update(row.spans)
    assert sorted(covered) == tokens(text)[1], "every token is read"
    for before, after in pairwise(rows):
        assert len(set(before.spans) & set(after.spans)) >= OVERLAP, (
            "and an answer at a border is whole in one of the two"
        )


def test_the_head_has_the_day_of_publication():
    assert head("2026-03-02T10:00:00Z", "Ferry") == "2026-03-02 Ferry"
    assert head(None, "Ferry") == "Ferry"


# Probabilities

LOGIT = st.floats(-30, 30, width=32)


@st.composite
def outputs(draw):
    """Rows of one to three passages with what the network could make of them; some passages have two windows."""
    rows, owner, made = [], [], []
    for passage in range(draw(st.integers(1, 3))):
        for _ in range(draw(st.integers(1, 2))):
            (row,) = question_rows(tokens, "Who?", "", body_of(draw(st.integers(0, 6))))
            spans = np.array([[draw(LOGIT), draw(LOGIT)] for _ in row.ids], np.float32)
            rows.append(row)
            owner.append(passage)
            made.append((spans, np.array([draw(LOGIT) for _ in range(3)]), np.zeros(3)))
    return rows, owner, made


def read(rows, owner, made):
    return reading_of(rows, owner, made, max(owner) + 1, Calibration())


@given(outputs())
def test_probabilities_are_probabilities(given):
    reading = read(*given)
    assert 0.0 <= reading.answered <= 1.0
    assert reading.yes + reading.no + reading.other == pytest.approx(1.0)
    assert all(0.0 <= alone <= 1.0 for alone in reading.passages) and len(reading.passages) == max(given[1]) + 1
    assert [span.probability for span in reading.spans] == sorted((s.probability for s in reading.spans), reverse=True)
    places = [(span.passage, span.start, span.end) for span in reading.spans]
    assert len(set(places)) == len(places) and all(start < end for _, start, end in places)


@given(outputs())
def test_the_words_of_all_passages_share_one_probability(given):
    _, owner, _ = given
    assume(len(set(owner)) == len(owner))  # The same words in two windows count once each.
    reading = read(*given)
    assert sum(span.probability for span in reading.spans) <= reading.answered + 1e-4


@given(outputs(), st.floats(-20, 20, width=32))
def test_only_what_a_word_has_beyond_no_answer_counts(given, shift):
    rows, owner, made = given
    moved = [(spans + np.float32(shift), yes_no, verdict) for spans, yes_no, verdict in made]
    one, other = read(rows, owner, made), read(rows, owner, moved)
    assert other.answered == pytest.approx(one.answered, abs=1e-3)
    assert other.passages == pytest.approx(one.passages, abs=1e-3)


@given(outputs())
def test_a_passage_that_does_not_answer_changes_nothing(given):
    rows, owner, made = given
    (row,) = question_rows(tokens, "Who?", "", "nothing to see")
    silent = np.full((len(row.ids), 2), -60.0, np.float32)
    silent[0] = 60.0
    more = read([*rows, row], [*owner, max(owner) + 1], [*made, (silent, np.zeros(3), np.zeros(3))])
    less = read(rows, owner, made)
    assert more.answered == pytest.approx(less.answered, abs=1e-4)
    assert more.passages[:-1] == less.passages and more.passages[-1] < 1e-6


@given(outputs())
def test_the_order_of_passages_does_not_matter(given):
    rows, owner, made = given
    last = max(owner)
    turned = read(rows[::-1], [last - n for n in owner[::-1]], made[::-1])
    reading = read(rows, owner, made)
    assert turned.passages == pytest.approx(reading.passages[::-1])
    assert turned.answered == pytest.approx(reading.answered, abs=1e-5)


def test_the_likeliest_words_come_first_and_lead_to_their_place():
    rows = [question_rows(tokens, "How late?", "", text)[0] for text in ("The port is old.", "It is 5 months late.")]
    made = [(np.zeros((len(row.ids), 2), np.float32) - 9, np.array([-9.0, -9.0, 9.0]), np.zeros(3)) for row in rows]
    made[0][0][0] = made[1][0][0] = 0.0
    made[1][0][rows[1].body + 2, 0] = made[1][0][rows[1].body + 3, 1] = 6.0  # "5" opens, "months" closes.
    reading = reading_of(rows, [0, 1], made, 2, Calibration())
    best = reading.spans[0]
    assert (best.passage, "It is 5 months late."[best.start : best.end]) == (1, "5 months")
    assert reading.answered > 0.9 and reading.passages[1] > 0.9 > 0.1 > reading.passages[0] and reading.other > 0.99


# Files


@pytest.fixture
def files(tmp_path):
    """Files that pass every check: what is in the weights is not looked at before them."""
    weights, card = tmp_path / "reader.onnx", tmp_path / "reader.json"
    weights.write_bytes(b"weights " * 1_000)
    values = {
        "name": "test", "inputs": reader_files.INPUTS, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "thresholds": {"declined": 0.3, "doubtful": 0.5, "supported": 0.7, "contradicted": 0.7}, "calibration": {},
    }  # fmt: skip
    card.write_text(json.dumps(values), "utf-8")
    return weights, card


def assert_refused(weights, card, *says):
    with pytest.raises(ModelFileError) as refused:
        TrainedReader(weights, card)
    message = str(refused.value)
    assert "\n" not in message and "Install onrecord again" in message and "pip install" in message
    assert all(part in message for part in says), message


def test_a_missing_file_is_named_with_what_to_do(files):
    weights, card = files
    weights.unlink()
    assert_refused(weights, card, str(weights), "cannot be read")


def test_missing_or_broken_thresholds_are_named_with_what_to_do(files):
    weights, card = files
    card.write_text('{"name": "test", ', "utf-8")
    assert_refused(weights, card, "reader.json")
    card.write_text("[]", "utf-8")
    assert_refused(weights, card, "reader.json")
    card.unlink()
    assert_refused(weights, card, "reader.json", "cannot be read")


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-100], lambda data: data[:50] + b"\0" + data[51:], lambda data: b""]
)
def test_weights_that_are_cut_short_or_changed_are_named(files, damage):
    weights, card = files
    weights.write_bytes(damage(weights.read_bytes()))
    assert_refused(weights, card, str(weights), "cut short or another one", f"{len(weights.read_bytes()):,} bytes")


@pytest.mark.parametrize("version", [0, 99, None, "1"])
def test_weights_for_other_inputs_are_refused(files, version):
    weights, card = files
    card.write_text(json.dumps(json.loads(card.read_text("utf-8")) | {"inputs": version}), "utf-8")
    assert_refused(weights, card, str(card), repr(version))


@pytest.mark.parametrize("field", ["thresholds", "calibration", "name"])
def test_a_card_that_lacks_a_value_is_refused(files, field):
    weights, card = files
    values = json.loads(card.read_text("utf-8"))
    del values[field]
    card.write_text(json.dumps(values), "utf-8")
    assert_refused(weights, card, str(card))


def test_no_passages_answer_nothing_and_no_pairs_have_no_verdict(files, monkeypatch):
    reader = scripted_reader(files, monkeypatch)
    assert reader.read("Who?", []) == Reading((), (), 0.0, 0.0, 0.0, 1.0)
    assert reader.verify([]) == []


@pytest.mark.parametrize("question", ["?!", "", " ", "…", "🚗", "\ud800", "a" * 10_000])
def test_a_question_without_letters_is_read_like_any_other(files, monkeypatch, question):
    reader = scripted_reader(files, monkeypatch)
    reading = reader.read(question, [runtime.PassageText("", "The ferry is late."), runtime.PassageText("", "")])
    assert 0.0 <= reading.answered <= 1.0 and len(reading.passages) == 2
    (verdict,) = reader.verify([(question, runtime.PassageText("", "The ferry is late."))])
    assert verdict.supported + verdict.contradicted + verdict.neither == pytest.approx(1.0)


def test_of_long_evidence_the_window_that_decides_counts(files, monkeypatch):
    reader = scripted_reader(files, monkeypatch, decides="w900")
    (verdict,) = reader.verify([("It is so.", runtime.PassageText("", body_of(1_000)))])
    assert verdict.supported > 0.9
    (verdict,) = reader.verify([("It is so.", runtime.PassageText("", body_of(100)))])
    assert verdict.neither > 0.9


def scripted_reader(files, monkeypatch, decides="w900"):
    """A reader whose network supports a statement where this word is in the window, and else says nothing."""
    mark = 1_000_000

    class Table:
        def encode(self, texts, special):
            ids, spans = tokens(texts[0])
            words = [texts[0][start:end] for start, end in spans]
            made = [mark if word == decides else id for id, word in zip(ids, words, strict=True)]
            return [type("Encoding", (), {"ids": made, "offsets": spans})]

        def embed(self, ids):
            return ids

    class Session:
        def run(self, names, inputs):
            ids = inputs["token_embeddings"]
            rows, longest = ids.shape
            assert names == ["span", "yes_no", "verdict", "form"] and inputs["attention_mask"].shape == ids.shape
            verdict = np.array([[6.0, 0.0, 0.0] if mark in row else [0.0, 0.0, 6.0] for row in ids])
            return np.zeros((rows, longest, 2), np.float32), np.zeros((rows, 3)), verdict, np.zeros((rows, 9))

    monkeypatch.setattr(runtime, "open_token_table", Table)
    monkeypatch.setattr(runtime, "open_session", lambda file: Session())
    return TrainedReader(*files)
