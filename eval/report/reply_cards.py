"""One reply as the report shows it: question, answer, why it is wrong, its quotes, and what was found and missed."""

from eval.cases import Case, Nugget
from eval.corpus import Corpus
from eval.reply_records import Found, Record
from eval.report.html_elements import Element, el
from rag.answer import Answer, Citation

_SHOWN = 3
_EXPLAINED = ("accuracy", "vital_recall", "citation_recall", "verified", "markers", "invariants", "language")
_AROUND = 160


def answer_card(record: Record, case: Case, corpus: Corpus) -> Element:
    """A folded card."""
    answer = record.reply.answer if record.reply else None
    labels = dict.fromkeys(text for text in (case.lang, case.form, case.expect, *case.tags) if text)
    tags = [el("span", text, class_="tag") for text in labels]
    rows = [
        ("wanted", _wanted(case)),
        ("rejected", " or ".join(case.reject)),
        ("earlier", " / ".join(case.history)),
        ("failed with", record.error),
        ("answer", _said(answer) if answer else ""),
        ("why", [el("p", line) for line in _reasons(record)]),
        ("quotes", [_quote(citation, corpus) for citation in answer.citations] if answer else []),
        ("closest", [_quote(citation, corpus) for citation in answer.closest[:_SHOWN]] if answer else []),
        ("gold passage", _gold(case, corpus)),
        ("found first", [_passage(found, corpus) for found in record.reply.retrieved[:_SHOWN]] if record.reply else []),
    ]
    listed = [(el("dt", name), el("dd", value)) for name, value in rows if value]
    return el("details", el("summary", tags, case.question), el("dl", listed), class_="card")


def _wanted(case: Case) -> str | list[Element]:
    if case.expect == "not_found":
        return "to be declined: the articles do not say"
    if case.nuggets:
        return [_nugget(nugget) for nugget in case.nuggets]
    return (" and " if case.match == "all" else " or ").join(case.answers)


def _nugget(nugget: Nugget) -> Element:
    return el("p", el("code", " or ".join(nugget.any)), "" if nugget.vital else " (not vital)")


def _said(answer: Answer) -> list[Element | str]:
    return [el("span", answer.status, class_=f"tag {answer.status}"), " ", answer.text]


def _reasons(record: Record) -> list[str]:
    scores = [(name, record.scores[name]) for name in _EXPLAINED if name in record.scores]
    return [
        f"{name}: {score.why}" for name, score in scores if score.value is not None and score.value < 1 and score.why
    ]


def _quote(citation: Citation, corpus: Corpus) -> Element:
    article = corpus.articles.get(citation.article_id)
    true = article is not None and article.text[citation.start : citation.end] == citation.quote
    mark = el("span", "verified" if true else "not in the article", class_=f"tag {'better' if true else 'worse'}")
    marker = f"[{citation.marker}] " if citation.marker else ""
    return el("blockquote", citation.quote, el("footer", marker, citation.title, " ", mark))


def _gold(case: Case, corpus: Corpus) -> list[Element]:
    """The passage in its surroundings, itself marked."""
    shown = []
    for span in corpus.spans(case):
        article = corpus.articles[span[0]]
        before = article.text[max(0, span[1] - _AROUND) : span[1]]
        after = article.text[span[2] : span[2] + _AROUND]
        text = ["…", before, el("mark", article.text[span[1] : span[2]]), after, "…"]
        shown.append(el("blockquote", text, el("footer", article.title)))
    return shown


def _passage(found: Found, corpus: Corpus) -> Element:
    article = corpus.articles.get(found.article_id)
    if article is None:
        return el("blockquote", "an article that the library no longer has")
    similarity = el("span", f" similarity {found.similarity:.3f}", class_="unit")
    return el("blockquote", article.text[found.start : found.end], el("footer", article.title, similarity))
