"""A short form of `python -m tests.crash`: a few kills at random moments and at steps drawn at random."""

import random

import pytest
from crash import kill_often, scenarios, warm_up


@pytest.mark.parametrize("scenario", [s for s in scenarios() if "1,000" not in s.name], ids=lambda s: s.name)
def test_whenever_it_is_killed_nothing_is_lost_and_all_agree(scenario, tmp_path):
    warm_up()
    result = kill_often(scenario, tmp_path, times=3, every_step=False, rng=random.Random(7))
    assert not result.failures
    assert len(result.verdicts) == 6 and result.steps > 6
    assert all(verdict.well for verdict in result.verdicts), result.verdicts


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
