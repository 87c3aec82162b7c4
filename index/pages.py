"""Saved web pages and Markdown as plain paragraphs. The home of trafilatura, htmldate and markdown-it."""

import logging
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from index.clean import remove_hidden, tidy
from index.errors import SourceError
from index.hidden import remove_unseen
from index.language import LANGUAGES
from index.metadata import About, about
from index.stubs import Signs, why_no_article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The parsers' time grows faster than the page: trafilatura takes 1.5 s for one megabyte and 18 s for five.
MAX_PAGE_BYTES = 2_000_000


@dataclass(frozen=True)
class Page:
    """What a file says of its article. `text` has an empty line between paragraphs. Dates are as they are written, in
    the language of `locale`, whose region tells 04/05 from 05/04.
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


def read_html(page: bytes | str, address: str | None = None) -> Page:
    """The article of a page. What its readers did not see is not read either.

    Raises SourceError with the reason where the page holds no article, as a paywall's teaser or a login form does.
    """
    _check_size(len(page))
    said, signs, shown, found, tree = _extracted(page)
    text = "" if found is None else remove_hidden(found.text or "")
    if reason := why_no_article(signs, said, text, shown):
        raise SourceError(reason)
    if found is None or not text.strip():
        raise SourceError(
            "no article text was found in the page; check that it was saved whole, or save its text as .txt"
        )
    publisher = one_line(said.publisher) or one_line(found.sitename)
    cleaned = tidy(
        [line.strip() for line in text.split("\n") if line.strip()],
        _without_publisher(one_line(said.title) or one_line(found.title), publisher),
    )
    return Page(
        text=cleaned.text,
        title=cleaned.title,
        author=one_line(said.author) or one_line(found.author),
        publisher=publisher,
        published=said.published or _shown_day(tree, cleaned.text),
        updated=said.updated,
        url=web_address(urljoin(address or "", said.url or "") or found.url),
        # A template's language is often not its article's: between ours, the text itself tells better.
        language=said.language if said.language and said.language[:2].lower() not in LANGUAGES else None,
        locale=said.language,
        dropped=cleaned.dropped,
    )


def _shown_day(tree: "HtmlElement", text: str) -> str | None:
    """The date in the page's head, or between its headline and the end of its first paragraph. Others are of links."""
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


def _drop(element: "HtmlElement") -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _extracted(page: bytes | str) -> tuple[About, Signs, str, Any, "HtmlElement"]:
    """What the page says of itself, the signs that it is no article, all that it shows, what trafilatura takes for it, and
    the tree without what readers do not see.
    """
    from trafilatura import bare_extraction, load_html

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without text is ours to report
    try:
        tree = load_html(page)
        if tree is None:
            raise SourceError("the page holds no HTML; check that it was saved whole")
        said, signs = about(tree), Signs(tree)
        remove_unseen(tree)
        seen = deepcopy(tree)  # The extraction takes its own apart.
        shown = " ".join(tree.xpath("//body//text()[not(ancestor::script or ancestor::style)]"))
        found = bare_extraction(
            tree,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False},
        )
    except SourceError:
        raise
    except Exception as error:  # it parses whatever people saved, and trips in ways that cannot be listed
        raise SourceError(f"the page cannot be parsed ({type(error).__name__}); save its text as .txt") from error
    return said, signs, shown, None if isinstance(found, dict) else found, seen


def read_fragment(markup: str, title: str | None = None) -> Page:
    """The paragraphs of a piece of HTML that is all article, as a feed carries it."""
    _check_size(len(markup))
    from lxml import html

    try:
        tree = html.fragment_fromstring(remove_hidden(markup), create_parent="div")
        remove_unseen(tree)
        cleaned = tidy(_paragraphs(tree), title)
    except Exception as error:  # as above
        raise SourceError(f"its text cannot be parsed ({type(error).__name__}); add the article's address") from error
    return Page(text=cleaned.text, title=cleaned.title, dropped=cleaned.dropped)


def _check_size(size: int) -> None:
    if size > MAX_PAGE_BYTES:
        raise SourceError(f"it is larger than {MAX_PAGE_BYTES // 1_000_000} MB; save only its article")


def one_line(value: str | None) -> str | None:
    """Metadata as one visible line, or nothing."""
    return re.sub(r"[ \n]+", " ", remove_hidden(value or "")).strip() or None


def _without_publisher(title: str | None, publisher: str | None) -> str | None:
    """“Roadster Delayed - The Paper” as “Roadster Delayed”."""
    if title is None or publisher is None:
        return title
    return re.sub(rf"\s+[|–—:-]\s+{re.escape(publisher)}\Z", "", title, flags=re.IGNORECASE)


def web_address(value: str | None) -> str | None:
    """The address, if it is one that a reader can follow safely: of the web, without a user and a password."""
    address = one_line(value)
    return address if address and re.match(r"https?://[^\s/?#@]+(?:[/?#]|\Z)", address, re.IGNORECASE) else None


# -- Markdown --------------------------------------------------------------------------------------------------------

# Only lines of `key: value`, lists, comments and what is indented below them: prose between two rules is not that.
_MATTER_LINE = r"(?:(?:[A-Za-z][\w-]*[ \t]*:|[ \t]|-[ \t]|#)[^\n]*)?\n"
_FRONT_MATTER = re.compile(rf"\s*---[ \t]*\n(?P<fields>(?:{_MATTER_LINE})*?)---[ \t]*(?:\n|\Z)")
_BLOCK = re.compile(
    r"p|h[1-6]|[uod]l|li|dt|dd|blockquote|pre|hr|table|thead|tbody|tr|div|section|article|aside|header|footer|figure"
    r"|figcaption|details|summary"
)


def read_markdown(text: str) -> Page:
    """Markdown with or without front matter. HTML within it is read as a page is, without what is hidden."""
    _check_size(len(text))
    from lxml import html
    from markdown_it import MarkdownIt

    matter = _FRONT_MATTER.match(text)
    fields = _fields(matter["fields"]) if matter else {}
    rendered = MarkdownIt("commonmark").enable("table").render(text[matter.end() :] if matter else text)
    tree = html.fragment_fromstring(remove_hidden(rendered), create_parent="div")
    remove_unseen(tree)
    heading = tree.find(".//h1")
    title = fields.get("title") or (one_line(heading.text_content()) if heading is not None else None)
    cleaned = tidy(_paragraphs(tree), title)
    return Page(
        text=cleaned.text,
        title=cleaned.title,
        author=fields.get("author") or fields.get("authors"),
        publisher=fields.get("publisher") or fields.get("source"),
        published=fields.get("published") or fields.get("date"),
        updated=fields.get("updated") or fields.get("modified"),
        url=web_address(fields.get("url")),
        language=fields.get("language") or fields.get("lang"),
        dropped=cleaned.dropped,
    )


def _fields(matter: str) -> dict[str, str]:
    """The plain `key: value` lines of front matter; whatever is nested in it is not about the article."""
    pairs = (line.partition(":") for line in matter.splitlines() if re.match(r"\w+\s*:", line))
    values = ((key.strip().lower(), one_line(value.strip().strip("'\""))) for key, _, value in pairs)
    return {key: value for key, value in values if value}


def _paragraphs(tree: "HtmlElement") -> list[str]:
    for element in tree.iter():
        tag = element.tag if isinstance(element.tag, str) else ""  # a comment has a function there
        if tag in ("script", "style"):
            element.text = None
        elif _BLOCK.fullmatch(tag):
            element.text, element.tail = f"\n\n{element.text or ''}", f"\n\n{element.tail or ''}"
        elif tag in ("td", "th"):
            element.tail = " | "
        elif tag == "br":
            element.tail = f" {element.tail or ''}"
    blocks = re.split(r"\n\s*\n", remove_hidden(tree.text_content()))
    return [paragraph for block in blocks if (paragraph := (one_line(block) or "").removesuffix(" |"))]
