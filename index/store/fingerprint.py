"""How a library was made: its embedding and its chunks. Two libraries with different ones do not search alike."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import EmbeddingMismatchError
from index.store.database import Database
from index.text.chunks import CHUNKER

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


@dataclass(frozen=True)
class Fingerprint:
    """How a library was made. Two libraries with different ones do not search alike."""

    embedding: str
    dimension: int
    chunker: str


def stored(database: Database) -> Fingerprint | None:
    """How the library was made; None where nothing was added yet."""
    fact = database.fact("fingerprint")
    return Fingerprint(**json.loads(fact)) if fact else None


def fingerprint_of(embedding: "BaseEmbedding") -> Fingerprint:
    """How a library with that embedding would be made."""
    from index.embedding.embedders import describe

    dimension = len(embedding.get_query_embedding("dimension"))
    return Fingerprint(describe(embedding), dimension, CHUNKER)


def remember(database: Database, embedding: "BaseEmbedding") -> Fingerprint:
    """Write down how a library is made, as its first articles are added."""
    made = fingerprint_of(embedding)
    database.remember("embedding_name", embedding.model_name)
    database.remember("fingerprint", json.dumps(asdict(made)))
    return made


def open_own(folder: Path, database: Database, name: str | None) -> "BaseEmbedding":
    """The embedding of that name; without one, that with which the library was made."""
    # LlamaIndex takes seconds to import: only who searches pays for it.
    from index.embedding.embedders import EMBEDDED, is_known, open_embedding

    made_with = database.fact("embedding_name")
    if made_with and not name and not is_known(made_with):
        raise _made_otherwise(folder, made_with, EMBEDDED)
    return open_embedding(name or made_with or EMBEDDED)


def check(folder: Path, database: Database, embedding: "BaseEmbedding | None", name: str | None) -> None:
    """Refuse an embedding or chunks other than the library's own: the same dimension proves nothing."""
    made = stored(database)
    if made is None:
        return
    same = [(made.chunker, CHUNKER)]
    if embedding:
        from index.embedding.embedders import describe

        same.append((made.embedding, describe(embedding)))
    elif name:
        same.append((database.fact("embedding_name") or "", name))
    for theirs, ours in same:
        if theirs != ours:
            raise _made_otherwise(folder, theirs, ours)


def _made_otherwise(folder: Path, theirs: str, ours: str) -> EmbeddingMismatchError:
    return EmbeddingMismatchError(
        f"The library {str(folder)!r} was made with {theirs!r}, not with {ours!r}. Use the one it was "
        f"made with, or make it anew: onrecord --library {str(folder)!r} rebuild."
    )
