"""A short form of `python -m tests.crash`: a few kills at random moments and at steps drawn at random."""

import subprocess
import sys
from pathlib import Path

import pytest
from crash import scenarios

HARNESS = Path(__file__).with_name("crash.py")


@pytest.mark.parametrize("name", [s.name for s in scenarios() if "1,000" not in s.name])
def test_whenever_it_is_killed_nothing_is_lost_and_all_agree(name):
    """In a process of its own: the harness forks, which must not happen beside the threads of other tests."""
    command = [sys.executable, HARNESS, "--only", name, "--times", "3", "--few", "--chunks", "0", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=HARNESS.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    kills, steps = done.stdout.splitlines()[1].removeprefix(name).split()[:2]
    assert int(kills) >= 6 and int(steps) > 6


def test_a_lost_article_would_be_seen(tmp_path):
    """The judge itself: what is not there though it was acknowledged, or there twice, is said."""
    from crash_check import check
    from fakes import WordEmbedding

    from index import Library

    with Library.open(tmp_path / "library", embedding=WordEmbedding()) as library:
        (tmp_path / "a.txt").write_text("Articlezero is here. The ferry was late again.")
        library.add([tmp_path / "a.txt"])
        (id,) = (article.id for article in library.articles())
    text = "Articleone was acknowledged."
    verdict = check(tmp_path / "library", {"a1": {text}})
    assert verdict.lost and verdict.doubled and id in verdict.doubled[0]
    assert any("Articleone" in what for what in verdict.disagreeing) is False
