"""The chunks nearest to a question, by Chroma or by comparing every stored vector.

A writer makes Chroma agree with library.db. A reader uses a Chroma server once it has all vectors, and never the folder's
Chroma, which another process may be writing.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from index.errors import LibraryError, VectorServerError
from index.store.catalogue import Mask
from index.store.database import Database
from index.store.vector_sync import holds_all, open_chroma, open_server, reconcile
from index.store.vectors import ChromaVectors, ExactVectors, ServerVectors, Vector, collection_name

log = logging.getLogger("onrecord")


class NearestChunks:
    """The vectors of one library, opened when first needed. Safe to use from several threads.

    `server` is the address of a Chroma server, None for the library's own folder. `check` raises if the library has
    another embedding; `sync_as_writer` opens a writer to fill the server, or raises LibraryError.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        server: str | None,
        writes: bool,
        check: Callable[[], None],
        sync_as_writer: Callable[[], object],
    ) -> None:
        self._folder, self._database, self._server, self._writes = folder, database, server, writes
        self._check, self._sync_as_writer = check, sync_as_writer
        self._opening = threading.RLock()
        self._chroma: ChromaVectors | None = None
        self._served: tuple[str, ChromaVectors] | None = None
        self._without_chroma = False
        self._exact: tuple[tuple[int, int], ExactVectors] | None = None

    def nearest(self, vector: Vector, k: int, mask: Mask | None) -> list[tuple[str, float]]:
        """Chunk ids and cosines, best first. If Chroma fails, log it and compare every vector instead."""
        try:
            chroma = self.index() if mask is None else None
            if chroma:
                return chroma.nearest(vector, k)
        except VectorServerError:
            raise
        except LibraryError as error:
            log.warning("%s Meanwhile every stored vector is compared.", error)
            self._without_chroma = True
        return self.exact().nearest(vector, k, mask)

    def index(self) -> ChromaVectors | None:
        """Chroma, if this process may use it and it is complete; None otherwise."""
        if self._writes:
            return None if self._without_chroma else self.writable()
        return self._serving(self._server) if self._server else None

    def exact(self) -> ExactVectors:
        """Every stored vector, reread when the library has changed."""
        version = self._database.version()
        if self._exact is None or self._exact[0] != version:
            self._check()  # Another process may have rebuilt it with another embedding.
            self._exact = version, ExactVectors(*self._database.vectors_by_number())
        return self._exact[1]

    def writable(self, asked: bool = False) -> ChromaVectors:
        """Chroma, synchronized with the library. Repairs are logged unless they were `asked` for."""
        with self._opening:  # Chroma fails if two threads open one folder, which would look like damage.
            if self._chroma is None:
                self._forget_other_place()
                name = collection_name(self._database.fact("library_id"))
                if self._server:
                    self._chroma, mended = open_server(self._server, name, self._database)
                else:
                    self._chroma, mended = open_chroma(self._folder / "chroma", name, self._database)
                if mended and not asked:
                    log.warning("The vector index of %s %s: it was rebuilt from library.db.", self._folder, mended)
            return self._chroma

    def sync(self, from_scratch: bool) -> int:
        """Make Chroma agree with the library and return the number of vectors; see `Library.sync_vectors`."""
        if from_scratch and not self._server and self._chroma is None:
            remove_vectors(self._folder)
        chroma = self.writable(asked=True)
        if from_scratch and self._server:
            chroma.clear()
            reconcile(chroma, self._database)
        return chroma.count()

    def forget(self, chunk_ids: Sequence[str]) -> None:
        """Remove vectors of chunks that were deleted. A failure is only logged: search ignores what library.db lacks."""
        try:
            self.writable().remove(chunk_ids)
        except LibraryError as error:
            log.warning("%s It will be repaired when the library is next opened.", error)

    def close(self) -> None:
        for vectors in (self._chroma, self._served[1] if self._served else None):
            if vectors is not None:
                vectors.close()
        self._chroma = self._served = None

    def _forget_other_place(self) -> None:
        """If the vectors move between folder and server, start empty: what is at the new place is out of date."""
        place = self._server or ""
        if (self._database.fact("vectors_at") or "") != place:
            self._database.assign_library_id()
            self._database.remember("vectors_at", place)
            remove_vectors(self._folder)

    def _serving(self, server: str) -> ChromaVectors | None:
        """The server's vectors for a reader; None while they are incomplete."""
        name = collection_name(self._database.fact("library_id"))
        if self._served and self._served[0] == name:
            return self._served[1]
        self._check()  # Another process may have rebuilt it with another embedding.
        vectors = ServerVectors(server, name)
        if self._database.fact("vectors_at") == server and holds_all(vectors, self._database):
            self._served = name, vectors
            return vectors
        vectors.close()
        try:
            self._sync_as_writer()
        except VectorServerError:
            raise
        except LibraryError as error:
            log.warning("The Chroma server does not hold all vectors yet. Every stored one is compared. %s", error)
            return None
        return self._serving(server)


def remove_vectors(folder: Path) -> None:
    """Delete the vectors in a library's folder; library.db has them too."""
    (folder / "chroma.checksums").unlink(missing_ok=True)
    shutil.rmtree(folder / "chroma", ignore_errors=True)
