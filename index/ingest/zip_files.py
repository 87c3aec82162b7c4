"""Zip archives of documents, read member by member within limits. Nothing is ever unpacked to disk."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import PurePosixPath

from index.errors import SourceError

MAX_ZIP_BYTES = 200_000_000
MAX_MEMBERS = 5_000
MAX_UNPACKED = 500_000_000
MAX_RATIO = 100
"""Limit of decompressed to compressed size: text compresses to a tenth, zip bombs to a thousandth."""
_SMALL = 200_000
"""Smaller members have no limit of compression."""

# What the zip module raises on damaged archives; struct.error and zlib.error come from below it.
_BROKEN = (
    zipfile.BadZipFile, RuntimeError, ValueError, EOFError, OSError, IndexError, KeyError, struct.error, zlib.error
)  # fmt: skip


def members(
    data: bytes, max_bytes: int | Callable[[str], int], wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes | SourceError]]:
    """Each wanted file of an archive with its bytes, or with the error.

    `max_bytes` is the limit of one file, or returns it for the file's name.
    Raises SourceError where the archive itself cannot be read.
    """
    if len(data) > MAX_ZIP_BYTES:
        raise SourceError(f"it is larger than {MAX_ZIP_BYTES // 1_000_000} MB; split it into several archives")
    _check_directory(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            total = 0
            for member in archive.infolist():
                if member.is_dir() or not wanted(member.filename):
                    continue
                most = max_bytes if isinstance(max_bytes, int) else max_bytes(member.filename)
                try:
                    content = _content(archive, member, min(most, MAX_UNPACKED - total))
                except SourceError as error:
                    yield member.filename, error
                    continue
                total += len(content)
                yield member.filename, content
    except _BROKEN as error:
        raise SourceError(f"it is not a whole zip archive ({error}); make it again") from error


def _check_directory(data: bytes) -> None:
    """Refuse by the archive's own count, before millions of members are listed."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if end >= 0 and (count > MAX_MEMBERS or size > MAX_MEMBERS * 1_000):
        raise SourceError(f"it holds more than {MAX_MEMBERS:,} files; split it into several archives")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (len(member.filename) > 1 and member.filename[1] == ":"):
        raise SourceError("its name leads out of the archive; make the archive again")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SourceError("it is a link and not a file; put the file itself into the archive")
    if member.flag_bits & 1:
        raise SourceError("it is locked with a password; make the archive without one")
    allowed = min(limit, max(_SMALL, MAX_RATIO * member.compress_size))
    if member.file_size > allowed:
        raise SourceError(_too_much(member, limit))
    try:
        with archive.open(member) as file:
            content = file.read(allowed + 1)
    except _BROKEN as error:
        raise SourceError(f"it cannot be unpacked ({error}); make the archive again") from error
    if len(content) > allowed:
        raise SourceError(_too_much(member, limit))
    return content


def _too_much(member: zipfile.ZipInfo, limit: int) -> str:
    if member.file_size > limit:
        return "it unpacks to more than is read from an archive; add the file by itself"
    return f"it unpacks to more than {MAX_RATIO} times its size, as bombs do; add the file by itself"
