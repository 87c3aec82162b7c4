"""Vectors: Chroma (its one home file), and exact search over the vectors that SQLite keeps.

Knows nothing of articles: ids and unit vectors go in, ids and cosines come out. Chroma can be lost at any time; whatever
it holds is rebuilt from the library's database.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import DamagedLibraryError, ModelError

Vector = NDArray[np.float32]

_SLICE = 5_000  # Chroma refuses more than 5,461 records at once.
_COLLECTION = "chunks"


class ExactVectors:
    """Every vector compared: for filters, which cost Chroma ten times as much as no filter, and for a process that may
    read the library but must leave Chroma's files alone. `numbers` name the rows in a mask."""

    def __init__(self, numbers: NDArray[np.int64], ids: Sequence[str], matrix: Vector) -> None:
        self._numbers = numbers
        self._ids = ids
        self._matrix = matrix

    def nearest(self, vector: Vector, k: int, mask: NDArray[np.bool_] | None = None) -> list[tuple[str, float]]:
        """With a mask over chunk numbers, the k nearest of those that it lets through."""
        if mask is None:
            rows, cosines = np.arange(len(self._ids)), self._matrix @ vector
        else:
            rows = np.flatnonzero(mask[self._numbers])
            few = len(rows) < len(self._ids) // 8  # Copying rows costs more than multiplying them.
            cosines = self._matrix[rows] @ vector if few else (self._matrix @ vector)[rows]
        best = np.argpartition(-cosines, k)[:k] if k < len(rows) else np.arange(len(rows))
        best = best[np.lexsort((best, -cosines[best]))]
        return [(self._ids[rows[i]], float(cosines[i])) for i in best]


class ChromaVectors:
    """The approximate index on disk. Only one process may open a folder: a second writer damages it silently."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connect()

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        found = self._collection.query(query_embeddings=[vector.tolist()], n_results=k, include=["distances"])
        return [(id, 1.0 - distance) for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

    def count(self) -> int:
        return int(self._collection.count())

    def ids(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"])

    def put(self, ids: Sequence[str], matrix: Vector) -> None:
        """Add or replace; the same id twice is the same vector."""
        for at in range(0, len(ids), _SLICE):
            part = slice(at, at + _SLICE)
            self._collection.upsert(ids=list(ids[part]), embeddings=matrix[part])

    def remove(self, ids: Sequence[str]) -> None:
        for at in range(0, len(ids), _SLICE):
            self._collection.delete(ids=list(ids[at : at + _SLICE]))

    def clear(self) -> None:
        """Throw the folder away and start empty."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._connect()

    def close(self) -> None:
        self._client.close()

    def _connect(self) -> None:
        import chromadb
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._client: Any = chromadb.PersistentClient(str(self._folder), Settings(anonymized_telemetry=False))
        # No embedding function: Chroma's default one would be downloaded, and restored on every get.
        self._collection: Any = self._client.get_or_create_collection(
            _COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )


def open_chroma(folder: Path, expected: "ExpectedVectors") -> tuple[ChromaVectors, str | None]:
    """Open Chroma and make it agree with what the library holds; the second value says what had to be mended, if anything.

    Chroma counts what it holds even when its index files are gone, and then finds nothing without an error, so that a
    few stored vectors are asked to find themselves.
    """
    try:
        vectors = ChromaVectors(folder)
        problem = _problem(vectors, expected)
    except Exception as error:  # Chroma's damage surfaces as InternalError, ValueError, sqlite3 errors and more.
        shutil.rmtree(folder, ignore_errors=True)
        vectors, problem = ChromaVectors(folder), f"could not be opened ({type(error).__name__})"
    if problem is None:
        return vectors, None
    vectors.clear()
    ids, matrix = expected.all_vectors()
    vectors.put(ids, matrix)
    if _problem(vectors, expected):
        raise DamagedLibraryError(
            f"The vectors in {folder} cannot be rebuilt. Check that the disk is writable and not full."
        )
    return vectors, problem


class ExpectedVectors(Protocol):
    """What the library's database says Chroma should hold."""

    def chunk_count(self) -> int: ...
    def sample_vectors(self, n: int) -> tuple[list[str], Vector]: ...
    def all_vectors(self) -> tuple[list[str], Vector]: ...


def _problem(vectors: ChromaVectors, expected: ExpectedVectors) -> str | None:
    held, due = vectors.count(), expected.chunk_count()
    if held != due:
        return f"held {held} vectors instead of {due}"
    ids, matrix = expected.sample_vectors(5)
    for id, vector in zip(ids, matrix, strict=True):
        # Copies of one text share one vector, so the cosine is asked for and not the id.
        if not any(cosine > 0.999 for _, cosine in vectors.nearest(vector, 3)):
            return f"did not find the vector {id} that it holds"
    return None


def unit_vectors(rows: list[list[float]], count: int, dimension: int | None = None) -> Vector:
    """The rows as unit vectors of shape (count, dimension), refused if any is missing, misshapen, not finite or zero."""
    if len(rows) != count or len({len(row) for row in rows} | ({dimension} if dimension else set())) > 1:
        raise ModelError(
            f"The embedding returned {len(rows)} vectors of sizes {sorted({len(row) for row in rows})} for {count} "
            f"texts{f' where {dimension} numbers each were due' if dimension else ''}: nothing was stored. Check the "
            "embedding server."
        )
    matrix = np.asarray(rows, dtype=np.float32).reshape(count, -1)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
        raise ModelError(
            "The embedding returned a zero or infinite vector: nothing was stored. Check the embedding server."
        )
    units: Vector = matrix / lengths
    return units
