"""Remove articles from the library and from stored conversations."""

from collections.abc import Sequence
from dataclasses import dataclass

from index import Library
from index.errors import DamagedLibraryError
from index.store.backup import RemainingCopy, backups_with
from ui.conversations import Conversations


@dataclass(frozen=True)
class Removed:
    """The removed ids, the number of erased answers, and the files that still have the articles."""

    ids: tuple[str, ...]
    answers: int
    copies: tuple[RemainingCopy, ...]


def remove_everywhere(library: Library, kept: Conversations, ids: Sequence[str], reason: str = "") -> Removed:
    """Remove articles with all versions, and erase the stored answers that quote them.

    Takes ids of articles or versions; an unknown id raises UnknownArticleError, and nothing is removed.
    """
    ids = tuple(dict.fromkeys(map(library.current, ids)))
    gone = [article for id in ids for article in (library.article(id), *(v.article for v in library.versions(id)))]
    answers, unread = 0, bool(kept.trouble)
    if not library.read_only:  # Otherwise `library.remove` raises, and no answer must be lost.
        others = {article.id for article in library.articles()}.difference(ids)
        try:
            answers = kept.empty(gone, others)  # Answers first: if interrupted, the removal can be repeated.
        except DamagedLibraryError:
            unread = True
    library.remove(ids, reason)
    damaged = (RemainingCopy(library.folder / "conversations.db", read=False),) if unread else ()
    return Removed(ids, answers, damaged + backups_with(library.folder, [article.id for article in gone]))
