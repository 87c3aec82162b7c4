"""The sources beside an answer: each cited sentence in its paragraph. Pure functions."""

from collections.abc import Iterable, Mapping

from rag.answer import Answer, Citation
from ui.markup import button, escaped, facts, iso_day, listed, opening, outward, surroundings
from ui.words import Words, words

ROOM = 420
"""Characters of the paragraph shown on each side of a cited sentence."""


def sources_html(
    answer: Answer, texts: Mapping[str, str], names: Mapping[str, str] | None = None, translatable: str = ""
) -> str:
    """One card a citation, the cited sentence marked in its paragraph; without citations, the closest passages.

    `texts` holds the articles' texts by id. Where one is missing or no longer holds the quote, the quote stands alone.
    `names` says how articles are called that have the passage too; `translatable` is the answer's id, if its quotes can be.
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
    items = [_card(card, texts.get(card.article_id), latest, names or {}, say) for card in cards]
    head = f"<h3>{escaped(say[heading])}</h3>" + (_translate(answer, translatable, say) if translatable else "")
    return head + listed(items, f"cards {kind} {answer.status}", "ol")


def newest(citations: Iterable[Citation]) -> str:
    """The latest day on which one of these was published; "" unless all have a day and they differ."""
    days = {iso_day(citation.published) for citation in citations}
    return max(days) if len(days) > 1 and "" not in days else ""


def _card(citation: Citation, text: str | None, latest: str, names: Mapping[str, str], say: Words) -> str:
    number = f'<span class="number">{citation.marker}</span>' if citation.marker else ""
    is_newest = latest and iso_day(citation.published) == latest
    badge = f' <b class="newest">{escaped(say["newest"])}</b>' if is_newest else ""
    about = f"{facts(citation, say)}{badge}{_original(citation, say)}{_also_in(citation, names, say)}"
    return (
        f'<li class="card"><h4>{number}{opening(citation, citation.title, "title")}</h4>'
        f'<p class="meta">{about}</p>'
        f'<blockquote lang="{escaped(citation.language)}">{_passage(citation, text)}</blockquote>'
        f"{_translation(citation, say)}</li>"
    )


def _also_in(citation: Citation, names: Mapping[str, str], say: Words) -> str:
    """The other papers that have the same passage: a wire story counts once."""
    others = ", ".join(dict.fromkeys(names.get(id, id) for id in citation.also_in))
    return f" · {escaped(say['also_in'].format(names=others))}" if others else ""


def _translate(answer: Answer, id: str, say: Words) -> str:
    foreign = any(card.language != answer.language and not card.translation for card in answer.citations)
    return (
        f'<p class="actions">{button(say["translate"], "translate", answer=id, busy=say["translating"])}</p>'
        if foreign
        else ""
    )


def _translation(citation: Citation, say: Words) -> str:
    if not citation.translation:
        return ""
    return f'<p class="translation"><b>{escaped(say["translation"])}</b> {escaped(citation.translation)}</p>'


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
