"""Rebuild a library from its articles: after a change of embedding or chunking, or damage to other data."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryError, VectorServerError
from index.library import ENTRIES, Library
from index.store.database import Database
from index.store.folder import REBUILDING, check_readable, writer_lock
from index.store.nearest import remove_vectors
from index.store.vectors import ServerVectors, collection_name

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


def rebuild_library(
    folder: str | Path,
    embedding: "BaseEmbedding | str | None" = None,
    on_progress: Callable[[str], None] | None = None,
    chroma: str | None = None,
) -> int:
    """Split and embed all articles again; returns their number.

    The old library stays readable until the new one is complete. An interrupted rebuild changes nothing.
    """
    folder = Path(folder).expanduser()
    if not (folder / "library.db").exists():
        raise LibraryError(f"There is no library in {str(folder)!r}. Add articles first: onrecord add FILE…")
    fresh = folder / REBUILDING
    lock = writer_lock(folder)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        old = Database(folder / "library.db", read_only=False)
        try:
            articles, old_id, entries = old.articles(), old.fact("library_id"), old.fact(ENTRIES)
            with Library.open(fresh, embedding=embedding, chroma=chroma) as library:
                for article in library.store_all(articles):
                    if on_progress:
                        on_progress(article.title)
                library.take_records(old)
                library.remember_entries(json.loads(entries or "[]"))
                library.sync_vectors()
            old.become(fresh / "library.db")  # From here on it is the new library; its vectors follow.
        finally:
            old.close()
        _move_vectors(fresh, folder)
        if chroma:
            with suppress(VectorServerError):  # Leftovers there are never searched.
                ServerVectors(chroma, collection_name(old_id)).drop()
        shutil.rmtree(fresh, ignore_errors=True)
        return len(articles)
    finally:
        if lock:
            lock.release()


def rebuild_vectors(folder: str | Path, chroma: str | None = None) -> int:
    """Fill Chroma again from library.db, without embedding; returns the number of vectors."""
    check_readable(Path(folder).expanduser())
    with Library.open(folder, chroma=chroma) as library:
        return library.sync_vectors(from_scratch=True)


def _move_vectors(fresh: Path, folder: Path) -> None:
    """Move the new vectors into place. If interrupted, they are rebuilt from library.db at the next opening."""
    remove_vectors(folder)
    for name in ("chroma", "chroma.checksums"):
        if (fresh / name).exists():
            (fresh / name).replace(folder / name)
