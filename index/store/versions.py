"""Versions: whether a text is another version of a stored article, and the stored earlier texts of articles.

The text decides. Addresses and file names only nominate candidates, since they may also belong to a front page or to another
page of a story. Unless two texts are clearly one story of one source, both stay.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from index.articles import Article, content_id, contents, revision
from index.filters import source_key
from index.store.migrations import Execute
from index.text.near_copies import Shingles, containment, resemblance, same_figures, shingles

SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    id TEXT PRIMARY KEY, article TEXT NOT NULL, kept TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS versions_article ON versions (article);
CREATE TABLE IF NOT EXISTS removals (id TEXT NOT NULL, title TEXT NOT NULL, reason TEXT NOT NULL, removed TEXT NOT NULL);
"""

_SHARED = 0.3
"""With the same address and headline: the share of the shorter text that the longer one must contain. Two pages of one
story share next to nothing."""

_ALIKE = 0.6
"""The share with another headline. Without a common address: the Jaccard similarity required, besides equal figures, in
which weekly reports differ."""

_EXCERPT = 0.75
"""The greatest length of an excerpt, as a share of the full text."""


What = Literal["added", "updated", "unchanged", "left_out"]


@dataclass(frozen=True)
class Version:
    """An earlier or shorter text of an article. `article.id` is the version's id, `kept` when it was stored (ISO, UTC)."""

    article: Article
    kept: str


@dataclass(frozen=True)
class Outcome:
    """What happened to one article that was read.

    `article` is its id in the library, `changed` the share of the text that an update changed (0 to 1), `why` the reason
    for leaving it out. `notes` are remarks, such as fields that could not be parsed.
    """

    source: str
    what: What
    article: str
    title: str
    changed: float | None = None
    why: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placement:
    """What to do with an article: store it in place of the articles `replaces`, or, if left out, as a version of another."""

    article: Article
    outcome: Outcome
    replaces: tuple[Article, ...] = ()


def place(article: Article, earlier: Sequence[Article]) -> Placement:
    """Decide what to do with an article, given the stored articles that are versions of it."""
    outcome = Outcome(
        article.origin, "updated" if earlier else "added", article.id, article.title, notes=article.unread
    )
    same = next((other for other in earlier if other.id == article.id), None)
    if same and contents(revision(article, [same])) == contents(same):
        return Placement(same, replace(outcome, what="unchanged"))
    fuller = next((other for other in earlier if not same and _is_excerpt(article, other)), None)
    if fuller:
        sizes = f"{len(article.text):,} characters, not {len(fuller.text):,}"
        why = f"it is a shorter text of the article {fuller.id} ({sizes}), and is kept as a version of it"
        return Placement(article, replace(outcome, what="left_out", article=fuller.id, why=why))
    mine = shingles(article.text)
    changed = min((1 - resemblance(mine, shingles(other.text)) for other in earlier), default=None)
    return Placement(revision(article, earlier), replace(outcome, changed=changed), tuple(earlier))


def is_version(earlier: Article, article: Article, repeated: bool = False) -> bool:
    """Whether one replaces the other. `repeated`: the same call to add had an article with this given id before."""
    if earlier.id == article.id:
        if not article.has_given_id:  # The same text and source.
            return True
        same_record = _same_address(earlier, article) or _publisher(earlier) == _publisher(article) != ""
        theirs, mine = shingles(earlier.text), shingles(article.text)
        unknown = not (_publisher(earlier) and _publisher(article))
        return (
            (same_record and not repeated)
            or (same_source(earlier, article) and shared(theirs, mine) >= _SHARED)
            or (unknown and resemblance(theirs, mine) >= _ALIKE)
        )
    if earlier.has_given_id or article.has_given_id or not same_source(earlier, article):
        return False
    theirs, mine = shingles(earlier.text), shingles(article.text)
    if _same_address(earlier, article):
        one_name = earlier.origin == article.origin or earlier.title == article.title
        return shared(theirs, mine) >= (_SHARED if one_name else _ALIKE)
    if earlier.url and article.url:
        return False
    days = {day for day in (earlier.published, article.published) if day}
    same_facts = len(days) < 2 and same_figures(theirs, mine) and same_figures(mine, theirs)
    return same_facts and resemblance(theirs, mine) >= _ALIKE


def same_source(a: Article, b: Article) -> bool:
    """Whether two articles have the same origin, or the same publisher or host."""
    if a.origin == b.origin:
        return True
    hosts, names = (_host(a), _host(b)), (_publisher(a), _publisher(b))
    one_host = hosts[0] == hosts[1] != ""
    if all(names):  # Feed and page may name the paper differently: "The Courier – World", "Courier".
        return names[0] == names[1] or (one_host and (names[0] in names[1] or names[1] in names[0]))
    return one_host


def shared(a: Shingles, b: Shingles) -> float:
    """The share of the shorter text that the longer one contains."""
    return containment(*sorted((a, b), key=len))


def version_id(article: Article) -> str:
    """The id of an article as a version: its own if that is a hash of the content."""
    if not article.has_given_id:
        return article.id
    return content_id(article.id, article.url, article.publisher, article.title, article.text)


# In the database. All but the reading functions are called within a transaction.


def keep(execute: Execute, earlier: Iterable[Article], article: Article, now: str) -> None:
    """Store replaced articles, and their versions, as versions of the new one."""
    for other in earlier:
        execute("UPDATE versions SET article = ? WHERE article = ?", (article.id, other.id))
        if version_id(other) != version_id(article):
            value = asdict(replace(other, id=version_id(other)))
            execute(
                "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", (value["id"], article.id, now, json.dumps(value))
            )
    execute("DELETE FROM versions WHERE id = ?", (version_id(article),))


def of(execute: Execute, id: str) -> list[Version]:
    """The versions of an article, the latest first."""
    query = "SELECT value, kept FROM versions WHERE article = ? ORDER BY kept DESC, rowid DESC"
    return [Version(_article(value), kept) for value, kept in execute(query, (id,)).fetchall()]


def find(execute: Execute, id: str) -> tuple[str, Article] | None:
    """The version of that id, with the id of its article."""
    row = execute("SELECT article, value FROM versions WHERE id = ?", (id,)).fetchone()
    return (row[0], _article(row[1])) if row else None


def forget(execute: Execute, ids: Collection[str]) -> None:
    for id in ids:
        execute("DELETE FROM versions WHERE article = ?", (id,))


def _article(value: str) -> Article:
    fields = json.loads(value)
    return Article(**{**fields, "dropped": tuple(fields["dropped"]), "unread": ()})


def _is_excerpt(article: Article, other: Article) -> bool:
    """Whether an article is a teaser of another. A record with its own id never is."""
    if article.has_given_id:
        return False
    part, whole = shingles(article.text), shingles(other.text)
    return len(part) <= _EXCERPT * len(whole) and containment(part, whole) >= _ALIKE


def _same_address(a: Article, b: Article) -> bool:
    return a.origin == b.origin or _address(a) == _address(b) != ""


def _address(article: Article) -> str:
    """A page's address without AMP and mobile variants; "" for a front page."""
    path = [part for part in urlsplit(article.url or "").path.split("/") if part not in ("", "amp")]
    return "/".join([_host(article), *path]).removesuffix(".amp") if path else ""


def _publisher(article: Article) -> str:
    """The publisher's name for comparison; "" if it is only the name of the host."""
    name = source_key(article.publisher or "")
    return "" if name == source_key(_host(article)) else name


def _host(article: Article) -> str:
    return re.sub(r"^(?:www|amp|m)\.", "", urlsplit(article.url or "").hostname or "")
