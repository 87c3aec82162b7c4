"""Stories split over several pages: find a page's number, order and join the pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from index.ingest.pages import Page

MAX_PAGES = 50
_NUMBER = re.compile(
    r"[?&](?:page|pagenum|pg|p|seite|pagina)=(?P<asked>\d{1,2})(?=&|\Z)"
    r"|/(?:page/|page-|p)?(?P<folder>\d{1,2})/?\Z|[-_](?:page[-_]?|p)?(?P<file>\d{1,2})(?P<suffix>\.\w{3,5})?\Z"
)
_NEXT = re.compile(r"(?:next|continue|page suivante|suivante?|suite|nächste seite)(?: page)?\W*", re.IGNORECASE)
_BACK = re.compile(r"(?:previous|prev|back|page précédente|précédente?)(?: page)?\W*", re.IGNORECASE)
_IN_TITLE = re.compile(r"\W+(?:page|seite|pagina)?\W*\d{1,2}(?:\W*(?:/|of|sur|von)\W*\d{1,2})?\W*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class PagePosition:
    """Page `number` of the story at the address `story`; `last` if no page follows."""

    story: str
    number: int
    last: bool


def position_of(tree: "HtmlElement", address: str | None) -> PagePosition | None:
    """Which page of a story this is, by its links to the next and previous one; None for a single page."""
    own = _split(address)[0] if address else None
    after, before = _linked(tree, "next", _NEXT, address), _linked(tree, "prev", _BACK, address)
    if after and after[1] and 1 < after[1] <= MAX_PAGES and own in (None, after[0]):
        return PagePosition(after[0], after[1] - 1, False)
    if before and after is None and (own == before[0] or (own is None and before[1])):
        return PagePosition(before[0], (before[1] or 1) + 1, True)
    return _numbered(tree, own, address) if own and address else None


def _numbered(tree: "HtmlElement", own: str, address: str) -> PagePosition | None:
    """The same, by a row of numbered links in which this page's number is missing."""
    links = [(_split(urljoin(address, a.get("href") or "")), a.text_content().strip()) for a in tree.iter("a")]
    others = {number or 1 for (story, number), text in links if story == own and text == str(number or 1)}
    if not others or max(others) > MAX_PAGES:
        return None
    number = next(n for n in range(1, max(others) + 2) if n not in others)
    return PagePosition(own, number, number > max(others))


def in_order(pages: Sequence["Page"]) -> list["Page"] | None:
    """The pages of one story from the first to the last, or None where one is missing or they are not one story."""
    numbered = {page.position.number: page for page in pages if page.position}
    ordered = [numbered[number] for number in sorted(numbered)]
    whole = sorted(numbered) == list(range(1, len(ordered) + 1))
    last = ordered[-1].position if ordered else None
    titles = {_IN_TITLE.sub("", page.title or "").casefold() for page in ordered}
    return ordered if whole and len(ordered) > 1 and last and last.last and len(titles) == 1 else None


def joined(pages: Sequence["Page"]) -> "Page":
    """The pages as one, with what the first says of itself; what a later one repeats above its text is left out."""
    paragraphs = pages[0].text.split("\n\n")
    for page in pages[1:]:
        known = set(paragraphs)
        paragraphs += dropwhile(known.__contains__, page.text.split("\n\n"))
    dropped = tuple(text for page in pages for text in page.dropped)
    return replace(pages[0], text="\n\n".join(paragraphs), dropped=dropped, position=None)


def _linked(
    tree: "HtmlElement", rel: str, words: re.Pattern[str], address: str | None
) -> tuple[str, int | None] | None:
    for link in tree.iter("link", "a"):
        said = rel in (link.get("rel") or "").lower().split() or (rel == "prev" and link.get("rel") == "previous")
        text = re.sub(r"\s+", " ", link.text_content()).strip(" «»‹›<>←→") if link.tag == "a" else ""
        if link.get("href") and (said or words.fullmatch(text)):
            return _split(urljoin(address or "", link.get("href")))
    return None


def _split(address: str) -> tuple[str, int | None]:
    """The address without the number of its page, and that number."""
    found = _NUMBER.search(address.split("#", maxsplit=1)[0])
    if not found:
        return address.split("#", maxsplit=1)[0].rstrip("/"), None
    number = found["asked"] or found["folder"] or found["file"]
    return (address[: found.start()] + (found["suffix"] or "")).rstrip("/"), int(number)
