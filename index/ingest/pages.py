"""Web pages, HTML fragments and Markdown as plain paragraphs."""

import logging
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from index.errors import SourceError
from index.ingest.clean import Cleaned, remove_hidden, tidy
from index.ingest.heads import front_matter, read_head, without_by
from index.ingest.hidden import remove_unseen
from index.ingest.listing import listed_links
from index.ingest.live_blogs import Post, live_paragraphs, live_posts
from index.ingest.metadata import Metadata, articles_in, read_metadata
from index.ingest.multipage import PagePosition, position_of
from index.ingest.non_articles import MIN_PAID, Signs, why_not_an_article
from index.text.language import LANGUAGES

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The parsers' time grows faster than the page: trafilatura takes 1.5 s for one megabyte and 18 s for five.
MAX_PAGE_BYTES = 2_000_000
_MAX_BETWEEN = 20
_SHOWN = "//body//text()[not(ancestor::script or ancestor::style)]"


@dataclass(frozen=True)
class Page:
    """One article as it was parsed. `text` has an empty line between paragraphs. Dates are unparsed, in the language of
    `locale`, whose region decides between 04/05 and 05/04. `position` is set for a page of a longer story.
    """

    text: str
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    updated: str | None = None
    url: str | None = None
    language: str | None = None
    locale: str | None = None
    dropped: tuple[str, ...] = ()
    position: PagePosition | None = None


@dataclass(frozen=True)
class Part:
    """One of several articles in a document, or the reason why it was not read; `name` is unique in the document."""

    name: str
    page: Page | None = None
    reason: str = ""


@dataclass(frozen=True)
class Bundle:
    """A document with several articles. `left_out` names parts of unsupported kinds."""

    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Extracted:
    """A parsed page. `shown` is all visible text, `body` that without header and footer, `found` trafilatura's result, `text`
    its text, `tree` the page without invisible elements."""

    metadata: Metadata
    signs: Signs
    shown: str
    body: str
    text: str
    found: Any
    posts: list[Post]
    listed: list[str]
    position: PagePosition | None
    tree: "HtmlElement"


def read_html(page: bytes | str, address: str | None = None, force: bool = False) -> Page:
    """The article of a page, without invisible text.

    Raises SourceError if the page has no article but a paywall's teaser, a login form or a list of articles; `force` reads
    it nevertheless.
    """
    _check_size(len(page))
    read = _extracted(page, address)
    metadata, found = read.metadata, read.found
    if not force and not read.posts:
        _check_is_article(read)
    paragraphs = [line.strip() for line in read.text.split("\n") if line.strip()]
    if read.posts:
        posts = live_paragraphs(read.posts)
        known = {_squeezed(line) for post in read.posts for line in (post.headline, *post.paragraphs)}
        above = list(takewhile(lambda paragraph: _squeezed(paragraph) not in known, paragraphs))
        paragraphs = [*(above if len(above) < len(paragraphs) else []), *posts]
    if not paragraphs:
        raise SourceError(
            "no article text was found in the page; check that it was saved whole, or save its text as .txt"
        )
    publisher = one_line(metadata.publisher) or one_line(found and found.sitename)
    title = without_publisher(one_line(metadata.title) or one_line(found and found.title), publisher)
    cleaned = tidy(paragraphs, title, extracted=True)
    credits = {**_between(read.tree, title, cleaned.text), **cleaned.fields}
    return Page(
        text=cleaned.text,
        title=cleaned.title,
        author=one_line(metadata.author) or without_by(one_line(found and found.author) or "") or credits.get("author"),
        publisher=publisher,
        published=metadata.published or _shown_day(read.tree, cleaned.text) or credits.get("published"),
        updated=metadata.updated,
        url=web_address(urljoin(address or "", metadata.url or "") or (found and found.url)),
        # A template's language is often wrong: between English and French, detection by the text is better.
        language=metadata.language if metadata.language and metadata.language[:2].lower() not in LANGUAGES else None,
        locale=metadata.language,
        dropped=cleaned.dropped,
        position=read.position,
    )


def _check_is_article(read: _Extracted) -> None:
    if reason := why_not_an_article(read.signs, read.metadata, read.text, read.shown, read.body):
        raise SourceError(reason)
    if read.listed:
        raise SourceError(
            f"it lists {len(read.listed)} articles and is none itself; add their addresses, such as {read.listed[0][:200]},"
            " or use --force"
        )


def _shown_day(tree: "HtmlElement", text: str) -> str | None:
    """The date in the page's head, or between its headline and first paragraph. Other dates belong to links."""
    from htmldate import find_date

    for story in tree.xpath("(//body//h1)[1]/ancestor::*[self::article or self::main][1]"):
        for around in (story, *story.iterancestors()):
            for other in around.xpath(
                "self::*[ancestor::body]/preceding-sibling::* | self::*[ancestor::body]/following-sibling::*"
            ):
                _drop(other)
    first = next((line for line in text.split("\n") if len(line) >= 60), text)[:40]
    for element in tree.xpath("//body//p | //body//div[not(.//p)]"):
        if " ".join(element.text_content().split()).startswith(first):
            for later in element.xpath("following::*"):
                _drop(later)
            break
    for element in tree.xpath("//script | //body//aside | //body//nav | //body//footer"):
        _drop(element)
    try:
        return find_date(tree, original_date=True, extensive_search=False, outputformat="%Y-%m-%d")
    except Exception:  # As below.
        return None


def _between(tree: "HtmlElement", title: str | None, text: str) -> Mapping[str, str]:
    """The metadata in the lines between a page's headline and its first paragraph."""
    lines, first = _paragraphs(deepcopy(tree)), text.split("\n", maxsplit=1)[0][:40]
    end = next((n for n, line in enumerate(lines) if line.startswith(first)), 0)
    above = [n for n in range(max(0, end - _MAX_BETWEEN), end) if title and lines[n].startswith(title)]
    return read_head(lines[above[-1] + 1 : end], end - above[-1] - 1).fields if above else {}


def _drop(element: "HtmlElement") -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _extracted(page: bytes | str, address: str | None) -> _Extracted:
    from trafilatura import bare_extraction, load_html

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # We report pages without text ourselves.
    try:
        tree = load_html(page)
        if tree is None:
            raise SourceError("the page holds no HTML; check that it was saved whole")
        metadata, signs = read_metadata(tree), Signs(tree)
        remove_unseen(tree)
        _unfold(tree)
        shown = " ".join(tree.xpath(_SHOWN))
        body = " ".join(tree.xpath(f"{_SHOWN}[not(ancestor::header or ancestor::nav or ancestor::footer)]"))
        posts = live_posts(tree, lambda element: _paragraphs(deepcopy(element)))
        position = position_of(tree, urljoin(address or "", metadata.url or "") or None)
        seen = deepcopy(tree)  # The extraction destroys its tree.
        found = bare_extraction(
            tree,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False},
        )
        found = None if isinstance(found, dict) else found
        text = remove_hidden(found.text or "") if found else ""
        is_article = next(articles_in(seen), None) is not None
        links = listed_links(seen, metadata, is_article, text, address)
    except SourceError:
        raise
    except Exception as error:  # The libraries raise many kinds on broken pages.
        raise SourceError(f"the page cannot be parsed ({type(error).__name__}); save its text as .txt") from error
    return _Extracted(metadata, signs, shown, body, text, found, posts, links, position, seen)


def _unfold(tree: "HtmlElement") -> None:
    """Remove the paywall of an AMP page with its paid part, and turn layout tables of one column into plain blocks."""
    if any(len(part.text_content()) > MIN_PAID for part in tree.xpath("//*[@subscriptions-section='content']")):
        for wall in tree.xpath("//*[@subscriptions-section='content-not-granted']"):
            wall.drop_tree()
    for table in list(tree.iter("table")):
        if all(len(row) <= 1 for row in table.iter("tr")):
            for part in list(table.iter("table", "tbody", "thead", "tr", "td", "th")):
                part.tag = "div"


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())


def read_fragment(markup: str, title: str | None = None) -> Page:
    """The paragraphs of a piece of HTML that is all article, as in feeds."""
    _check_size(len(markup))
    from lxml import html

    try:
        tree = html.fragment_fromstring(remove_hidden(markup), create_parent="div")
        remove_unseen(tree)
        cleaned = tidy(_paragraphs(tree), title)
    except Exception as error:  # as above
        raise SourceError(f"its text cannot be parsed ({type(error).__name__}); add the article's address") from error
    return page_of(cleaned, {})


def page_of(cleaned: Cleaned, metadata: Mapping[str, str]) -> Page:
    """A page of a cleaned text and metadata from elsewhere, such as front matter, which take precedence."""
    about = {**cleaned.fields, **metadata}
    return Page(
        text=cleaned.text,
        title=cleaned.title,
        author=about.get("author"),
        publisher=about.get("publisher"),
        published=about.get("published"),
        updated=about.get("updated"),
        url=web_address(about.get("url")),
        language=about.get("language"),
        dropped=cleaned.dropped,
    )


def _check_size(size: int) -> None:
    if size > MAX_PAGE_BYTES:
        raise SourceError(f"it is larger than {MAX_PAGE_BYTES // 1_000_000} MB; save only its article")


def one_line(value: str | None) -> str | None:
    """A value as one line of visible characters; None if it is empty."""
    return re.sub(r"[ \n]+", " ", remove_hidden(value or "")).strip() or None


def without_publisher(title: str | None, publisher: str | None) -> str | None:
    """“Roadster Delayed - The Paper” as “Roadster Delayed”."""
    if title is None or publisher is None:
        return title
    return re.sub(rf"\s+[|–—:-]\s+{re.escape(publisher)}\Z", "", title, flags=re.IGNORECASE)


def web_address(value: str | None) -> str | None:
    """The address, if it is http or https, without user and password."""
    address = one_line(value)
    return address if address and re.match(r"https?://[^\s/?#@]+(?:[/?#]|\Z)", address, re.IGNORECASE) else None


# -- Markdown --------------------------------------------------------------------------------------------------------

_BLOCK = re.compile(
    r"p|h[1-6]|[uod]l|li|dt|dd|blockquote|pre|hr|table|thead|tbody|tr|div|section|article|aside|header|footer|figure"
    r"|figcaption|details|summary"
)


def read_markdown(text: str) -> Page:
    """Markdown with or without front matter; HTML in it is read without invisible text."""
    _check_size(len(text))
    from lxml import html
    from markdown_it import MarkdownIt

    fields, text = front_matter(text)
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    tree = html.fragment_fromstring(remove_hidden(rendered), create_parent="div")
    remove_unseen(tree)
    heading = tree.find(".//h1")
    title = fields.get("title") or (one_line(heading.text_content()) if heading is not None else None)
    return page_of(tidy(_paragraphs(tree), title), fields)


def _paragraphs(tree: "HtmlElement") -> list[str]:
    for element in tree.iter():
        tag = element.tag if isinstance(element.tag, str) else ""  # a comment has a function there
        if tag in ("script", "style"):
            element.text = None
        elif _BLOCK.fullmatch(tag) or (tag in ("td", "th") and _is_layout(element)):
            element.text, element.tail = f"\n\n{element.text or ''}", f"\n\n{element.tail or ''}"
        elif tag in ("td", "th"):
            element.tail = " | "
        elif tag == "br":
            element.tail = f" {element.tail or ''}"
    blocks = re.split(r"\n\s*\n", remove_hidden(tree.text_content()))
    return [paragraph for block in blocks if (paragraph := (one_line(block) or "").removesuffix(" |"))]


def _is_layout(cell: "HtmlElement") -> bool:
    """Whether a table cell is layout, as in newsletters: alone in its row, or with paragraphs in it."""
    row = cell.getparent()
    return (row is not None and len(row) == 1) or any(
        _BLOCK.fullmatch(str(inner.tag)) for inner in cell.iterdescendants()
    )
