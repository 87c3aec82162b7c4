"""Prompt injection: sentences of articles that are addressed to a language model. Pure functions.

A classifier judges the wording (index/text/line_classifier.py). Chat markup and encoded text (base64, hexadecimal) are flagged
without it; rot13, reversed and spaced-out text is decoded first.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from index.text import line_classifier


@lru_cache(maxsize=50_000)
def is_instruction(sentence: str) -> bool:
    """Whether a sentence of an article is addressed to a model."""
    if _MARKUP.search(sentence) or _is_payload(sentence):
        return True
    return any(line_classifier.instruction(reading) > 0 for reading in _readings(sentence))


_MARKUP = re.compile(
    r"<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>"
    r"|<\s*/?\s*(?:system|assistant|user|instructions?|prompt|document|context|tool|human)\s*/?>",
    re.IGNORECASE,
)

# -- Codes -------------------------------------------------------------------------------------------------------------

# Not within an address or a file's name.
_RUN = re.compile(
    r"(?<![\w/+=.:?&%#@-])[A-Za-z0-9+/]{32,}={0,2}(?![\w/+=])|(?<![\w/.#=:-])(?:[0-9a-fA-F]{2}[ :]?){16,}(?!\w)"
)
_ESCAPES = re.compile(
    r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|&#x?[0-9a-fA-F]{2,6};|%[0-9a-fA-F]{2}){8,}|(?:\b[01]{8}\b ?){6,}"
    r"|(?:[.\-]{1,5}[ /]){15,}"
)


def _is_payload(sentence: str) -> bool:
    """Whether it contains base64 or hexadecimal that decodes to text, or a run of escapes, bits or Morse."""
    if len(sentence) < 20:
        return False
    return _ESCAPES.search(sentence) is not None or any(map(_holds_text, _RUN.findall(sentence)))


def _holds_text(run: str) -> bool:
    if re.fullmatch(r"[0-9a-fA-F :]+", run):
        digits = re.sub(r"[ :]", "", run)
        return _is_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    try:
        return _is_text(base64.b64decode(run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 4)))
    except (binascii.Error, ValueError):
        return False


def _is_text(data: bytes) -> bool:
    """Whether bytes decode to words, unlike random ones."""
    text = data.decode("utf-8", "replace")
    return " " in text and sum(c.isalnum() or c in " .,:;!?'\"\n-" for c in text) > 0.9 * len(text)


_SPACED = re.compile(r"(?:\b\w[ ._-]{1,3}){8,}\w\b")


def _readings(sentence: str) -> Iterator[str]:
    """The sentence itself, reversed, in rot13, and with spaced-out letters joined."""
    yield from (sentence, sentence[::-1], codecs.decode(sentence, "rot13"))
    if _SPACED.search(sentence):
        yield re.sub(r"(?<=\b\w)[ ._-](?=\w\b)", "", sentence)
