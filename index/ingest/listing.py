"""Recognize section and front pages, which list links to articles."""

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from index.ingest.metadata import Metadata

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_ARTICLES = 5
MAX_TEASER = 400
"""Characters of a headline with its teaser at most."""
MAX_PROSE, MAX_PROSE_OF_ARTICLE = 200, 80
"""The most text beside the teasers; less if the page's metadata describe an article."""
_AROUND = {"nav", "header", "footer", "aside", "form"}
_HEADINGS = {"h2", "h3", "h4", "h5"}


def listed_links(
    tree: "HtmlElement", metadata: Metadata, is_article: bool, text: str, address: str | None
) -> list[str]:
    """The addresses of the articles that a page lists; empty if it is not a list. `text` is what was extracted as its article."""
    within: defaultdict[Any, set[str]] = defaultdict(set)
    for link in tree.iter("a"):
        if _is_headline(link):
            for around in (link, *link.iterancestors()):
                within[around].add(link.get("href").split("#")[0])
    links = list(dict.fromkeys(link.get("href").split("#")[0] for link in tree.iter("a") if link in within))
    if len(links) < MIN_ARTICLES:
        return []
    blocks = [e for e, hrefs in within.items() if len(hrefs) == 1 and len(within.get(e.getparent(), ())) > 1]
    teasers = " ".join(teaser for block in blocks if len(teaser := _plain(block.text_content())) <= MAX_TEASER)
    prose = sum(len(line) for line in text.split("\n") if _plain(line) not in teasers)
    most = MAX_PROSE_OF_ARTICLE if is_article else MAX_PROSE
    return [urljoin(address or metadata.url or "", link) for link in links] if prose <= most else []


def _is_headline(link: "HtmlElement") -> bool:
    """Whether a link is the headline of another article: in a heading, around one, or most of what its block says."""
    href, words = link.get("href") or "", _plain(link.text_content()).split()
    around = list(link.iterancestors())
    if not href or re.match(r"#|\w+:(?!//)", href) or any(element.tag in _AROUND for element in around):
        return False
    if len(words) > 1 and any(element.tag in _HEADINGS for element in (*around, *link.iterdescendants())):
        return True
    block = next((element for element in around if element.tag in ("li", "div", "td", "p", "article", "section")), link)
    text = _plain(block.text_content())
    if len(text) <= MAX_TEASER and any(element.tag in _HEADINGS for element in block.iterdescendants()):
        return True  # "Read more", below a headline that is no link
    return len(words) >= 4 and len(" ".join(words)) >= 0.6 * len(text)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
