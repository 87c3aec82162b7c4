"""Whether a text gives an accepted answer, and SQuAD's exact match and token F1."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from eval.metrics.canonical import canonical
from eval.metrics.text_words import ARTICLES, FUNCTION_WORDS, fold

_MARKERS = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")
_HEDGES = frozenset({"about", "around", "approximately", "nearly", "almost", "roughly", "environ", "pres", "presque"})
_ELIDED = re.compile(r"\b([ld])['’](?=\w)", re.IGNORECASE)


def plain(text: str) -> str:
    """The text without its citation markers."""
    return _MARKERS.sub("", text)


def accepted(text: str, answers: Sequence[str]) -> list[str]:
    """The accepted answers that the text contains, on token boundaries, with numbers, dates and accents made equal."""
    said = _tokens(plain(text))
    return [answer for answer in answers if _contains(said, _core(_tokens(answer)))]


def matches(text: str, answers: Sequence[str], match: Literal["any", "all"] = "any") -> bool:
    """Whether the text contains any, or all, of the accepted answers."""
    found = len(accepted(text, answers))
    return found > 0 if match == "any" else found == len(answers) > 0


def exact_match(text: str, answers: Sequence[str]) -> float:
    """1.0 where the whole text equals an accepted answer after SQuAD's normalisation (arXiv 1606.05250)."""
    return float(any(normalised(plain(text)) == normalised(answer) for answer in answers))


def token_f1(text: str, answers: Sequence[str]) -> float:
    """The best harmonic mean of token precision and recall against an accepted answer (SQuAD, arXiv 1606.05250)."""
    said = normalised(plain(text))
    return max((_f1(said, normalised(answer)) for answer in answers), default=0.0)


def normalised(text: str) -> list[str]:
    """SQuAD's normalisation: lower case, no punctuation, no articles; the French articles (le, l', des …) go too."""
    opened = _ELIDED.sub(r"\1 ", text.lower())
    kept = "".join(" " if char in "«»“”’‘–—" else char for char in opened if char not in string.punctuation)
    return [token for token in kept.split() if token not in ARTICLES]


def _f1(said: list[str], answer: list[str]) -> float:
    shared = sum((Counter(said) & Counter(answer)).values())
    if not said or not answer:
        return float(said == answer)
    return 2 * shared / (len(said) + len(answer))


def _tokens(text: str) -> list[str]:
    kept = [token for token in canonical(text) if token not in ARTICLES]
    return kept or fold(text).split()


def _core(answer: list[str]) -> list[str]:
    """An accepted answer from its first word that matters: en 1218 is 1218, près de 3 millions is 3 millions."""
    starts = [at for at, token in enumerate(answer) if token not in FUNCTION_WORDS | _HEDGES]
    return answer[starts[0] :] if starts else answer


def _contains(text: list[str], part: list[str]) -> bool:
    size = len(part)
    return size > 0 and any(text[start : start + size] == part for start in range(len(text) - size + 1))
