"""Stories: groups of near-copies, maintained in the library's database as articles are added and removed.

A new article is compared with the few that share most bands with it, and joins the story of the first that is a copy; if
none is, it begins a story. The cost of an addition does not grow with the archive.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from index.store.migrations import Execute
from index.store.sqlite import marks
from index.text import near_copies

SCHEMA = """
CREATE TABLE IF NOT EXISTS stories (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, story INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS stories_story ON stories (story);
CREATE TABLE IF NOT EXISTS bands (band INTEGER NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (band, article)) WITHOUT ROWID;
"""

_PER_BAND = 8
"""Of the articles that share a band, only the latest are compared, so that boilerplate in every article costs little."""

_COMPARED = 20


def join(execute: Execute, number: int, text: str) -> None:
    """Index an article that was just inserted, and assign its story. Called within a transaction."""
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
    """The numbers of the articles that share most bands with a text, and so may be copies of it."""
    shared: Counter[int] = Counter()
    for key in keys:
        filed = execute("SELECT article FROM bands WHERE band = ? ORDER BY article DESC LIMIT ?", (key, _PER_BAND))
        shared.update(article for (article,) in filed)
    return [article for article, _ in shared.most_common(_COMPARED)]


def leave(execute: Execute, number: int) -> None:
    """Remove an article that is about to be deleted from the index. Called within a transaction."""
    for (text,) in execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchall():
        for key in near_copies.bands(near_copies.shingles(text)):
            execute("DELETE FROM bands WHERE band = ? AND article = ?", (key, number))


def file_all(execute: Execute) -> None:
    """Index all articles again, after a change of the method. Called within a transaction."""
    execute("DELETE FROM stories")
    execute("DELETE FROM bands")
    for (number,) in execute("SELECT number FROM articles ORDER BY number").fetchall():
        (text,) = execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchone()
        join(execute, number, text)


def members(execute: Execute, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For each of those articles that has copies, the ids of its whole story, itself included, in order of addition."""
    rows = execute(
        "SELECT mine.id, theirs.id FROM articles mine JOIN stories s ON s.article = mine.number "
        "JOIN stories o ON o.story = s.story JOIN articles theirs ON theirs.number = o.article "
        f"WHERE mine.id IN ({marks(ids)}) ORDER BY theirs.number",
        list(ids),
    )
    stories: dict[str, list[str]] = defaultdict(list)
    for mine, theirs in rows:
        stories[mine].append(theirs)
    return {id: tuple(story) for id, story in stories.items() if len(story) > 1}
