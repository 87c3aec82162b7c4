"""The sources beside an answer: each cited sentence in its paragraph. Pure functions."""

from collections.abc import Mapping, Sequence

from rag.answer import Answer, Citation
from ui.i18n import Words, words
from ui.layout import by_article, newest
from ui.markup import button, escaped, excerpt_bounds, external_link, facts, iso_day, listed, opening

ROOM = 420
"""Characters of the paragraph shown on each side of a cited sentence."""


def sources_html(
    answer: Answer, texts: Mapping[str, str], names: Mapping[str, str] | None = None, translatable: str = ""
) -> str:
    """One card per article, with the cited sentences marked in their paragraphs; without citations, the closest passages.

    `texts` are the articles' texts by id; without one, or if it lacks the quote, only the quote is shown. `names` are the
    names of the articles in `also_in`. `translatable` is the answer's id if its quotes can be translated.
    """
    say = words(answer.language)
    cards = answer.citations or answer.closest
    if not cards:
        return ""
    kind = "cited" if answer.citations else "near"
    heading = "closest" if kind == "near" else "differing" if answer.status == "conflict" else "sources"
    latest = newest(cards) if answer.status == "conflict" else ""
    items = [_card(group, texts.get(group[0].article_id), latest, names or {}, say) for group in by_article(cards)]
    head = f"<h3>{escaped(say[heading])}</h3>" + (_translate(answer, translatable, say) if translatable else "")
    return head + listed(items, f"cards {kind} {answer.status}", "ol")


def evidence_html(found: Sequence[Citation], texts: Mapping[str, str], names: Mapping[str, str], say: Words) -> str:
    """The passages found for an unfinished answer, one card per article; see `sources_html`."""
    items = [_card(group, texts.get(group[0].article_id), "", names, say) for group in by_article(found)]
    return f"<h3>{escaped(say['evidence'])}</h3>" + listed(items, "cards near", "ol") if items else ""


def numbers_html(citations: Sequence[Citation]) -> str:
    """The numbers of an article's citations."""
    return "".join(f'<span class="number">{card.marker}</span>' for card in citations if card.marker)


def _card(cards: Sequence[Citation], text: str | None, latest: str, names: Mapping[str, str], say: Words) -> str:
    """An article with the passages that are cited of it."""
    citation = cards[0]
    is_newest = latest and iso_day(citation.published) == latest
    badge = f' <b class="newest">{escaped(say["newest"])}</b>' if is_newest else ""
    about = f"{facts(citation, say)}{badge}{_original(citation, say)}{_also_in(cards, names, say)}"
    return (
        f'<li class="card"><h4>{numbers_html(cards)}{opening(citation, citation.title, "title")}</h4>'
        f'<p class="meta">{about}</p>'
        f'<blockquote lang="{escaped(citation.language)}">{_passages(cards, text)}</blockquote>'
        f"{''.join(_translation(card, say) for card in cards)}</li>"
    )


def _also_in(cards: Sequence[Citation], names: Mapping[str, str], say: Words) -> str:
    """The other papers that have the same passage: a wire story counts once."""
    others = ", ".join(dict.fromkeys(names.get(id, id) for card in cards for id in card.also_in))
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
    link = external_link(say["original"], citation.url)
    return f" · {link}" if link.startswith("<a") else ""


def _passages(cards: Sequence[Citation], text: str | None) -> str:
    """The quotes marked in their paragraphs, several in one if they share it; without context if the text lacks them."""
    standing = sorted((c for c in cards if text and text[c.start : c.end] == c.quote), key=lambda card: card.start)
    passages = [f"{_own(card, cards)}<mark>{escaped(card.quote)}</mark>" for card in cards if card not in standing]
    windows: list[tuple[int, int, list[Citation]]] = []
    for card in standing:
        left, right = excerpt_bounds(text or "", card.start, card.end, ROOM)
        if windows and left <= windows[-1][1]:
            first, last, inside = windows.pop()
            left, right, inside = first, max(last, right), [*inside, card]
        else:
            inside = [card]
        windows.append((left, right, inside))
    return "\n\n".join([*(_window(text or "", *window, cards) for window in windows), *passages])


def _own(card: Citation, cards: Sequence[Citation]) -> str:
    """Its number before a passage, where its article has several."""
    return numbers_html([card]) if len(cards) > 1 else ""


def _window(text: str, left: int, right: int, inside: Sequence[Citation], cards: Sequence[Citation]) -> str:
    pieces, at = ["… " if left and text[left - 1] != "\n" else ""], left
    for card in inside:
        start = max(at, card.start)
        if start < card.end or not card.quote:
            pieces += [escaped(text[at:start]), _own(card, cards), f"<mark>{escaped(text[start : card.end])}</mark>"]
            at = card.end
    more = " …" if text[right : right + 1] not in ("", "\n") else ""
    return "".join([*pieces, escaped(text[at:right]), more])
