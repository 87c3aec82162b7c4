"""Thresholds of one's own: fitted to a set of questions, kept beside the library, used by whoever opens it."""

import io
import json
from dataclasses import replace

import pytest
from fakes import FakeReader, WordEmbedding
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eval.calibrating import MOST_REFUSED, calibrate, declining, threshold
from index import Library
from index.articles import Article
from index.errors import ModelFileError, SettingsError
from rag.reader.own import save_thresholds, with_own_thresholds

CHANCES = st.lists(st.floats(0, 1), min_size=10, max_size=60).map(sorted)


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as opened:
        opened.store(Article("a", "The tram", "The tram is late.", "en", "a"))
        yield opened


def questions(tmp_path, present, absent):
    rows = [{"id": f"p{n}", "question": f"Present {n}?", "answers": ["late"]} for n in range(present)]
    rows += [{"id": f"a{n}", "question": f"Absent {n}?", "expect": "not_found"} for n in range(absent)]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(row | {"lang": "en"}) for row in rows), "utf-8")
    return path


def reader(present=0.8, absent=0.3):
    chances = {f"Present {n}?": present for n in range(40)} | {f"Absent {n}?": absent for n in range(40)}
    return FakeReader(answered=chances)


def test_the_threshold_moves_between_what_has_an_answer_and_what_has_none(tmp_path, library):
    told = io.StringIO()
    fitted = calibrate(questions(tmp_path, 20, 10), library, reader(0.45, 0.3), Console(file=told, width=200))
    assert 0.3 < fitted.declined <= 0.45 and fitted.doubtful >= fitted.declined
    assert "before: threshold 0.510, declines 1.00" in told.getvalue() and "and 0.00 of the others" in told.getvalue()


def test_too_few_questions_are_refused_with_their_number(tmp_path, library):
    with pytest.raises(SettingsError, match="19 questions with an answer and 10 without"):
        calibrate(questions(tmp_path, 19, 10), library, reader(), Console(file=io.StringIO()))


@given(CHANCES, CHANCES)
def test_few_questions_with_an_answer_are_ever_declined(present, absent):
    assert declining(present, absent, threshold(present, absent)).present <= MOST_REFUSED


def test_kept_thresholds_hold_for_their_own_weights_only(tmp_path):
    one, other = FakeReader(name="one"), FakeReader(name="other")
    save_thresholds(tmp_path, one, replace(one.thresholds, declined=0.2))
    assert with_own_thresholds(one, tmp_path).thresholds.declined == 0.2 and one.thresholds.declined == 0.51
    assert with_own_thresholds(other, tmp_path) is other and with_own_thresholds(one, tmp_path / "none") is one


@pytest.mark.parametrize("kept", ["", "[]", '{"reader": "one", "declined": 1, "unknown": 2}', '{"declined": 1}'])
def test_a_damaged_file_of_thresholds_is_named(tmp_path, kept):
    path = save_thresholds(tmp_path, FakeReader(name="one"), FakeReader().thresholds)
    path.write_text(kept, "utf-8")
    with pytest.raises(ModelFileError, match=r"reader-thresholds\.json"):
        with_own_thresholds(FakeReader(name="one"), tmp_path)
