"""Stories: which articles are near-copies of one another, kept in the library's database as articles come and go.

An article that is added is compared with the few that share bands with it, and joins the story of the one it resembles
most; if it resembles none, it is a story of its own. What one addition costs does not grow with the archive.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from index.text import near_copies

Execute = Callable[..., Any]
"""The database connection's `execute`. All but `alike` and `members` are called within a transaction."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS stories (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, story INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS stories_story ON stories (story);
CREATE TABLE IF NOT EXISTS bands (band INTEGER NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (band, article)) WITHOUT ROWID;
"""

_PER_BAND = 8
"""Of the articles that share a band, only the latest are looked at: a story with many copies, or a paragraph that stands
in every article, costs no more than one with few."""

_COMPARED = 20


def join(execute: Execute, number: int, text: str) -> None:
    """File an article that was just inserted, and give it its story."""
    mine = near_copies.shingles(text)
    keys = near_copies.bands(mine)
    story = number
    for candidate in alike(execute, keys):
        (theirs,) = execute("SELECT text FROM articles WHERE number = ?", (candidate,)).fetchone()
        if near_copies.are_copies(mine, near_copies.shingles(theirs)):
            (story,) = execute("SELECT story FROM stories WHERE article = ?", (candidate,)).fetchone()
            break
    execute("INSERT INTO stories VALUES (?, ?)", (number, story))
    for key in keys:
        execute("INSERT OR IGNORE INTO bands VALUES (?, ?)", (key, number))


def alike(execute: Execute, keys: Sequence[int]) -> list[int]:
    """The numbers of the few filed articles that share most bands with a text, and so may be copies of it."""
    shared: Counter[int] = Counter()
    for key in keys:
        filed = execute("SELECT article FROM bands WHERE band = ? ORDER BY article DESC LIMIT ?", (key, _PER_BAND))
        shared.update(article for (article,) in filed)
    return [article for article, _ in shared.most_common(_COMPARED)]


def leave(execute: Execute, number: int) -> None:
    """Take an article that is about to be deleted out of the files; its story goes on without it."""
    for (text,) in execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchall():
        for key in near_copies.bands(near_copies.shingles(text)):
            execute("DELETE FROM bands WHERE band = ? AND article = ?", (key, number))


def file_all(execute: Execute) -> None:
    """File every article anew: for a library made before stories were kept, or by another method."""
    execute("DELETE FROM stories")
    execute("DELETE FROM bands")
    for (number,) in execute("SELECT number FROM articles ORDER BY number").fetchall():
        (text,) = execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchone()
        join(execute, number, text)


def members(execute: Execute, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For each of those articles that has copies, the ids of its whole story, itself included, in order of addition."""
    marks = ", ".join("?" for _ in ids)
    rows = execute(
        "SELECT mine.id, theirs.id FROM articles mine JOIN stories s ON s.article = mine.number "
        "JOIN stories o ON o.story = s.story JOIN articles theirs ON theirs.number = o.article "
        f"WHERE mine.id IN ({marks}) ORDER BY theirs.number",
        list(ids),
    )
    stories: dict[str, list[str]] = defaultdict(list)
    for mine, theirs in rows:
        stories[mine].append(theirs)
    return {id: tuple(story) for id, story in stories.items() if len(story) > 1}
