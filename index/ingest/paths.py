"""The files that are read of a folder or an archive: not hidden ones, nor those of other kinds."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath

from index.errors import SourceError
from index.ingest.kinds import READABLE, by_name

log = logging.getLogger("onrecord")


def files_of(source: str, links: bool = False) -> Iterator[Path]:
    """The files that a source stands for, in order; with `links` also those that a folder's links lead to elsewhere."""
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
        if len(found) < len(files):
            log.warning("%s", _left_out(source, [file for file in files if file not in set(found)]))
        yield from found
    else:
        raise SourceError("it is neither a file nor a folder; copy what it holds to a file and add that")


def _belongs_to_page(file: Path) -> bool:
    """Whether a browser saved it beside a page, in the page's folder: story.html and story_files/."""
    folder = file.parent
    beside = folder.name.removesuffix("_files")
    return beside != folder.name and any((folder.parent / f"{beside}{suffix}").exists() for suffix in (".html", ".htm"))


def _left_out(folder: str, files: Sequence[Path]) -> str:
    """What a folder holds and is not read, in words: a newsroom's .odt should not be missed in silence."""
    suffixes = Counter(file.suffix.lower() or "without suffix" for file in files)
    named = ", ".join(f"{count} {suffix}" for suffix, count in suffixes.most_common(5))
    more = ", and others" if len(suffixes) > 5 else ""
    return f"{folder}: files of kinds that are not read were left out: {named}{more}."


def is_wanted(name: str) -> bool:
    """Whether a member of an archive is read: not hidden ones, nor the pictures beside a page."""
    return not _is_hidden(PurePosixPath(name.replace("\\", "/"))) and by_name(name) is not None


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in path.parts)
