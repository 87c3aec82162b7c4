"""Thresholds of one's own: set by `onrecord eval SET --calibrate` for one library, kept in its folder."""

import copy
import json
from dataclasses import asdict, replace
from pathlib import Path

from index.errors import ModelFileError
from rag.reader.runtime import Reader, Thresholds, TrainedReader

_NAME = "reader-thresholds.json"


def save_thresholds(folder: Path, reader: Reader, thresholds: Thresholds) -> Path:
    """Keep the thresholds for the library in `folder`; they hold for this reader's weights alone."""
    path = folder / _NAME
    path.write_text(json.dumps({"reader": reader.name, **asdict(thresholds)}, indent=1) + "\n", "utf-8")
    return path


def with_own_thresholds(reader: TrainedReader, folder: Path) -> TrainedReader:
    """The reader with the thresholds of the library in `folder`; the same where none are kept, or for other weights.

    Raises ModelFileError for a file that cannot be read.
    """
    path = folder / _NAME
    if not path.exists():
        return reader
    try:
        values = json.loads(path.read_text("utf-8"))
        made_for = values.pop("reader")
        thresholds = replace(reader.thresholds, **values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelFileError(
            f"The thresholds {str(path)!r} cannot be read ({error}). Delete the file, or run onrecord eval SET --calibrate again."
        ) from error
    if made_for != reader.name:
        return reader
    own = copy.copy(reader)
    own.thresholds = thresholds
    return own
