"""The reader's files as they come in the package: the weights, and the card with their hash. Loads neither."""

import hashlib
import json
from pathlib import Path
from typing import Any

from index.errors import ModelFileError

FILE = Path(__file__).with_name("reader.onnx")
CARD = Path(__file__).with_name("reader.json")
"""What belongs to the weights: their hash, the version of the inputs, the thresholds."""
INPUTS = 1
"""The version of `inputs.py` that this code reads with."""
_CARD_HAS = ("name", "inputs", "sha256", "thresholds", "calibration")
LICENCE = "Apache-2.0"
TRAINED_ON = "docs/reader.md"
"""Where the data is listed that the weights were trained on."""
INSTALL = "make run, or pip install --force-reinstall --no-deps onrecord"
_MEND = f"Install onrecord again: {INSTALL}."


def checked(file: Path, card: Path) -> dict[str, Any]:
    """What the card says, once the weights are known to be those that it was written for; raises ModelFileError."""
    try:
        values: dict[str, Any] = json.loads(card.read_text("utf-8"))
        lacking = ", ".join(name for name in _CARD_HAS if name not in values)
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        named = card if isinstance(error, ValueError) else getattr(error, "filename", file)
        raise ModelFileError(f"The reader's file {str(named)!r} cannot be read ({error}). {_MEND}") from error
    if lacking:
        raise ModelFileError(f"The reader's file {str(card)!r} lacks {lacking}. {_MEND}")
    if values.get("inputs") != INPUTS:
        raise ModelFileError(
            f"The reader's file {str(card)!r} is for version {values.get('inputs')!r} of the inputs, not {INPUTS}. {_MEND}"
        )
    digest = hashlib.sha256(data).hexdigest()
    if digest != values.get("sha256"):
        raise ModelFileError(
            f"The reader's file {str(file)!r} is cut short or another one: {len(data):,} bytes with SHA-256 {digest[:16]}… "
            f"instead of {str(values.get('sha256'))[:16]}…. {_MEND}"
        )
    return values
