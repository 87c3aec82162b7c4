"""Vector search: Chroma, and exact search over the vectors stored in SQLite.

Ids and unit vectors in, ids and cosines out. Chroma's content can always be rebuilt from the library's database.
"""

import ctypes
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from index.addresses import redacted_server, redacted_text
from index.errors import LibraryError, ModelError, SettingsError, VectorServerError
from index.store import checksums

Vector = NDArray[np.float32]

CLOUD = "cloud"
"""The value of --chroma for Chroma Cloud."""


def collection_name(library_id: str | None) -> str:
    """The name of a library's collection in Chroma."""
    return f"onrecord-{library_id}"


class ExactVectors:
    """Exact search: for filters, which slow Chroma down tenfold, and for readers, which must not open Chroma's files.

    `numbers` are the rows' chunk numbers, the indexes of a mask.
    """

    def __init__(self, numbers: NDArray[np.int64], ids: Sequence[str], matrix: Vector) -> None:
        self._numbers = numbers
        self._ids = ids
        self._matrix = matrix

    def nearest(self, vector: Vector, k: int, mask: NDArray[np.bool_] | None = None) -> list[tuple[str, float]]:
        """The ids and cosines of the k nearest vectors, best first; with a mask, only of chunks in it."""
        if mask is None:
            rows, cosines = np.arange(len(self._ids)), self._matrix @ vector
        else:
            rows = np.flatnonzero(mask[self._numbers])
            few = len(rows) < len(self._ids) // 8  # Otherwise copying rows costs more than multiplying all.
            cosines = self._matrix[rows] @ vector if few else (self._matrix @ vector)[rows]
        best = np.argpartition(-cosines, k)[:k] if k < len(rows) else np.arange(len(rows))
        best = best[np.lexsort((best, -cosines[best]))]
        return _in_order([(self._ids[rows[i]], float(cosines[i])) for i in best])


class ChromaVectors:
    """The approximate index on disk. Only one process may open a folder: a second writer damages it silently.

    `name` is unique to the library, and changes when it is rebuilt, so that vectors are never mixed. Errors of Chroma and the
    disk become LibraryErrors.
    """

    _slice = 5_000  # Chroma refuses more than 5,461 records at once.

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._failed = self._loaded = False
        with self._library_errors("opened"):
            self._connect()

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """The ids of the k nearest vectors, or of all if there are fewer, and their cosines, best first."""
        # Only the first search, which loads the index, needs zeroed memory; it slows the whole process.
        with self._library_errors("searched"), nullcontext() if self._loaded else zeroed_memory():
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=k, include=["distances"])
        self._loaded = True
        distances = zip(found["ids"][0], found["distances"][0], strict=True)
        return _in_order([(id, 1.0 - distance) for id, distance in distances])

    def count(self) -> int:
        with self._library_errors("counted"):
            return int(self._collection.count())

    def ids(self) -> set[str]:
        with self._library_errors("listed"):
            return set(self._collection.get(include=[])["ids"])

    def put(self, ids: Sequence[str], matrix: Vector) -> None:
        """Add or replace vectors."""
        for at in range(0, len(ids), self._slice):
            part = slice(at, at + self._slice)
            with self._library_errors("written"), zeroed_memory():
                self._collection.upsert(ids=list(ids[part]), embeddings=matrix[part])

    def remove(self, ids: Sequence[str]) -> None:
        for at in range(0, len(ids), self._slice):
            with self._library_errors("written"), zeroed_memory():
                self._collection.delete(ids=list(ids[at : at + self._slice]))

    def probe(self) -> None:
        """Read a vector and search for it."""
        with self._library_errors("read"), zeroed_memory():
            stored = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
        for vector in stored:
            self.nearest(np.asarray(vector, np.float32), 10)

    def clear(self) -> None:
        """Delete the folder and start empty."""
        self._client.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._loaded = False
        with self._library_errors("opened"):
            self._connect()

    def close(self) -> None:
        """Close the files, and record their checksums unless there was an error."""
        self._client.close()
        if not self._failed:
            with suppress(OSError):  # Without checksums, the next opening tests the files.
                checksums.seal(self._folder)

    def abandon(self) -> None:
        """Close without recording checksums."""
        self._failed = True
        self.close()

    def _connect(self) -> None:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            client: Any = chromadb.PersistentClient(str(self._folder), Settings(anonymized_telemetry=False))
        except BaseException:
            SharedSystemClient.clear_system_cache()  # Or the next client of this folder would get the broken one.
            raise
        try:
            self._collection: Any = _collection(client, self._name)
        except BaseException:
            client.close()  # Or the next client of this folder would share it.
            raise
        self._client: Any = client

    @contextmanager
    def _library_errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            # Chroma's damage surfaces as InternalError, ValueError, sqlite3 errors and more; a panic of its Rust is no Exception.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            self._failed = True
            raise LibraryError(
                f"The vectors in {str(self._folder)!r} cannot be {done} ({type(error).__name__}: {error}). Check that "
                "the disk is there, writable and not full; what was kept before is safe in library.db."
            ) from error


class ServerVectors(ChromaVectors):
    """Vectors in a Chroma server, which several processes may use at once; "cloud" is Chroma Cloud.

    Chroma's client has no timeout, so every call is limited to `limit` seconds here. Raises VectorServerError.
    """

    _slice = 300  # What Chroma Cloud takes at once; a small request also keeps within the limit.
    limit = 10.0

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        super().__init__(Path(), name)

    def clear(self) -> None:
        self.drop()
        with self._library_errors("opened"):
            self._connect()

    def drop(self) -> None:
        """Delete this library's vectors from the server."""
        with self._library_errors("deleted"):
            self._within(lambda: self._client.delete_collection(self._name))

    def close(self) -> None:
        self._client.close()

    def _connect(self) -> None:
        import chromadb  # noqa: F401 – which may take longer than the server is given.

        self._client = self._within(lambda: _client_of(self._address))
        self._collection = _Timed(self._within(lambda: _collection(self._client, self._name)), self._within)

    def _within(self, call: Callable[[], Any]) -> Any:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()  # As a daemon it does not keep the process alive.
        try:
            return future.result(self.limit)
        except TimeoutError as error:
            raise TimeoutError(f"no reply within {self.limit:g} s") from error

    @contextmanager
    def _library_errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except SettingsError:
            raise
        except Exception as error:  # httpx's, Chroma's, or a ValueError where nothing listens.
            raise VectorServerError(
                f"The vectors at the Chroma server {redacted_server(self._address)} cannot be {done} ("
                f"{redacted_text(str(error)) or type(error).__name__}). Start it (chroma run --path DIR --host 127.0.0.1 --port "
                "8000), or leave out --chroma and ONRECORD_CHROMA to keep the vectors in the library's folder."
            ) from error


def _in_order(found: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Best first, ties by id, so that results do not depend on the index's order."""
    return sorted(found, key=lambda hit: (-round(hit[1], 5), hit[0]))


class _Timed:
    """A collection whose methods have a time limit."""

    def __init__(self, collection: Any, within: Callable[[Callable[[], Any]], Any]) -> None:
        self._collection = collection
        self._within = within

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)
        return lambda *values, **named: self._within(lambda: method(*values, **named))


def _collection(client: Any, name: str) -> Any:
    # No embedding function: Chroma's default one would be downloaded, and restored on every get.
    return client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})


_M_PERTURB = -6
"""glibc's malloc fills what it gives out with the complement of a byte (mallopt(3))."""

_zeroing = threading.Lock()
_within_zeroed = 0


@contextmanager
def zeroed_memory() -> Iterator[None]:
    """Make malloc return zeroed memory. Does nothing without glibc.

    Chroma writes uninitialized memory to its index files, when it writes and when it loads an index: there could be words of
    removed articles in it, or a key.
    """
    _zero(+1)
    try:
        yield
    finally:
        _zero(-1)


def _zero(more: int) -> None:
    """Nested and concurrent: the first call turns it on, the last turns it off."""
    global _within_zeroed  # noqa: PLW0603 - malloc has one such setting a process
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        with _zeroing:
            _within_zeroed += more
            mallopt(_M_PERTURB, 0xFF if _within_zeroed else 0)


def _client_of(address: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if address == CLOUD:
        return chromadb.CloudClient(settings=settings)  # Reads CHROMA_API_KEY, CHROMA_TENANT and CHROMA_DATABASE.
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"The Chroma server {redacted_server(address)!r} is not an address: write http://127.0.0.1:8000, or {CLOUD!r} "
            "for Chroma Cloud (--chroma or ONRECORD_CHROMA)."
        )
    return chromadb.HttpClient(host=address.rstrip("/"), port=parts.port or 80, settings=settings)


def unit_vectors(rows: list[list[float]], count: int, dimension: int | None = None) -> Vector:
    """The rows as unit vectors of shape (count, dimension), refused if any is missing, misshapen, not finite or zero."""
    if len(rows) != count or len({len(row) for row in rows} | ({dimension} if dimension else set())) > 1:
        raise ModelError(
            f"The embedding returned {len(rows)} vectors of sizes {sorted({len(row) for row in rows})} for {count} "
            f"texts{f' where {dimension} numbers each were due' if dimension else ''}: nothing was stored. Check the "
            "embedding server; if the library is to have another embedding from now on: onrecord rebuild."
        )
    matrix = np.asarray(rows, dtype=np.float32).reshape(count, -1)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
        raise ModelError(
            "The embedding returned a zero or infinite vector: nothing was stored. Check the embedding server."
        )
    units: Vector = matrix / lengths
    return units
