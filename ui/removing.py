"""Removing articles with every trace of them: from the library, and from what readers' conversations quote of them."""

from collections.abc import Sequence

from index import Library
from ui.conversations import Conversations


def remove(library: Library, kept: Conversations, ids: Sequence[str]) -> None:
    """Remove articles and the kept answers that quote them; an unknown id raises UnknownArticleError and removes none."""
    articles = [library.article(id) for id in ids]
    if not library.read_only:  # A reader is refused, and must have lost nothing.
        kept.forget(articles)  # First: cut short, the articles are still there to be removed again.
    library.remove(ids)
