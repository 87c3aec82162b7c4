"""Select the files of a folder or an archive: readable kinds, not hidden."""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath

from index.errors import SourceError
from index.ingest.kinds import READABLE, by_name

log = logging.getLogger("onrecord")


MAX_NAMED = 50


def files_of(source: str, links: bool, note: Callable[[str | None], None]) -> Iterator[Path]:
    """The files of a source, in order; with `links`, also those behind links out of the folder.

    `note` is called with a remark on those left out.
    """
    if not source.strip():
        raise SourceError("the name of the source is empty; give a file, a folder or an address")
    path = Path(source).expanduser()
    if "\0" in str(path) or not path.exists():
        raise SourceError("there is no such file or folder; check the path")
    if path.is_file():
        if by_name(path.name) is None:
            raise SourceError(f"{path.suffix or 'a file without suffix'} cannot be read; give one of {READABLE}")
        yield path
    elif path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if not _is_hidden(file.relative_to(path)) and file.is_file()]
        outside = [] if links else [file for file in files if not file.resolve().is_relative_to(path.resolve())]
        if outside:
            log.warning(
                "%s: links out of the folder were not followed (--follow-links does): %d.", source, len(outside)
            )
            files = [file for file in files if file not in set(outside)]
        found = [file for file in files if by_name(file.name) and not _belongs_to_page(file)]
        if not found:
            raise SourceError(f"the folder holds no file that can be read; give one with {READABLE}")
        note(left_out([str(file.relative_to(path)) for file in files if file not in set(found)]))
        yield from found
    else:
        raise SourceError("it is neither a file nor a folder; copy what it holds to a file and add that")


def _belongs_to_page(file: Path) -> bool:
    """Whether a browser saved it beside a page, in the page's folder: story.html and story_files/."""
    folder = file.parent
    beside = folder.name.removesuffix("_files")
    return beside != folder.name and any((folder.parent / f"{beside}{suffix}").exists() for suffix in (".html", ".htm"))


def left_out(files: Sequence[str]) -> str | None:
    """A remark that names the files of unsupported kinds."""
    more = f" and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
    named = ", ".join(files[:MAX_NAMED])
    return f"files of kinds that are not read were left out ({len(files)}): {named}{more}" if files else None


def is_wanted(name: str) -> bool:
    """Whether a member of an archive is read: not hidden ones, nor the pictures beside a page."""
    return not is_hidden(name) and by_name(name) is not None


def is_hidden(name: str) -> bool:
    return _is_hidden(PurePosixPath(name.replace("\\", "/")))


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in path.parts)
