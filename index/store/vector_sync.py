"""Synchronize Chroma with library.db when it is opened, so that search never misses a stored chunk.

After a crash Chroma has more vectors than the library (they are inserted before its transaction and deleted after it), so
comparing ids repairs it. Damaged files are found by their checksums. After a crash there are none: then the folder is first
opened in a child process, since unreadable files may kill the process (chroma#7238).
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from index.errors import DamagedLibraryError, LibraryError
from index.store import checksums
from index.store.vectors import ChromaVectors, ServerVectors, Vector

_SAMPLE = 20
_HEALTHY = 0.5
"""Share of sampled vectors to be found. A lost index finds none; an intact one may miss a few, since it is approximate."""


class ExpectedVectors(Protocol):
    """What Chroma should contain, according to the library's database."""

    def chunk_count(self) -> int: ...
    def all_chunk_ids(self) -> set[str]: ...
    def vectors_of(self, ids: list[str]) -> tuple[list[str], Vector]: ...
    def sample_vectors(self, n: int) -> tuple[list[str], Vector]: ...


def open_chroma(folder: Path, name: str, expected: ExpectedVectors) -> tuple[ChromaVectors, str | None]:
    """Open Chroma's folder and synchronize it; the second value describes what was wrong, if anything."""
    damage = checksums.broken(folder) or _crash(folder, name)
    checksums.unseal(folder)
    if damage is None:
        try:
            return _open(folder, name, expected)
        except LibraryError as error:
            damage = f"could not be used ({error.__cause__ or error})"
    shutil.rmtree(folder, ignore_errors=True)
    vectors, _ = _open(folder, name, expected)
    return vectors, damage


def open_server(address: str, name: str, expected: ExpectedVectors) -> tuple[ServerVectors, str | None]:
    """As `open_chroma`, for a Chroma server."""
    vectors = ServerVectors(address, name)
    return vectors, reconcile(vectors, expected)


def reconcile(vectors: ChromaVectors, expected: ExpectedVectors) -> str | None:
    """Insert missing vectors and delete surplus ones; returns what was wrong, None if nothing was.

    If its index files are gone, Chroma still counts its vectors but silently finds none. So some stored vectors are searched
    for.
    """
    wrong = None
    held, due = vectors.count(), expected.chunk_count()
    if held != due:
        wrong = f"held {held} vectors instead of {due}"
        reconcile_ids(vectors, expected)
    share = found_share(vectors, expected)
    if share < _HEALTHY:
        wrong = f"found {share:.0%} of the vectors that it holds"
        vectors.clear()
        reconcile_ids(vectors, expected)
        if vectors.count() != expected.chunk_count() or not found_share(vectors, expected):
            raise DamagedLibraryError(
                "The vectors of the library cannot be rebuilt. Check that the disk is writable and not full."
            )
    return wrong


def holds_all(vectors: ChromaVectors, expected: ExpectedVectors) -> bool:
    """Whether Chroma is complete, for a reader while a writer may be active.

    A writer inserts vectors before its transaction and deletes them after it, so a shortage is brief.
    """
    for _ in range(3):
        due = expected.chunk_count()
        if vectors.count() >= due:
            return found_share(vectors, expected) >= _HEALTHY
    return False


def reconcile_ids(vectors: ChromaVectors, expected: ExpectedVectors) -> None:
    """Compare all ids, then delete and insert the difference."""
    held, due = vectors.ids(), expected.all_chunk_ids()
    vectors.remove(sorted(held - due))
    vectors.put(*expected.vectors_of(sorted(due - held)))


def found_share(vectors: ChromaVectors, expected: ExpectedVectors) -> float:
    """The share of sampled vectors that search finds; 1 for an empty library."""
    sample = list(zip(*expected.sample_vectors(_SAMPLE), strict=True))
    # Copies of one text share one vector, so the cosine is asked for and not the id.
    found = sum(any(cosine > 0.999 for _, cosine in vectors.nearest(vector, 10)) for _, vector in sample)
    return found / len(sample) if sample else 1.0


def probe(folder: Path, name: str) -> None:
    """Read the folder as search would. Runs in a child process, which damaged files may kill."""
    vectors = ChromaVectors(folder, name)
    vectors.probe()


def _open(folder: Path, name: str, expected: ExpectedVectors) -> tuple[ChromaVectors, str | None]:
    vectors = ChromaVectors(folder, name)
    try:
        return vectors, reconcile(vectors, expected)
    except BaseException:
        vectors.abandon()
        raise


def _crash(folder: Path, name: str, limit: float = 60.0) -> str | None:
    """Open a folder that was not closed properly in a child process; returns how that failed, None if it did not."""
    # SQLite has all of up to 1,000 vectors: then there are no index files.
    if checksums.is_sealed(folder) or not any(folder.glob("*/index_metadata.pickle")):
        return None
    path = f"import sys; sys.path[:] = {sys.path!r}; "  # The same packages as here, however this process found them.
    code = "from pathlib import Path; from index.store.vector_sync import probe; probe(Path(sys.argv[1]), sys.argv[2])"
    try:
        done = subprocess.run(
            [sys.executable, "-c", path + code, str(folder), name], capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not open within {limit:g} s"
    return f"ended the process that opened it (signal {-done.returncode})" if done.returncode < 0 else None
