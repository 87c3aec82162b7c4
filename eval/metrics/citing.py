"""Measures of an answer's citations: do they support it, are they true, do they keep the contract."""

from collections.abc import Sequence

from eval.cases import Case
from eval.corpus import Corpus
from eval.metrics import ranking
from eval.metrics.rule_support import Statement, markers_of, statements, unsupported
from eval.reply_records import Score
from rag.answer import Answer, Citation


def citation_recall(answer: Answer) -> Score:
    """The share of the answer's sentences that their own citations, read together, support (ALCE, §3.3)."""
    judged = [(said, _why_unsupported(said, answer, said.markers)) for said in statements(answer.text)]
    told = [(said, why) for said, why in judged if why is not None]
    if not told:
        return Score(None, "no sentence that the rules can judge")
    wrong = [f"“{said.text}” {why}" for said, why in told if why]
    return Score(1 - len(wrong) / len(told), "; ".join(wrong) or "every sentence is supported")


def citation_precision(answer: Answer) -> Score:
    """The share of citations that help (ALCE, §3.3): their sentence is supported, and they either support it alone
    or are needed by the others.
    """
    helpful = [_helps(said, marker, answer) for said in statements(answer.text) for marker in said.markers]
    told = [helps for helps in helpful if helps is not None]
    return Score(sum(told) / len(told), f"{sum(told)} of {len(told)}") if told else Score(None)


def source_scores(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Score]:
    """The share of the gold articles that are cited, and of the articles cited that are gold articles."""
    gold = {corpus.article_of(name).id for name in case.sources}
    cited = {citation.article_id for citation in answer.citations}
    applies = bool(gold) and answer.status != "not_found"
    return {
        "source_recall": Score(len(gold & cited) / len(gold) if applies else None),
        "source_precision": Score(len(gold & cited) / len(cited) if applies and cited else None),
    }


def passage_recall(case: Case, answer: Answer, corpus: Corpus) -> Score:
    """The share of the gold passages that a cited quote overlaps."""
    gold = corpus.spans(case)
    if not gold or answer.status == "not_found":
        return Score(None)
    quotes = [(citation.article_id, citation.start, citation.end) for citation in answer.citations]
    return Score(sum(any(ranking.overlaps(quote, span) for quote in quotes) for span in gold) / len(gold))


def verified(answer: Answer, corpus: Corpus) -> Score:
    """The share of quotes that stand in the stored article, character for character, where they say they do."""
    if not answer.citations:
        return Score(None)
    false = [citation for citation in answer.citations if not is_verbatim(citation, corpus)]
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


def citation_scores(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Score]:
    """Every measure of the citations; of an answer that declines, those of support do not apply."""
    answered = answer.status != "not_found"
    return {
        "cited": Score(float(bool(answer.citations)) if answered else None),
        "citation_recall": citation_recall(answer) if answered else Score(None),
        "citation_precision": citation_precision(answer) if answered else Score(None),
        **source_scores(case, answer, corpus),
        "passage_recall": passage_recall(case, answer, corpus),
        "verified": verified(answer, corpus),
        "markers": markers_resolved(answer),
        "invariants": invariants(answer, corpus),
    }


def _why_unsupported(said: Statement, answer: Answer, markers: Sequence[int]) -> str | None:
    cited = [citation for citation in answer.citations if citation.marker in markers]
    if not cited:
        return "has no citation"
    about = [
        value for c in cited for value in (c.title, c.publisher, c.published) if value
    ]  # A reader sees these beside it.
    given = (answer.question, *about)
    return unsupported(said.text, [citation.quote for citation in cited], given)


def _helps(said: Statement, marker: int, answer: Answer) -> bool | None:
    together = _why_unsupported(said, answer, said.markers)
    if together is None:
        return None
    others = [other for other in said.markers if other != marker]
    alone = _why_unsupported(said, answer, [marker])
    return together == "" and (alone == "" or _why_unsupported(said, answer, others) != "")


def is_verbatim(citation: Citation, corpus: Corpus) -> bool:
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
        "a quote is not in its article": all(is_verbatim(citation, corpus) for citation in shown),
        "a title, address or date is not the library's": all(_is_from_library(citation, corpus) for citation in shown),
        "a marker stands for two citations": len(cited) == len(set(cited)),
        "a marker in the text has no citation": written <= set(cited),
        "a citation's marker is not in the text": set(cited) <= written,
        "a claim is not where it says": all(answer.text[claim.start : claim.end] == claim.text for claim in claims),
        "a claim rests on no citation of the answer": all(set(claim.citations) <= set(cited) for claim in claims),
        "declined, yet it claims or cites": answer.status != "not_found" or not (claims or cited),
        "a conflict without two differing statements": answer.status != "conflict" or differing,
    }
    return [promise for promise, holds in kept.items() if not holds]


def _is_from_library(citation: Citation, corpus: Corpus) -> bool:
    article = corpus.articles.get(citation.article_id)
    fields = ("title", "publisher", "author", "url", "published", "language")
    return article is not None and all(getattr(citation, name) == getattr(article, name) for name in fields)
