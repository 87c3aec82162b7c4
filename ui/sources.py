"""The sources beside an answer: each cited sentence in its paragraph. Pure functions."""

from collections.abc import Iterable, Mapping

from rag.answer import Answer, Citation
from ui.markup import escaped, facts, iso_day, listed, opening, outward, surroundings
from ui.words import Words, words

ROOM = 420
"""Characters of the paragraph shown on each side of a cited sentence."""


def sources_html(answer: Answer, texts: Mapping[str, str]) -> str:
    """One card a citation, the cited sentence marked in its paragraph; without citations, the closest passages.

    `texts` holds the articles' texts by id. Where one is missing or no longer holds the quote, the quote stands alone.
    """
    say = words(answer.language)
    cards = answer.citations or answer.closest
    if not cards:
        return ""
    kind = "cited" if answer.citations else "near"
    heading = {"draft": "evidence", "conflict": "differing"}.get(answer.status, "sources")
    if kind == "near" and answer.status != "draft":
        heading = "closest"
    latest = newest(cards) if answer.status == "conflict" else ""
    items = [_card(card, texts.get(card.article_id), latest, say) for card in cards]
    return f"<h3>{escaped(say[heading])}</h3>" + listed(items, f"cards {kind} {answer.status}", "ol")


def newest(citations: Iterable[Citation]) -> str:
    """The latest day on which one of these was published; "" unless all have a day and they differ."""
    days = {iso_day(citation.published) for citation in citations}
    return max(days) if len(days) > 1 and "" not in days else ""


def _card(citation: Citation, text: str | None, latest: str, say: Words) -> str:
    number = f'<span class="number">{citation.marker}</span>' if citation.marker else ""
    is_newest = latest and iso_day(citation.published) == latest
    badge = f' <b class="newest">{escaped(say["newest"])}</b>' if is_newest else ""
    return (
        f'<li class="card"><h4>{number}{opening(citation, citation.title, "title")}</h4>'
        f'<p class="meta">{facts(citation, say)}{badge}{_original(citation, say)}</p>'
        f'<blockquote lang="{escaped(citation.language)}">{_passage(citation, text)}</blockquote></li>'
    )


def _original(citation: Citation, say: Words) -> str:
    link = outward(say["original"], citation.url)
    return f" · {link}" if link.startswith("<a") else ""


def _passage(citation: Citation, text: str | None) -> str:
    quote = f"<mark>{escaped(citation.quote)}</mark>"
    start, end = citation.start, citation.end
    if text is None or text[start:end] != citation.quote:
        return quote
    left, right = surroundings(text, start, end, ROOM)
    before = ("… " if left and text[left - 1] != "\n" else "") + text[left:start]
    after = text[end:right] + (" …" if text[right : right + 1] not in ("", "\n") else "")
    return escaped(before) + quote + escaped(after)
