"""Every measure of one reply. Each is a small function to a Score; all but times, tokens and sizes lie in [0, 1]."""

from collections.abc import Sequence

from eval import ranking
from eval.cases import Case
from eval.corpus import Corpus
from eval.matching import accepted, exact_match, matches, plain, token_f1
from eval.ranking import Span
from eval.records import Found, Reply, Score
from eval.support import Statement, markers_of, statements, unsupported
from eval.words import language_of
from rag.answer import Answer, Citation

_SPAN_CUTOFF = 5


def score(case: Case, reply: Reply, corpus: Corpus) -> dict[str, Score]:
    """Every measure that applies to this kind of reply, by name."""
    scores = _search_scores(case, reply.retrieved, corpus)
    scores["search_s"] = Score(reply.search_s or None)
    if reply.answer:
        scores |= _answer_scores(case, reply.answer) | _citation_scores(case, reply.answer, corpus)
        scores |= _cost_scores(reply.answer)
    return scores


# The answer


def accuracy(case: Case, answer: Answer) -> Score:
    """Right or wrong. Right is: declined where the articles do not say, and else an accepted answer (all of them
    where the set says so, as for two sources that differ) in the text, numbers, dates and accents made equal.
    """
    if case.expect == "not_found":
        return Score(
            float(_declined(answer)), "declined" if _declined(answer) else "answered what the articles do not say"
        )
    if not case.answers:
        return Score(None, "the set names no accepted answer")
    if _declined(answer):
        return Score(0.0, "declined")
    found = accepted(answer.text, case.answers)
    right = matches(answer.text, case.answers, case.match)
    return Score(float(right), f"has {', '.join(found)}" if found else f"has none of {', '.join(case.answers)}")


def abstention_precision(case: Case, answer: Answer) -> Score:
    """Of what was declined, the share that had to be (SQuAD 2.0 asks for this behaviour, arXiv 1806.03822)."""
    return Score(float(case.expect == "not_found") if _declined(answer) else None)


def abstention_recall(case: Case, answer: Answer) -> Score:
    """Of what the articles do not say, the share that was declined."""
    return Score(float(_declined(answer)) if case.expect == "not_found" else None)


def false_refusal(case: Case, answer: Answer) -> Score:
    """Of what the articles do say, the share that was declined: the one rate here that should be 0."""
    return Score(float(_declined(answer)) if case.expect != "not_found" else None)


def conflict_recognition(case: Case, answer: Answer) -> Score:
    """Of what the sources tell differently, the share that was answered as a conflict."""
    return Score(float(answer.status == "conflict") if case.expect == "conflict" else None, answer.status)


def language_right(case: Case, answer: Answer) -> Score:
    """Whether the text is in the question's language, told by function words; None for a bare name or number."""
    spoken = language_of(plain(answer.text))
    if spoken is None or case.lang not in ("en", "fr") or _declined(answer):
        return Score(None)
    return Score(float(spoken == case.lang), f"{spoken} to a question in {case.lang}")


def _answer_scores(case: Case, answer: Answer) -> dict[str, Score]:
    judged = bool(case.answers) and case.expect == "answered"
    return {
        "accuracy": accuracy(case, answer),
        "exact_match": Score(
            exact_match(answer.text, case.answers) if judged and not _declined(answer) else 0.0 if judged else None
        ),
        "f1": Score(
            token_f1(answer.text, case.answers) if judged and not _declined(answer) else 0.0 if judged else None
        ),
        "abstention_precision": abstention_precision(case, answer),
        "abstention_recall": abstention_recall(case, answer),
        "false_refusal": false_refusal(case, answer),
        "conflict_recognition": conflict_recognition(case, answer),
        "language": language_right(case, answer),
    }


def _declined(answer: Answer) -> bool:
    return answer.status == "not_found"


# Its citations


def citation_recall(answer: Answer) -> Score:
    """The share of the answer's sentences that their own citations, read together, support (ALCE, §3.3)."""
    judged = [(said, _why_unsupported(said, answer, said.markers)) for said in _statements(answer)]
    told = [(said, why) for said, why in judged if why is not None]
    if not told:
        return Score(None, "no sentence that the rules can judge")
    wrong = [f"“{said.text}” {why}" for said, why in told if why]
    return Score(1 - len(wrong) / len(told), "; ".join(wrong) or "every sentence is supported")


def citation_precision(answer: Answer) -> Score:
    """The share of citations that help (ALCE, §3.3): their sentence is supported, and they either support it alone
    or are needed by the others.
    """
    helpful = [_helps(said, marker, answer) for said in _statements(answer) for marker in said.markers]
    told = [helps for helps in helpful if helps is not None]
    return Score(sum(told) / len(told), f"{sum(told)} of {len(told)}") if told else Score(None)


def source_recall(case: Case, answer: Answer, corpus: Corpus) -> Score:
    """The share of the gold articles that are cited."""
    gold = {corpus.article_of(name).id for name in case.sources}
    if not gold or _declined(answer):
        return Score(None)
    return Score(len(gold & {citation.article_id for citation in answer.citations}) / len(gold))


def passage_recall(case: Case, answer: Answer, corpus: Corpus) -> Score:
    """The share of the gold passages that a cited quote overlaps."""
    gold = _gold_spans(case, corpus)
    if not gold or _declined(answer):
        return Score(None)
    quotes = [(citation.article_id, citation.start, citation.end) for citation in answer.citations]
    return Score(sum(any(ranking.overlaps(quote, span) for quote in quotes) for span in gold) / len(gold))


def verified(answer: Answer, corpus: Corpus) -> Score:
    """The share of quotes that stand in the stored article, character for character, where they say they do."""
    if not answer.citations:
        return Score(None)
    false = [citation for citation in answer.citations if not _is_verbatim(citation, corpus)]
    return Score(
        1 - len(false) / len(answer.citations),
        "; ".join(f"[{citation.marker}] is not in the article" for citation in false),
    )


def markers_resolved(answer: Answer) -> Score:
    """The share of the markers in the text that have a citation; the others point nowhere."""
    markers = markers_of(answer.text)
    known = {citation.marker for citation in answer.citations}
    return Score(sum(marker in known for marker in markers) / len(markers)) if markers else Score(None)


def invariants(answer: Answer, corpus: Corpus) -> Score:
    """1 where the answer keeps every promise of its type (see rag.answer.Answer), else 0 and the broken ones."""
    broken = _broken(answer, corpus)
    return Score(float(not broken), "; ".join(broken))


def _citation_scores(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Score]:
    answered = not _declined(answer)
    return {
        "cited": Score(float(bool(answer.citations)) if answered else None),
        "citation_recall": citation_recall(answer) if answered else Score(None),
        "citation_precision": citation_precision(answer) if answered else Score(None),
        "source_recall": source_recall(case, answer, corpus),
        "passage_recall": passage_recall(case, answer, corpus),
        "verified": verified(answer, corpus),
        "markers": markers_resolved(answer),
        "invariants": invariants(answer, corpus),
    }


def _statements(answer: Answer) -> list[Statement]:
    return statements(answer.text)


def _why_unsupported(said: Statement, answer: Answer, markers: Sequence[int]) -> str | None:
    cited = [citation for citation in answer.citations if citation.marker in markers]
    if not cited:
        return "has no citation"
    given = (answer.question, *(citation.title for citation in cited))
    return unsupported(said.text, [citation.quote for citation in cited], given)


def _helps(said: Statement, marker: int, answer: Answer) -> bool | None:
    together = _why_unsupported(said, answer, said.markers)
    if together is None:
        return None
    others = [other for other in said.markers if other != marker]
    alone = _why_unsupported(said, answer, [marker])
    return together == "" and (alone == "" or _why_unsupported(said, answer, others) != "")


def _is_verbatim(citation: Citation, corpus: Corpus) -> bool:
    article = corpus.articles.get(citation.article_id)
    return (
        article is not None and bool(citation.quote) and article.text[citation.start : citation.end] == citation.quote
    )


def _broken(answer: Answer, corpus: Corpus) -> list[str]:
    """The promises that the answer does not keep."""
    written, cited = set(markers_of(answer.text)), [citation.marker for citation in answer.citations]
    shown = (*answer.citations, *answer.closest)
    claims = answer.claims
    differing = len({citation.quote for citation in answer.citations}) > 1
    kept = {
        "it is still a draft": answer.status != "draft",
        "a quote is not in its article": all(_is_verbatim(citation, corpus) for citation in shown),
        "a title, address or date is not the library's": all(_is_from_library(citation, corpus) for citation in shown),
        "a marker stands for two citations": len(cited) == len(set(cited)),
        "a marker in the text has no citation": written <= set(cited),
        "a citation's marker is not in the text": set(cited) <= written,
        "a claim is not where it says": all(answer.text[claim.start : claim.end] == claim.text for claim in claims),
        "a claim rests on no citation of the answer": all(set(claim.citations) <= set(cited) for claim in claims),
        "declined, yet it claims or cites": not _declined(answer) or not (claims or cited),
        "a conflict without two differing statements": answer.status != "conflict" or differing,
    }
    return [promise for promise, holds in kept.items() if not holds]


def _is_from_library(citation: Citation, corpus: Corpus) -> bool:
    article = corpus.articles.get(citation.article_id)
    fields = ("title", "publisher", "author", "url", "published", "language")
    return article is not None and all(getattr(citation, name) == getattr(article, name) for name in fields)


# What was retrieved


def _search_scores(case: Case, found: Sequence[Found], corpus: Corpus) -> dict[str, Score]:
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
    gold = _gold_spans(case, corpus)
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


def _gold_spans(case: Case, corpus: Corpus) -> list[Span]:
    return [span for passage in case.passages if (span := corpus.span(passage))]


# What it took


def _cost_scores(answer: Answer) -> dict[str, Score]:
    """Seconds, tokens and sizes; what did not happen (no model call: no first token) does not apply."""
    timings, usage = answer.timings, answer.usage
    quotes = [len(citation.quote) for citation in answer.citations]
    return {
        "first_evidence_s": Score(timings.first_evidence_s or None),
        "first_token_s": Score(timings.first_token_s or None),
        "total_s": Score(timings.total_s or None),
        "prompt_tokens": Score(usage.prompt_tokens or None),
        "completion_tokens": Score(usage.completion_tokens or None),
        "cost_usd": Score(usage.cost_usd),
        "answer_words": Score(len(plain(answer.text).split())),
        "quote_chars": Score(sum(quotes) / len(quotes) if quotes else None),
    }
