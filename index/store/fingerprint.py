"""The fingerprint of a library: its embedding and its chunking, which must not change without a rebuild."""

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
    """The identifiers of a library's embedding and chunking, as stored in its database."""

    embedding: str
    dimension: int
    chunker: str


def stored(database: Database) -> Fingerprint | None:
    """The stored fingerprint; None before the first article."""
    fact = database.fact("fingerprint")
    return Fingerprint(**json.loads(fact)) if fact else None


def fingerprint_of(embedding: "BaseEmbedding") -> Fingerprint:
    """The fingerprint of a new library with that embedding."""
    from index.embedding.embedders import describe

    dimension = len(embedding.get_query_embedding("dimension"))
    return Fingerprint(describe(embedding), dimension, CHUNKER)


def remember(database: Database, embedding: "BaseEmbedding") -> Fingerprint:
    """Store the fingerprint, when the first articles are added."""
    made = fingerprint_of(embedding)
    database.remember("embedding_name", embedding.model_name)
    database.remember("fingerprint", json.dumps(asdict(made)))
    return made


def open_own(folder: Path, database: Database, name: str | None) -> "BaseEmbedding":
    """The embedding of that name, or else the library's own."""
    # Lazy: LlamaIndex takes seconds to import.
    from index.embedding.embedders import EMBEDDED, is_known, open_embedding

    made_with = database.fact("embedding_name")
    if made_with and not name and not is_known(made_with):
        raise _made_otherwise(folder, made_with, EMBEDDED)
    return open_embedding(name or made_with or EMBEDDED)


def check(folder: Path, database: Database, embedding: "BaseEmbedding | None", name: str | None) -> None:
    """Raise EmbeddingMismatchError unless embedding and chunking are the library's own."""
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
        f"made with, or rebuild it: onrecord --library {str(folder)!r} rebuild."
    )
