"""Measures of what was retrieved, by article and by passage."""

from collections.abc import Sequence

from eval.cases import Case
from eval.corpus import Corpus
from eval.metrics import ranking
from eval.reply_records import Found, Score

_SPAN_CUTOFF = 5


def search_scores(case: Case, found: Sequence[Found], corpus: Corpus) -> dict[str, Score]:
    """Every measure of a ranking; those with nothing gold to find do not apply."""
    scores = _article_scores(case, found, corpus) | _passage_scores(case, found, corpus)
    scores["similarity"] = Score(max((one.similarity for one in found), default=None))
    return scores


def _article_scores(case: Case, found: Sequence[Found], corpus: Corpus) -> dict[str, Score]:
    """Articles ranked by their first chunk; a chunk also found in copies brings all of their articles at once."""
    gold = dict.fromkeys(corpus.article_of(name).id for name in case.sources)
    place, places = 0, dict[str, int]()
    for one in found:
        fresh = {one.article_id, *one.also_in} - places.keys()
        place += bool(fresh)
        places |= dict.fromkeys(fresh, place)
    return _ranked("", [places.get(id) for id in gold]) if gold else {}


def _passage_scores(case: Case, found: Sequence[Found], corpus: Corpus) -> dict[str, Score]:
    """Chunks ranked as found; a gold passage stands at the place of the first chunk that overlaps it."""
    gold = corpus.spans(case)
    if not gold:
        return {}
    spans = [one.span for one in found]
    places = [
        next((place for place, span in enumerate(spans, 1) if ranking.overlaps(span, passage)), None)
        for passage in gold
    ]
    top = spans[:_SPAN_CUTOFF]
    return _ranked("passage_", places) | {
        "span_recall": Score(ranking.span_recall(top, gold)),
        "span_precision": Score(ranking.span_precision(top, gold)),
        "span_iou": Score(ranking.span_iou(top, gold)),
    }


def _ranked(prefix: str, places: ranking.Places) -> dict[str, Score]:
    scores = {f"{prefix}recall@{k}": Score(ranking.recall_at(places, k)) for k in ranking.CUTOFFS}
    scores[f"{prefix}mrr"] = Score(ranking.reciprocal_rank(places))
    scores[f"{prefix}ndcg@10"] = Score(ranking.ndcg_at(places, 10))
    return scores
