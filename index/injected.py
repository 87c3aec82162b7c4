"""Sentences that speak to a language model and not to readers: pure functions, in English and French.

News is full of imperatives, so a verb alone marks nothing. What marks a sentence is that it names what only a model has
(its instructions, its prompt, "your response"), gives an order about the form of an answer, is written in the markup of
a chat, or hides any of this in a code. A story about such attacks may quote one: then the quotation is marked.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from index.orders import Order
from index.orders_english import ENGLISH, OTHERS
from index.orders_french import FRENCH

_LONG = 2_000


@lru_cache(maxsize=50_000)
def is_instruction(sentence: str, language: str) -> bool:
    """Whether a sentence of an article in that language is meant for a model, in whichever of our languages it is."""
    if _MARKUP.search(sentence) or _is_payload(sentence):
        return True
    text = _plain(sentence)
    return _orders(text) or _is_disguised(text)


def _by_cue(orders: Iterable[Order]) -> dict[str, list[re.Pattern[str]]]:
    found: dict[str, list[re.Pattern[str]]] = defaultdict(list)
    for order in orders:
        for cue in order.cues:
            found[cue].append(order.pattern)
    return dict(found)


_PATTERNS = _by_cue((*ENGLISH, *FRENCH, *OTHERS))


def _orders(text: str) -> bool:
    """Only the few patterns whose cues stand in the text are tried: most sentences have none."""
    words = {word[:5] for word in re.findall(r"[\w.]+(?:'s)?", text)}
    words |= {word.rstrip(".") for word in words if word.endswith(".")}
    patterns = {pattern for word in words for pattern in _PATTERNS.get(word, ())}
    return any(pattern.search(text) for pattern in patterns)


_MARKUP = re.compile(
    r"<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>"
    r"|<\s*/?\s*(?:system|assistant|user|instructions?|prompt|document|context|tool|human)\s*/?>"
    r"|^\s*#{2,}\s*(?:system|instructions?|response|human|assistant|user|new task)\b\s*:?|\{\{\s*(?:system|user|prompt)"
    r"|!\[[^\]]{0,200}\]\(\s*https?:|^\s*(?:###|\*\*\*|===|---)\s*(?:END|BEGIN|NEW|SYSTEM)\b"
    r"|^\W{0,3}(?:click|cliquez) (?:on |sur )?(?:(?:this|the|here|below|now|ce|le|ici)\b)?.{0,40}(?:https?://|www\.|bit\.ly)",
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
    """A run of base64 or hexadecimal that holds text, or one of escapes, bits or Morse."""
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
    """Whether bytes read as words, as those of a code do and random ones do not."""
    text = data.decode("utf-8", "replace")
    return " " in text and sum(c.isalnum() or c in " .,:;!?'\"\n-" for c in text) > 0.9 * len(text)


_BACKWARDS = re.compile(
    r"\b(?:snoitcurtsn[iI]|tpmorp|erongi|drageresid|esnopser|tuptuo|tegrof|rewsna|ylper|sengisnoc|esnopér|sdnopér|eilbuo)\b"
)
_ROT13 = re.compile(r"\b(?:vtaber|vafgehpgvbaf?|cebzcg|qvfertneq|sbetrg|erfcbafr|bhgchg|erfcbaq|nafjre)\b")
_SPACED = re.compile(r"(?:\b\w[ ._-]){8,}\w\b")
_SPELT = re.compile(r"ignore|disregard|instruction|prompt|forget|oublie|consigne|réponds|respond")
_LEET = re.compile(
    r"\b(?:[1!]gn[o0]r[3e]|ign0r[3e]|ignor3|[1i]nstruct[1i]?[o0]ns?|pr0mpt|pr[3e]v[1i]0us|d[1i]sr[3e]gard)\b"
)


def _is_disguised(text: str) -> bool:
    """The same orders backwards, in rot13, spelt with digits, or letter by letter."""
    if any(found not in ("ignore", "instructions", "instruction", "disregard") for found in _LEET.findall(text)):
        return True
    if _SPACED.search(text) and _SPELT.search(re.sub(r"(?<=\b\w)[ ._-]{1,3}(?=\w\b)", "", text)):
        return True
    others = [text[::-1]] if _BACKWARDS.search(text) else []
    others += [codecs.decode(text, "rot13")] if _ROT13.search(text) else []
    return any(map(_orders, others))


def _plain(sentence: str) -> str:
    """In lower case, with plain letters, quotes and spaces, so that look-alikes are looked through."""
    text = unicodedata.normalize("NFKC", sentence[:_LONG]).casefold().translate(_ALIKE)
    return re.sub(r"\s+", " ", text).strip()


_ALIKE = str.maketrans("’‘`´ʼ“”„аеоісру", "'''''\"\"\"aeoicpy")
