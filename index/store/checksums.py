"""Checksums of a folder's files, written when it is closed and compared when it is opened."""

import json
import zlib
from pathlib import Path

_PIECE = 1 << 20


def seal(folder: Path) -> None:
    """Record the size and CRC-32 of every file. Call it when nothing writes there any more."""
    record = _record(folder)
    new = record.with_name(record.name + ".new")
    new.write_text(json.dumps({name: [_size(path), _crc(path)] for name, path in _files(folder).items()}), "utf-8")
    new.replace(record)


def unseal(folder: Path) -> None:
    """Delete the checksums. Call it before anything writes there."""
    _record(folder).unlink(missing_ok=True)


def is_sealed(folder: Path) -> bool:
    return _record(folder).exists()


def broken(folder: Path) -> str | None:
    """What differs from the recorded checksums, in words; None if nothing does or none were recorded."""
    try:
        noted = json.loads(_record(folder).read_text("utf-8"))
        expected = {str(name): (int(size), int(crc)) for name, (size, crc) in noted.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        return "has unreadable checksums"
    files = _files(folder)
    for name, (size, crc) in expected.items():
        if name not in files:
            return f"lacks its file {name}"
        if _size(files[name]) != size:
            return f"has {_size(files[name])} bytes in {name} instead of {size}"
        if _crc(files[name]) != crc:
            return f"was altered in {name}"
    return None


def _record(folder: Path) -> Path:
    return folder.with_name(folder.name + ".checksums")


def _files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _size(path: Path) -> int:
    return path.stat().st_size


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            crc = zlib.crc32(piece, crc)
    return crc
