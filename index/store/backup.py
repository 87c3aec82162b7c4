"""Back up a library to one file, and restore it.

The file is a zip of `library.db` (the articles), `manifest.json` (format, SHA-256), `ids.json` (the ids of articles and
versions) and `conversations.db`. Chroma's files are rebuilt from the database. A backup is made in a folder beside it
(`NAME.partial`). `backups.txt` lists it before anything is written, so that the leftovers of a killed process are deleted when
the library is next opened.
"""

import hashlib
import json
import logging
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import DamagedLibraryError, LibraryError
from index.library import Library
from index.store.database import Database
from index.store.folder import NOTED, RESTORING, backing_up, check_readable, noted_backups, partial, writer_lock
from index.store.migrations import SCHEMA_VERSION, refuse_newer
from index.store.nearest import remove_vectors
from index.store.sqlite import copy as copy_database
from index.store.sqlite import restore_advice, sqlite_errors, sync

log = logging.getLogger("onrecord")

_FORMAT = 1
_IDS = "ids.json"
_KEPT = "conversations.db"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """The manifest of a backup; `size` is that of the database in bytes."""

    format: int
    schema: int
    articles: int
    embedding: str
    size: int
    sha256: str


@dataclass(frozen=True)
class RemainingCopy:
    """A file that still has removed articles; with `read` false it could not be opened, and may have them."""

    path: Path
    read: bool


def back_up(folder: str | Path, file: str | Path) -> Manifest:
    """Write a snapshot of the library to a new file; others may read and write the library meanwhile.

    Raises LibraryError if the file exists or cannot be written. An interrupted backup leaves no file.
    """
    folder, file = Path(folder).expanduser(), Path(file).expanduser()
    _refuse_existing(file)
    check_readable(folder)
    with sqlite_errors(file), backing_up(folder):
        _refuse_existing(partial(file))
        _note(folder, file)
        return _pack(folder, file, partial(file))


def _pack(folder: Path, file: Path, scratch: Path) -> Manifest:
    with _scratch(scratch):
        copy, packed = scratch / "library.db", scratch / "backup"
        with closing(Database(folder / "library.db", read_only=True)) as database:
            database.copy_to(copy)
        flaw = _flaw(copy)
        if flaw:
            raise DamagedLibraryError(
                f"The library {str(folder)!r} is damaged ({flaw}), and no backup was written. Try onrecord rebuild; if "
                f"that fails, {restore_advice(folder)}"
            )
        manifest = _describe(copy)
        packed.touch(0o600)  # Readers' conversations are in it.
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=2))
            archive.writestr(_IDS, json.dumps(_ids(copy)))
            archive.write(copy, "library.db")
            if _copy_kept(folder, scratch / _KEPT):
                archive.write(scratch / _KEPT, _KEPT)
        sync(packed)
        _refuse_existing(file)  # Written by someone else meanwhile.
        packed.replace(file)
        sync(file.parent)
    return manifest


def backups_with(folder: Path, ids: Collection[str]) -> tuple[RemainingCopy, ...]:
    """The known backups of a library that contain an article or a version of these ids, or cannot be read."""
    paths = noted_backups(folder)
    found = ((path, _held(path)) for path in (*paths, *filter(Path.exists, map(partial, paths))))
    return tuple(
        RemainingCopy(path, held is not None) for path, held in found if held is None or held.intersection(ids)
    )


def restore_backup(file: str | Path, folder: str | Path, chroma: str | None = None) -> Manifest:
    """Make a library from a backup, which is checked first.

    Raises LibraryError if the folder has a library already, and DamagedLibraryError for a damaged backup.
    """
    file, folder = Path(file).expanduser(), Path(folder).expanduser()
    if not file.is_file():
        raise LibraryError(f"There is no file {str(file)!r}. Give the path of a backup.")
    with _archive(file) as archive:
        manifest = _read_manifest(archive, file)
        refuse_newer(manifest.schema, str(file))
        target = folder / "library.db"
        if target.exists():
            raise LibraryError(
                f"There is a library in {str(folder)!r} already, and nothing was changed. Restore to another folder: "
                f"onrecord --library DIR restore {str(file)!r}; or move that one away first."
            )
        new = not folder.exists()
        lock = writer_lock(folder)
        try:
            _place(archive, manifest, file, target)
        finally:
            if lock:
                lock.release()
            if new and not target.exists():
                shutil.rmtree(folder, ignore_errors=True)
    with Library.open(folder, chroma=chroma) as library:
        library.sync_vectors()
    _note(folder, file)
    return manifest


def _note(folder: Path, file: Path) -> None:
    """Add a backup to the list of known ones, so that a removal can name it."""
    try:
        with (folder / NOTED).open("a", encoding="utf-8") as noted:
            noted.write(f"{file.resolve()}\n")
    except OSError as error:
        log.warning(
            "The backup %s cannot be noted in %s (%s): a removal will not name it.", file, folder, error.strerror
        )


@contextmanager
def _scratch(path: Path) -> Iterator[None]:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _copy_kept(folder: Path, copy: Path) -> bool:
    """Copy the conversations, if there are any; returns whether it did. Damaged ones are left out, with a warning."""
    try:
        if (folder / _KEPT).exists():
            copy_database(folder / _KEPT, copy)
        return copy.exists()
    except DamagedLibraryError as error:  # Its message tells how to repair a library, which is not what is damaged.
        name, cause = str(folder / _KEPT), error.__cause__
        log.warning("The backup has no conversations: %r is damaged (%s). Move it away, or restore it.", name, cause)
        return False
    except LibraryError as error:
        log.warning("The backup has no conversations: %s", error)
        return False


def _held(file: Path) -> frozenset[str] | None:
    """The ids in a backup; empty if it was deleted, None if it cannot be read."""
    if not file.exists():
        return frozenset() if file.parent.exists() else None
    try:
        with zipfile.ZipFile(file) as archive:
            return frozenset(json.loads(archive.read(_IDS)))
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError):
        return None


def _ids(copy: Path) -> list[str]:
    with closing(Database(copy, read_only=True)) as database:
        return database.all_ids()


def _describe(copy: Path) -> Manifest:
    with closing(Database(copy, read_only=True)) as database:
        articles, embedding = database.article_count(), database.fact("embedding_name") or ""
    with copy.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return Manifest(_FORMAT, SCHEMA_VERSION, articles, embedding, copy.stat().st_size, sha256)


def _place(archive: zipfile.ZipFile, manifest: Manifest, file: Path, target: Path) -> None:
    scratch = target.with_name(RESTORING)
    with sqlite_errors(target), _scratch(scratch):
        new, kept = scratch / "library.db", scratch / _KEPT
        if _unpack(archive, manifest.size, new) != manifest.sha256:
            raise _not_whole(file, "its SHA-256 is not the one it was written with")
        flaw = _flaw(new)
        if flaw:
            raise _not_whole(file, flaw)
        with closing(Database(new, read_only=False)) as database:
            database.assign_library_id()  # Vectors are stored under the id: these are not the original's.
        remove_vectors(target.parent)  # Left by a library whose database was lost.
        target.with_name("library.db-wal").unlink(missing_ok=True)
        if _KEPT in archive.namelist() and not target.with_name(_KEPT).exists():
            kept.write_bytes(archive.read(_KEPT))
            kept.replace(target.with_name(_KEPT))
        sync(new)
        new.replace(target)
        sync(target.parent)


def _flaw(path: Path) -> str | None:
    """What SQLite finds wrong with a file, if anything."""
    try:
        with closing(Database(path, read_only=True)) as database:
            return next(iter(database.flaws()), None)
    except DamagedLibraryError as error:
        return str(error.__cause__ or error)


def _unpack(archive: zipfile.ZipFile, size: int, new: Path) -> str:
    """Write the database out, no more than its size, and return its SHA-256."""
    digest, left = hashlib.sha256(), size
    with archive.open("library.db") as packed, new.open("wb") as out:
        while left >= 0 and (piece := packed.read(_PIECE)):
            digest.update(piece)
            left -= out.write(piece)
    return digest.hexdigest()


@contextmanager
def _archive(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with sqlite_errors(file), zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise _not_whole(file, str(error)) from error


def _read_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    manifest = Manifest(**json.loads(archive.read("manifest.json")))
    if manifest.format != _FORMAT:
        raise LibraryError(f"The backup {str(file)!r} has format {manifest.format}; this onrecord reads {_FORMAT}.")
    return manifest


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise LibraryError(f"{str(file)!r} exists already, and was not written over. Choose another name.")


def _not_whole(file: Path, reason: str) -> DamagedLibraryError:
    return DamagedLibraryError(
        f"{str(file)!r} is no whole backup of a library ({reason}): nothing was restored. Try another copy."
    )
