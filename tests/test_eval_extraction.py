"""The extraction benchmark's measure, and its command."""

import gzip
import json

import pytest

from eval.extraction import main, overall, page_scores

BODY = "The car is late, and nobody at the company knows why it is. It may come next year, its maker said on Sunday."
PAIRS = {
    "the same": ("a b c d e", "a b c d e", (1.0, 1.0)),
    "punctuation aside": ("a, b. c d", "a b c d", (1.0, 1.0)),
    "half of it": ("a b c d e", "a b c d", (1.0, 0.5)),
    "more than it": ("a b c d", "a b c d e", (0.5, 1.0)),
    "a run twice": ("a b c d", "a b c d a b c d", (0.2, 1.0)),
    "other words": ("a b c d", "e f g h", (0.0, 0.0)),
    "short": ("a b", "a b", (1.0, 1.0)),
    "nothing": ("a b", "", (0.0, 0.0)),
    "nothing in either": ("", "", (1.0, 1.0)),
}


@pytest.mark.parametrize(("true", "found", "scores"), PAIRS.values(), ids=PAIRS)
def test_runs_of_four_words_are_compared(true, found, scores):
    assert page_scores(true, found) == scores


def test_empty_bodies_are_left_out_of_their_average():
    scores = overall([("a b c d", "a b c d"), ("a b c d", "")])
    assert scores == (1.0, 0.5)
    assert scores.f1 == pytest.approx(2 / 3)


def test_a_benchmark_is_scored_by_one_command(tmp_path, capsys):
    (tmp_path / "html").mkdir()
    page = f"<html><body><article><h1>Late</h1><p>{BODY}</p><p>{BODY}</p></article></body></html>"
    (tmp_path / "html" / "a.html.gz").write_bytes(gzip.compress(page.encode()))
    (tmp_path / "html" / "b.html.gz").write_bytes(gzip.compress(b"<html></html>"))
    truth = {"a": {"articleBody": f"{BODY}\n{BODY}"}, "b": {"articleBody": BODY, "url": "https://paper.example/b"}}
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth), "utf-8")
    assert main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "F1 0." in out and "refused: https://paper.example/b" in out


def test_a_folder_that_is_no_benchmark_is_named(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
