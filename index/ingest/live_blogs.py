"""Live blogs: their posts with their times, from the page's JSON-LD or from the page itself, the oldest first."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from index.ingest.metadata import articles_in

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_POSTS = 3
_TIMED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_LIVE = re.compile(r"\blive[-_]?(?:blog|ticker|feed|post|update|entry|stream)|\ben-direct\b|LiveBlogPosting", re.I)
_LIVE_TITLE = re.compile(r"\W*(?:live|en direct|direct)\b|.*[:|–—-]\s*(?:live|en direct|as it happened)\b", re.I | re.S)
_HEADING = ".//h2|.//h3|.//h4|.//*[@itemprop='headline']"


@dataclass(frozen=True)
class Post:
    """`when` is its ISO time, empty where it has none."""

    when: str
    headline: str
    paragraphs: tuple[str, ...]


Texts = Callable[["HtmlElement"], list[str]]


def live_posts(tree: "HtmlElement", texts: Texts) -> list[Post]:
    """The posts of a live blog, the oldest first; empty for other pages. `texts` returns an element's paragraphs.

    Of the JSON-LD and the visible page, the one with more text is used.
    """
    in_json = [
        _post_of_json(update, texts) for blog in articles_in(tree) for update in _list(blog.get("liveBlogUpdate"))
    ]
    in_page = [_post_of_element(block, texts) for block in _blocks(tree)]
    posts = [post for post in max(in_json, in_page, key=_size) if post.paragraphs or post.headline]
    return sorted(posts, key=lambda post: _moment(post.when)) if len(posts) >= MIN_POSTS else []


def live_paragraphs(posts: Sequence[Post]) -> list[str]:
    """The posts as paragraphs, each below a line with its time and headline; with the day if there are several."""
    several = len({post.when[:10] for post in posts if post.when}) > 1
    paragraphs: list[str] = []
    for post in posts:
        heading = " – ".join(filter(None, (_time(post.when, several), post.headline if post.paragraphs else "")))
        paragraphs += [heading] if heading else []
        paragraphs += post.paragraphs or (post.headline,)
    return paragraphs


def _post_of_json(update: Any, texts: Texts) -> Post:
    from lxml import html

    fields = update if isinstance(update, dict) else {}
    body = str(fields.get("articleBody") or fields.get("text") or fields.get("description") or "")
    element = html.fragment_fromstring(body.replace("\n", "\n\n"), create_parent="div")
    headline = str(fields.get("headline") or fields.get("name") or "").strip()
    return Post(str(fields.get("datePublished") or ""), headline, tuple(texts(element)))


def _blocks(tree: "HtmlElement") -> list["HtmlElement"]:
    """The elements that are posts: marked as such, or siblings with one time each on a live page."""
    if marked := tree.xpath("//*[@itemprop='liveBlogUpdate']"):
        return list(marked)
    times = [time for time in tree.iter("time") if _TIMED.match(time.get("datetime") or "")]
    within: defaultdict[Any, int] = defaultdict(int)
    for time in times:
        for around in time.iterancestors():
            within[around] += 1
    by_parent: defaultdict[Any, list[HtmlElement]] = defaultdict(list)
    for time in times:
        block = next((around for around in time.iterancestors() if within[around.getparent()] != 1), None)
        if block is not None and block.getparent() is not None:
            by_parent[block.getparent()].append(block)
    blocks = max(by_parent.values(), key=len, default=[])
    return blocks if len(blocks) >= MIN_POSTS and _is_live(tree, blocks[0]) else []


def _is_live(tree: "HtmlElement", block: "HtmlElement") -> bool:
    names = [f"{e.get('class', '')} {e.get('id', '')} {e.get('itemtype', '')}" for e in (block, *block.iterancestors())]
    titles = [title.text_content() for title in tree.iter("title", "h1")]
    typed = any("LiveBlogPosting" in str(article.get("@type")) for article in articles_in(tree))
    return typed or any(map(_LIVE.search, names)) or any(map(_LIVE_TITLE.match, titles))


def _post_of_element(block: "HtmlElement", texts: Texts) -> Post:
    block = deepcopy(block)
    time, heading = (next(iter(block.xpath(path)), None) for path in (".//time[@datetime]", _HEADING))
    when = time.get("datetime") if time is not None else ""
    headline = heading.text_content() if heading is not None else ""
    for part in (time, heading):
        if part is not None and part.getparent() is not None:
            part.drop_tree()
    return Post(when.strip(), re.sub(r"\s+", " ", headline).strip(), tuple(texts(block)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _size(posts: Sequence[Post]) -> int:
    return sum(len(paragraph) for post in posts for paragraph in post.paragraphs)


def _moment(when: str) -> datetime:
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time(when: str, with_day: bool) -> str:
    """The time as the page gives it: in its own zone, or named as UTC."""
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return ""
    zone = " UTC" if moment.utcoffset() == timedelta(0) else ""
    return f"{moment:%Y-%m-%d %H:%M}{zone}" if with_day else f"{moment:%H:%M}{zone}"
