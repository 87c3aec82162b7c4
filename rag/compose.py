"""Composing: from checked statements to an Answer that a reader can follow back. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.articles import Article, Sentence
from rag.answer import Answer, Citation, Claim, Status
from rag.claims import Statement
from rag.evidence import Passage, cite
from rag.facts import amounts_of
from rag.verifying import Pair, Support

_CLOSEST = 3
# French signs that stand off a word stay on its line.
_WORDS = {
    "en": {
        "says": "The articles say: “{}”",
        "nearest": "The nearest that the articles say: “{}”",
        "side": "{}: “{}”",
        "absent": "The articles do not answer this question.",
        "unknown": "The articles do not mention {}.",
        "premise": "The articles do not answer this question, and what was found does not say in so many words {}.",
        "open": "Not answered here: “{}”.",
        "instead": "But {} says:",
        "same": "the same article",
        "quote": "“{}”",
        "or": " or ",
    },
    "fr": {
        "says": "Selon les articles\u00a0: «\u00a0{}\u00a0»",
        "nearest": "Ce que les articles disent de plus proche\u00a0: «\u00a0{}\u00a0»",
        "side": "{}\u00a0: «\u00a0{}\u00a0»",
        "absent": "Les articles ne répondent pas à cette question.",
        "unknown": "Les articles ne mentionnent pas {}.",
        "premise": "Les articles ne répondent pas à cette question, et ce qui a été trouvé ne dit pas expressément {}.",
        "open": "Sans réponse ici\u00a0: «\u00a0{}\u00a0».",
        "instead": "Mais selon {}\u00a0:",
        "same": "le même article",
        "quote": "«\u00a0{}\u00a0»",
        "or": " ni ",
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


def leaving_open(answer: Answer, parts: Sequence[str]) -> Answer:
    """The answer, and after it the parts of the question that it leaves open, in the question's own words."""
    if not parts:
        return answer
    said = " ".join(_WORDS[_language(answer)]["open"].format(part) for part in parts)
    return replace(
        answer, status="partial" if answer.status == "answered" else answer.status, text=f"{answer.text} {said}"
    )


def quoted(draft: Answer, pair: Pair) -> Answer:
    """A sentence in the article's own words: true whatever the model wrote."""
    said = Statement(_WORDS[_language(draft)]["says"].format(" ".join(pair[1].text.split())), ())
    return answered(draft, [(said, Support((pair,), ()))], dropped=0)


def requoted(answer: Answer, doubtful: bool, lead: str = "") -> Answer:
    """The answer in the articles' words instead of the model's; before those in another language stays what it made of them.

    Before the first quote stands the `lead`, if there is one: the few words that were asked for. Where it is doubtful that the
    quotes answer, they are called the nearest that there is.
    """
    say = _WORDS[_language(answer)]
    cited = {citation.marker: citation for citation in answer.citations}
    text, claims, shown = "", list[Claim](), set[int]()
    for claim in answer.claims:
        quotes = sorted((cited[marker] for marker in claim.citations), key=lambda each: (each.article_id, each.start))
        if shown >= set(claim.citations):
            continue  # Two statements may rest on one sentence.
        shown |= set(claim.citations)
        words = " ".join(" ".join(quote.quote.split()) for quote in quotes)
        own = all(quote.language == answer.language for quote in quotes)
        if own or words in claim.text:
            how = "quote" if claims else "nearest" if doubtful else "says"
            said = say["side"].format(lead, words) if lead and not claims else say[how].format(words)
        else:
            said = say["side"].format(_unmarked(claim.text), words)
        said = _marked(said, claim.citations)
        start = len(text) + bool(text)
        text += (" " if text else "") + said
        claims.append(Claim(said, start, len(text), claim.citations, True))
    left_open = answer.text[answer.claims[-1].end :]
    return replace(answer, text=text + left_open, claims=tuple(claims))


def beside(answer: Answer, pair: Pair) -> Answer:
    """The answer, and after it one more sentence in the article's own words."""
    passage, sentence = pair
    citations, start = list(answer.citations), len(answer.text) + 1
    marker = _marker(citations, passage, sentence)
    said = _marked(_WORDS[_language(answer)]["quote"].format(" ".join(sentence.text.split())), (marker,))
    claim = Claim(said, start, start + len(said), (marker,), True)
    return replace(answer, text=f"{answer.text} {said}", claims=(*answer.claims, claim), citations=tuple(citations))


def both_sides(draft: Answer, sides: Sequence[tuple[str, Pair]]) -> Answer:
    """The figures that the sources give, each with a sentence that gives it: the reader is not told which is right."""
    say = _WORDS[_language(draft)]["side"]
    said = [
        (Statement(say.format(figure, " ".join(pair[1].text.split())), ()), Support((pair,), ()))
        for figure, pair in sides
    ]
    return replace(answered(draft, said, dropped=0), status="conflict")


def against(answer: Answer, others: Sequence[Pair]) -> Answer:
    """The answer, and after it what other articles or parties say instead, in their own words."""
    if not others:
        return answer
    answer = _without_last_of(answer, others)
    words, text, claims, citations = _WORDS[_language(answer)], answer.text, list(answer.claims), list(answer.citations)
    for passage, sentence in others:
        cited = passage.article.id in {citation.article_id for citation in citations}
        source = words["same"] if cited else _source(passage.article, citations)
        marker = _marker(citations, passage, sentence)
        text += f" {words['instead'].format(source)} "
        said = _marked(words["quote"].format(" ".join(sentence.text.split())), (marker,))
        claims.append(Claim(said, len(text), len(text) + len(said), (marker,), True))
        text += said
    return replace(answer, status="conflict", text=text, claims=tuple(claims), citations=tuple(citations))


def _without_last_of(answer: Answer, pairs: Sequence[Pair]) -> Answer:
    """The answer without its last quote, if that is one of these sentences and stands beside another: it is said once."""
    places = {(passage.article.id, sentence.start) for passage, sentence in pairs}
    last = answer.claims[-1]
    cited = {(c.article_id, c.start) for c in answer.citations if c.marker in last.citations}
    if len(answer.claims) == 1 or not cited <= places or not answer.text.endswith(last.text):
        return answer
    return replace(answer, text=answer.text[: last.start].rstrip(), claims=answer.claims[:-1])


def not_found(draft: Answer, unknown: Sequence[str] = (), premise: str | None = None) -> Answer:
    """The articles do not say; the nearest passages are offered instead.

    `unknown` holds the names that stand nowhere in the articles, `premise` what the question takes for granted and the
    sentences that were found do not say in its words: whether others say it in theirs, code cannot tell.
    """
    words = _WORDS[_language(draft)]
    text = words["absent"]
    if unknown:
        text = words["unknown"].format(words["or"].join(unknown))
    elif premise:
        text = words["premise"].format(premise)
    return replace(draft, status="not_found", text=text, claims=(), citations=(), closest=draft.closest[:_CLOSEST])


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


def _source(article: Article, others: Sequence[Citation]) -> str:
    """Who says it: the publisher, or the article's title where that is unknown or no news."""
    named = article.publisher not in {None, *(other.publisher for other in others)}
    return article.publisher if article.publisher and named else f"“{article.title}”"


def _marked(text: str, markers: Sequence[int]) -> str:
    """The markers stand before the final punctuation: "… late [1]." """
    # What an article or the model put in brackets must not pass for a marker of ours.
    text = re.sub(r"\[(\s*(?:(?:source|passage)s?\s*)?\d[^\]]*)\]", r"(\1)", text, flags=re.IGNORECASE)
    stem = text.rstrip(".!?…")
    return f"{stem} {''.join(f'[{marker}]' for marker in markers)}{text[len(stem) :] or '.'}"


def _unmarked(text: str) -> str:
    """A statement as it may stand before a colon, without its markers and its last full stop."""
    return re.sub(r"\s*\[\d+\]", "", text).rstrip(" .!?…")


def _language(answer: Answer) -> str:
    return answer.language if answer.language in _WORDS else "en"
