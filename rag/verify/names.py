"""The proper names of a text, and whether an evidence text has them, across languages and small differences of spelling."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.text.terms import fold, is_function_word, terms
from index.text.text_cache import cached_by_text
from rag.verify.places import same_place

IsCommon = Callable[[str], bool]
"""Whether a lower-case word is an ordinary word of its language, as an archive's vocabulary can tell."""

_RUN = re.compile(
    r"(?<!\w)[a-z]{0,2}[A-ZÀ-ÖØ-Þ][\w’'-]*"
    r"(?:[ \u00a0](?:(?:de|du|von|van|al|el|bin|di|da|le|la)[ \u00a0])?[A-ZÀ-ÖØ-Þ][\w’'-]*)*|\b\d+[A-Z]+\w*"
)
_OPENS = re.compile(r"(?:^|[.!?…:;]\s*[\"“”«»'’)\]]*\s*|[\"“«]\s*|[—–•]\s*)$")
_ELIDED = re.compile(r"^(?:[LDNJMTSCldnjmtsc]|[Qq]u|[Jj]usqu|[Ll]orsqu)['’]")
_TITLES = {
    "mr", "mrs", "ms", "dr", "mme", "mm", "m", "mlle", "sir", "lord", "lady", "pr", "prof", "me", "maitre", "st",
    "sainte",
}  # fmt: skip
_PARTICLES = {"de", "du", "von", "van", "al", "el", "bin", "di", "da", "le", "la"}
_ANSWERS = {"yes", "no", "oui", "non"}
# Endings of ordinary words, for a lone word that opens a sentence and that nothing else explains. Not "os": "Bezos".
_ORDINARY = re.compile(
    r"(?:[^aeiou'’]s|[aeu]s|ing|ly|ed|tions?|ments?|ity|ness|ance|ence|ship|ism|ies|ées?|és|ant|eurs?|trices?|ists?|age)$"
)
# What follows a name that opens a sentence as its subject, rather than the noun of an adjective.
_VERB = re.compile(
    r"[ \u00a0](?:[^\W\d_]{3,}ed|is|was|has|had|will|says?|said|a \w+[éiust]|est|avait|était|sera)\b|['’]s\b"
)
_LONG = 7
_ROOT = 5


@dataclass(frozen=True)
class Name:
    """A run of capitalised words at text[start:end]; `opens` when it is one word and opens a sentence."""

    text: str
    words: tuple[str, ...]
    start: int
    end: int
    opens: bool


@cached_by_text
def name_words(text: str) -> frozenset[str]:
    """The words of the proper names of a text, in lower case; lone words that open a sentence are left out."""
    return frozenset(word.casefold() for name in names(text) if not name.opens for word in name.words)


@cached_by_text
def names(text: str) -> tuple[Name, ...]:
    """The proper names of a text, with every lone word that opens a sentence and is no function word."""
    return tuple(_names(text))


def _names(text: str) -> Iterator[Name]:
    for match in _RUN.finditer(text):
        found = re.split(r"[ \u00a0]", match[0])
        if len(found) > 1 and _ELIDED.sub("", found[0])[:1].islower() and _ELIDED.match(found[0]):
            found = found[1:]  # « L'avocate de Boone » names Boone.
        if len(found) == 1 and _ELIDED.match(found[0]) and _ELIDED.sub("", found[0])[:1].islower():
            continue
        found = [re.sub(r"(?<=\w)(?:-[a-zà-þ]+)+$", "", word) for word in found]  # "Spanish-built"
        words = tuple(word for word in (_key(word) for word in found) if word and not _ignored(word))
        if not words:
            continue
        start, article = match.start(), len(found) > 1 and is_function_word(_ELIDED.sub("", found[0]).lower())
        opens = (article or len(words) == 1) and bool(_OPENS.search(text[:start]))
        if article and opens:  # "In London": only London is the name.
            start += len(re.split(r"[ \u00a0]", match[0])[0]) + 1
        alone = len(words) == 1 and not article and not found[0].isupper()
        yield Name(text[start : match.end()], words, start, match.end(), opens and alone)


def missing_names(statement: str, text: str, same_language: bool, common: IsCommon | None = None) -> tuple[Name, ...]:
    """The names of a statement that an evidence text (title included) does not have."""
    evidence = Evidenced(text, same_language)
    return tuple(
        name
        for name in names(statement)
        if not evidence.has(name) and not (name.opens and _ordinary(name, statement, common))
    )


def _ordinary(name: Name, statement: str, common: IsCommon | None) -> bool:
    """Whether a lone word that opens a sentence is an ordinary word, or without an archive's vocabulary, may be one."""
    word = re.split(r"['’]", name.text)[-1].lower()
    if common and common(word):
        return True
    rest = statement[: name.start] + " " + statement[name.end :]
    if re.search(rf"\b{re.escape(word)}\b", rest) or _ORDINARY.search(word) or "-" in word:
        return True
    return not _VERB.match(statement, name.end)


class Evidenced:
    """The words and names of an evidence text, to look names up in."""

    def __init__(self, text: str, same_language: bool) -> None:
        self.same_language = same_language
        self.words = frozenset(_key(word) for word in re.findall(r"[\w’'-]+", text)) | frozenset(
            _key(word) for word in re.findall(r"[^\W_]+", text)
        )
        self.runs = tuple(name.words for name in names(text))
        self.capitals = frozenset(word for run in self.runs for word in run)
        self.phrase = " " + " ".join(re.findall(r"[^\W_]+", fold(text.lower()))) + " "
        self.stems = frozenset(terms(text, "en")) | frozenset(terms(text, "fr"))

    def has(self, name: Name) -> bool:
        """Whether the evidence has a name: whole, by its surname, its translation or its initials."""
        if any(f" {known} " in self.phrase for known in same_place(" ".join(name.words))):
            return True
        if self._initials(name):
            return True
        known = [self._word(word) for word in name.words]
        if len(name.words) == 1:
            return bool(known[0]) or (name.opens and self._stem(name)) or self._foreign_initials(name)
        if not any(known):
            return False
        if not known[-1] and self.same_language and not self._stem(name):
            return False
        return not self._conflict(name.words, known)

    def _conflict(self, words: tuple[str, ...], known: list[bool]) -> bool:
        """Whether the evidence's name is another person's: "Claire Dumont" for "Paul Dumont", "Ann Bell" for "Ann Ball"."""
        runs = [run for run in self.runs if any(self._alike(word, other) for word in words for other in run)]
        for run in runs:
            shared = [word for word in words if any(self._alike(word, other) for other in run)]
            extra = [other for other in run if not any(self._alike(word, other) for word in words)]
            if len(shared) == len(words) or (words[-1] in shared and not extra):
                return False
        split = [run for run in runs if any(self._alike(words[-1], other) for other in run) and len(run) > 1]
        if split and not all(known):
            return any(not self._alike(words[-2], other) for run in split for other in run[:-1][-1:]) and not known[-2]
        if not known[-1]:
            first = [run for run in runs if self._alike(words[0], run[0]) and len(run) > 1]
            return bool(first)
        # Every word is somewhere: of a person, the first name must be with the surname.
        return (
            len(words) == 2
            and bool(split)
            and all(word in self.capitals for word in words)
            and any(words[0] == run[0] for run in self.runs if len(run) > 1)
        )

    def _word(self, word: str) -> bool:
        if word in self.words or f"{word}s" in self.words or (len(word) > 3 and word.removesuffix("s") in self.words):
            return True
        places = same_place(word)
        if any(f" {known} " in self.phrase for known in places):
            return True
        if len(places) > 1 and any(
            other.startswith(known[:_ROOT]) for known in places if len(known) >= _ROOT for other in self.words
        ):
            return True  # « marocain » for "Morocco".
        if any(self._alike(word, other) for other in self.capitals):
            return True
        parts = [part for part in re.split(r"[-’']", word) if len(part) > 1]
        return len(parts) > 1 and all(part in self.words for part in parts)

    def _alike(self, word: str, other: str) -> bool:
        if word == other or f"{word}s" == other or word == f"{other}s":
            return True
        return misspelt(word, other) or (not self.same_language and _cognate(word, other))

    def _stem(self, name: Name) -> bool:
        return set(terms(name.words[-1], "en")) <= self.stems

    def _initials(self, name: Name) -> bool:
        """ "UN" in "United Nations", and the reverse."""
        if len(name.words) == 1 and name.text.isupper() and len(name.text) > 1:
            return any("".join(word[0] for word in run) == name.words[0] for run in self.runs)
        return len(name.words) > 1 and "".join(word[0] for word in name.words) in self.words

    def _foreign_initials(self, name: Name) -> bool:
        """Initials differ between languages (VAT, TVA) and are left to the reader."""
        return not self.same_language and name.text.isupper() and len(name.text) <= 5


def misspelt(one: str, other: str) -> bool:
    """Whether two folded names differ by a doubled letter, two letters swapped or, if long, one letter left out inside."""
    if one == other or re.sub(r"(.)\1", r"\1", one) == re.sub(r"(.)\1", r"\1", other):
        return True
    if len(one) == len(other) >= 5:
        differing = [at for at in range(len(one)) if one[at] != other[at]]
        if len(differing) == 2 and differing[1] - differing[0] == 1:
            return one[differing[0]] == other[differing[1]] and one[differing[1]] == other[differing[0]]
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) != 1 or len(short) < _LONG:
        return False
    return any(long[:at] + long[at + 1 :] == short for at in range(1, len(long) - 1))


def _cognate(one: str, other: str) -> bool:
    """Whether two words of two languages look like one name: "Senate" and « Sénat », "Parliament" and « Parlement »."""
    if min(len(one), len(other)) < 5 or one[:3] != other[:3]:
        return False
    return distance(one, other) <= max(1, max(len(one), len(other)) // 4)


def distance(one: str, other: str) -> int:
    """The edit distance of two words."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, wanted in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != wanted))
    return row[-1]


def _key(word: str) -> str:
    return re.sub(r"['’]s?$", "", _ELIDED.sub("", fold(word.replace("’", "'")).lower()))


def _ignored(word: str) -> bool:
    return (
        is_function_word(re.sub(r"['’].*$", "", word))
        or word in _TITLES
        or word in _ANSWERS
        or word in _PARTICLES
        or word.isdigit()
    )
