"""Whether quoted text supports a statement, by rules that anyone can follow: numbers, names, words.

ALCE (arXiv 2305.14627) asks a language model for entailment. Rules are repeatable and cost nothing, and are blunter:
they see a wrong number or a foreign name, and not a relation turned around. How often they err is measured in
docs/evaluation.md.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.metrics.canonical import canonical, is_number
from eval.metrics.lexicon import TRANSLATIONS
from eval.metrics.matching import plain
from eval.metrics.text_words import FUNCTION_WORDS, fold, language_of, stem

_ENOUGH = 0.5
"""The share of a statement's own words that its evidence must hold, where both are in one language."""

_ATTRIBUTION = frozenset(
    stem(word) for word in ("articles", "sources", "say", "report", "according", "disent", "rapportent", "indiquent")
)
"""The articles say: words that need no evidence."""

_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?:[\"’)]|\s?[”»])*(?:\s*\[\d+(?:\s*[,;]\s*\d+)*\])*[.]?\s+(?!\[\d)(?=[\"“«(\[]?\s?[^\W_])|\n+"
)
_MARKER = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_ABBREVIATION = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Mr|Mrs|Ms|Dr|St|Jr|Sr|Inc|Co|Ltd|No|vs|env|art|al|ex)|\b[A-Z])\.$")
_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]*")


@dataclass(frozen=True)
class Statement:
    """One sentence of an answer without its markers, and the markers it carries."""

    text: str
    markers: tuple[int, ...]


def statements(text: str) -> list[Statement]:
    """The sentences of an answer. Markers after the full stop belong to the sentence before it, and what stands between
    quotation marks is not taken apart.
    """
    pieces: list[str] = []
    start = 0
    for found in _SENTENCE_END.finditer(text):
        before = text[start : found.end()]
        if not _ABBREVIATION.search(text[start : found.start()]) and not _is_open(before):
            pieces.append(text[start : found.end()])
            start = found.end()
    pieces.append(text[start:])
    read = [Statement(plain(piece).strip(), markers_of(piece)) for piece in pieces]
    return [statement for statement in read if re.search(r"\w", statement.text)]


def _is_open(text: str) -> bool:
    return text.count("“") > text.count("”") or text.count("«") > text.count("»")


def markers_of(text: str) -> tuple[int, ...]:
    """The markers of a text, each once, in order; `[1, 2]` is two."""
    numbers = [int(number) for group in _MARKER.findall(text) for number in re.findall(r"\d+", group)]
    return tuple(dict.fromkeys(numbers))


def unsupported(statement: str, evidence: Sequence[str], given: Sequence[str] = ()) -> str | None:
    """Why the evidence does not support a statement: "" where it does, None where the rules cannot tell.

    `given` is what the reader knows besides: the question, and the articles' titles and publishers. A name may come from
    there, but a number must stand in the evidence, and words that the question already has prove nothing.
    """
    read = "\n".join(evidence)
    held, known = set(terms(read)), {term for text in given for term in terms(text)}
    missing = [token for token in _numbers(statement) if token not in held]
    missing += [name for name in names(statement) if not _is_known(name, held | known)]
    if missing:
        return f"not in the quotes: {', '.join(dict.fromkeys(missing))}"
    said = terms(statement)
    own = [term for term in said if term not in known | _ATTRIBUTION] or said
    shared = sum(_begins_alike(term, held) for term in own)
    if not own or shared >= _ENOUGH * len(own):
        return ""
    if _same_language(statement, read):
        return f"{shared} of its {len(own)} words are in the quotes"
    anchored = shared > 0 or any(name for name in names(statement))
    return "" if anchored else None


def terms(text: str) -> list[str]:
    """What a text says, comparable across its forms and, in part, its languages: numbers, units, stems of words."""
    said = [TRANSLATIONS.get(token, token) for token in canonical(text) if token not in FUNCTION_WORDS]
    return [
        token.removesuffix("th") if is_number(token) else stem(token)
        for token in said
        if len(token) > 1 or token.isdigit()
    ]


def names(text: str) -> list[str]:
    """The capitalised words of a sentence; its first only where another follows, as in Sam Altman."""
    found = list(_CAPITALISED.finditer(text))
    if found and not text[: found[0].start()].strip(' "“«(') and not _runs_on(text, found):
        found = found[1:]
    spelled = [re.sub(r"['’]s?$", "", match[0]) for match in found]
    return [name for name in spelled if fold(name) not in FUNCTION_WORDS and len(name) > 1]


def _runs_on(text: str, found: Sequence[re.Match[str]]) -> bool:
    return len(found) > 1 and text[found[0].end() : found[1].start()].strip(" ") == ""


def _numbers(text: str) -> list[str]:
    """Its numbers, but for a bare 1: one is more often a pronoun than a count."""
    tokens = [token.removesuffix("th") for token in canonical(text) if is_number(token)]
    return [token for token in tokens if token != "1"]


def _is_known(name: str, known: set[str]) -> bool:
    return all(_begins_alike(term, known) for term in terms(name))


def _begins_alike(term: str, known: Iterable[str]) -> bool:
    """A name or word may be declined, or translated with the same beginning: Londres, président, américaine."""
    return term in set(known) or (
        len(term) > 3 and not is_number(term) and any(other[:4] == term[:4] for other in known)
    )


def _same_language(one: str, other: str) -> bool:
    first, second = language_of(one), language_of(other)
    return first is None or second is None or first == second
