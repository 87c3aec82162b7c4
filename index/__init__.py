"""The archive: articles, their sentences and chunks, and search over them. Knows nothing of prompts, answers or pages."""

from typing import TYPE_CHECKING, Any

from index.articles import Article, Chunk, Hit, Sentence
from index.filters import Filter
from index.store.versions import Outcome, Version

if TYPE_CHECKING:
    from index.library import Library
    from index.store.database import Removal
    from index.store.fingerprint import Fingerprint
    from index.store.storing import Report

__all__ = [
    "Article",
    "Chunk",
    "Filter",
    "Fingerprint",
    "Hit",
    "Library",
    "Outcome",
    "Removal",
    "Report",
    "Sentence",
    "Version",
]


def __getattr__(name: str) -> Any:
    # Lazy, because the library imports LlamaIndex, which takes seconds.
    if name in {"Fingerprint", "Library", "Removal", "Report"}:
        from index import library

        return getattr(library, name)
    raise AttributeError(f"module 'index' has no attribute {name!r}")
