"""Removing articles with every trace of them: from the library, and from what readers' conversations quote of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from index import Library
from index.errors import DamagedLibraryError
from index.store.backup import RemainingCopy, backups_with
from ui.conversations import Conversations


@dataclass(frozen=True)
class Removed:
    """What was removed: the articles' ids, how many kept answers were emptied, and the copies that still have them."""

    ids: tuple[str, ...]
    answers: int
    copies: tuple[RemainingCopy, ...]


def remove_everywhere(library: Library, kept: Conversations, ids: Sequence[str], reason: str = "") -> Removed:
    """Remove articles with all their versions, and empty the kept answers that quote them.

    The id of a version stands for its article; an unknown id raises UnknownArticleError and removes none.
    """
    ids = tuple(dict.fromkeys(map(library.current, ids)))
    gone = [article for id in ids for article in (library.article(id), *(v.article for v in library.versions(id)))]
    answers, unread = 0, bool(kept.trouble)
    if not library.read_only:  # A reader is refused, and must have lost nothing.
        others = {article.id for article in library.articles()}.difference(ids)
        try:
            answers = kept.empty(gone, others)  # First: cut short, the articles are still there to be removed again.
        except DamagedLibraryError:
            unread = True
    library.remove(ids, reason)
    damaged = (RemainingCopy(library.folder / "conversations.db", read=False),) if unread else ()
    return Removed(ids, answers, damaged + backups_with(library.folder, [article.id for article in gone]))
