"""Composing: from checked statements to an Answer that a reader can follow back. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.articles import Sentence
from rag.answer import Answer, Citation, Claim, Status
from rag.claims import Statement
from rag.evidence import Passage, cite, closest
from rag.facts import amounts_of
from rag.verify import Pair, Support

_WORDS = {
    "en": {"says": "The articles say: “{}”", "absent": "The articles do not answer this question.", "side": "{}: “{}”"},
    "fr": {
        "says": "Selon les articles : « {} »",
        "absent": "Les articles ne répondent pas à cette question.",
        "side": "{} : « {} »",
    },
}


def answered(draft: Answer, statements: Sequence[tuple[Statement, Support]], dropped: int) -> Answer:
    """The supported statements, each followed by the markers of its sentences; `dropped` counts those left out."""
    citations: list[Citation] = []
    claims: list[Claim] = []
    text = ""
    for statement, support in statements:
        markers = tuple(_marker(citations, passage, sentence) for passage, sentence in support.sentences)
        start = len(text) + bool(text)
        text += (" " if text else "") + _marked(statement.text, markers)
        claims.append(Claim(text[start:], start, len(text), markers, True))
    status: Status = "conflict" if differ(statements) else "partial" if dropped else "answered"
    return replace(draft, status=status, text=text, claims=tuple(claims), citations=tuple(citations), closest=())


def quoted(draft: Answer, passage: Passage, sentence: Sentence) -> Answer:
    """The sentence that comes nearest to an answer, in the article's own words: true whatever the model wrote."""
    quote = " ".join(sentence.text.split())
    said = Statement(_WORDS[_language(draft)]["says"].format(quote), ())
    return answered(draft, [(said, Support(((passage, sentence),), ()))], dropped=0)


def both_sides(draft: Answer, sides: Sequence[tuple[str, Pair]]) -> Answer:
    """The figures that the sources give, each with a sentence that gives it: the reader is not told which is right."""
    say = _WORDS[_language(draft)]["side"]
    said = [
        (Statement(say.format(figure, " ".join(pair[1].text.split())), ()), Support((pair,), ()))
        for figure, pair in sides
    ]
    return replace(answered(draft, said, dropped=0), status="conflict")


def not_found(draft: Answer, passages: Sequence[Passage]) -> Answer:
    """The articles do not say; the nearest passages are offered instead."""
    text = _WORDS[_language(draft)]["absent"]
    return replace(draft, status="not_found", text=text, claims=(), citations=(), closest=closest(passages))


def differ(statements: Sequence[tuple[Statement, Support]]) -> bool:
    """Whether two statements give different amounts of the same thing and rest on different sentences."""
    given = [(amounts_of(statement.text), support.sentences) for statement, support in statements]
    return any(
        a.keys() & b.keys() and all(a[unit] != b[unit] for unit in a.keys() & b.keys()) and mine != theirs
        for n, (a, mine) in enumerate(given)
        for b, theirs in given[:n]
    )


def _marker(citations: list[Citation], passage: Passage, sentence: Sentence) -> int:
    """The number of a sentence among the citations, added if it is new."""
    place = (passage.article.id, sentence.start, sentence.end)
    for citation in citations:
        if (citation.article_id, citation.start, citation.end) == place:
            return citation.marker
    citations.append(cite(passage, sentence.start, sentence.end, marker=len(citations) + 1))
    return len(citations)


def _marked(text: str, markers: Sequence[int]) -> str:
    """The markers stand before the final punctuation: "… late [1]." """
    # What an article or the model put in brackets must not pass for a marker of ours.
    text = re.sub(r"\[(\s*(?:(?:source|passage)s?\s*)?\d[^\]]*)\]", r"(\1)", text, flags=re.IGNORECASE)
    stem = text.rstrip(".!?…")
    return f"{stem} {''.join(f'[{marker}]' for marker in markers)}{text[len(stem) :] or '.'}"


def _language(answer: Answer) -> str:
    return answer.language if answer.language in _WORDS else "en"
