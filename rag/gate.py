"""The gate: whether the archive can hold an answer at all, decided without a model, and whether a reply is one.

Pure functions over the question, what search found, and what the archive knows.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from index.articles import Hit
from index.terms import fold, query_terms, terms
from rag.facts import name_words, names_of

# Logistic regression on 647 questions, 247 of them about articles left out of the archive; area under the ROC curve .990
# (eval/LOG.md). Where question and article are in two languages only names can be compared.
_SAME = (80.8, 6.4, 3.3, -72.1)
_OTHER = (98.8, 0.0, 4.1, -85.0)
_LEAST_ODDS = 0.0
_LEAST_TO_READ = -1.5
"""A model that reads what was found tells better: it declines nearly all that search took for unlikely and is not there."""
# The model's odds of "yes" to there being an answer, as a logarithm; fitted on what it said of questions with and without one
# (eval/LOG.md). It says yes less easily in French, more rightly where the sentence it uses was also ranked first, and less
# rightly where nothing that it says stands in a sentence, least of all where it says something all the same.
_LEAST_YES = 0.0
_FOUND_FIRST = 0.8
_POINTED_NOWHERE = 0.3
_INVENTED = 0.5
_DOUBT = {"en": 1.1, "fr": 0.45}
_DOUBTFUL = 0.45
LEAST_TO_LEAD = 1.0
"""The odds of "yes" from which the model's few words may stand before the sentence that holds them."""
_LONG = 6
_MOST_INITIALS = 6
_BETWEEN = r"\b(?:of|the|for|and|de|du|des|la|les|et|d|l)\b"
_RUN = re.compile(rf"[A-ZÀ-Ý][^\W\d_]+(?:[\s’'-]+(?:{_BETWEEN}|[A-ZÀ-Ý][^\W\d_]+))+")
"""Capitalised words in a row, and the small ones between them."""
_ALIKE = 0.88
"""One wrong letter in nine, or one too many or too few in six."""


def about_the_archive(
    question: str, language: str, hits: Sequence[Hit], occurs: Callable[[str], bool], to_read: bool = False
) -> bool:
    """Whether what was found can be about the question: near enough, and no name of it unknown to the whole archive.

    `occurs` tells whether a word stands anywhere in the archive; `to_read`, whether a model will read what was found.
    """
    least = _LEAST_TO_READ if to_read else _LEAST_ODDS
    return not unknown_names(question, hits, occurs) and any(odds(question, language, hit) > least for hit in hits)


def unknown_names(question: str, hits: Sequence[Hit], occurs: Callable[[str], bool]) -> tuple[str, ...]:
    """The proper names of a question none of whose words stands anywhere in the archive.

    One that is spelled nearly as a word of what was found counts as that word; so does one that is written together or
    apart there, or in full where the question has the initials.
    """
    unknown = [name for name in names_of(question) if not any(map(occurs, name.split(" ")))]
    unknown = [name for name in unknown if not _known_otherwise(name, question, occurs)]
    if not unknown:
        return ()
    texts = [f"{hit.article.title} {hit.article.text}" for hit in hits]
    found = frozenset().union(*map(name_words, texts))
    return tuple(
        name
        for name in unknown
        if not any(_misspelt(word, found) for word in name.split(" ")) and not _spelled_out(name, texts)
    )


def _known_otherwise(name: str, question: str, occurs: Callable[[str], bool]) -> bool:
    """Whether the archive has the name as one word, alone or with the word after it ("BPI france"), or as several."""
    after = re.findall(rf"{re.escape(name)}\s+(\w+)", question)
    together = [f"{name}{word}".replace(" ", "") for word in after] + ([name.replace(" ", "")] if " " in name else [])
    apart = re.findall(r"[A-Z]{3,}(?![a-z])|[A-Z][a-z]{2,}", name)
    return any(map(occurs, together)) or (len(apart) > 1 and "".join(apart) == name and all(map(occurs, apart)))


def _spelled_out(name: str, texts: Iterable[str]) -> bool:
    """Whether capitalised words in a row have the initials: "Scottish Parliament" for SP, "Bank of England" for BOE."""
    if not (name.isalpha() and name.isupper() and 2 <= len(name) <= _MOST_INITIALS):
        return False
    for run in (run for text in texts for run in _RUN.findall(text)):
        words = re.findall(rf"{_BETWEEN}|[^\W\d_]+", run)
        capitals = [word for word in words if word[0].isupper()]
        if any(name in "".join(word[0].upper() for word in taken) for taken in (capitals, words)):
            return True
    return False


def _misspelt(word: str, found: Iterable[str]) -> bool:
    """Whether a long word is a slip of the pen away from another: "ARPNET" is, from "ARPANET"; "Macron" is not, from "macro"."""
    key = fold(word.lower())
    alike = [other for other in found if abs(len(other) - len(key)) <= 1 and not key.startswith(other)]
    return len(key) >= _LONG and bool(get_close_matches(key, alike, n=1, cutoff=_ALIKE))


def odds(question: str, language: str, hit: Hit) -> float:
    """How surely a hit is about the question, as a logarithm of odds: its cosine, and the words and names it shares."""
    similarity, words, names, constant = _SAME if hit.article.language == language else _OTHER
    asked = frozenset(query_terms(question))
    named = frozenset(term for name in names_of(question) for term in terms(name, language))
    near = frozenset(query_terms(f"{hit.article.title} {hit.chunk.text}"))
    whole = frozenset(query_terms(f"{hit.article.title} {hit.article.text}"))
    return similarity * hit.similarity + words * _share(asked, near) + names * _share(named, whole) + constant


def confidence(yes: float, found_first: bool, language: str, pointed: bool = True, invented: bool = False) -> float:
    """How sure it is that the passages answer, from the odds of "yes", whether the answer rests on the sentence that was
    ranked first, whether anything that the model said points at a sentence, and whether it said what stands in none;
    below 0 is no.
    """
    against = _POINTED_NOWHERE * (not pointed) + _INVENTED * invented + _DOUBT.get(language, _DOUBT["en"])
    return yes + _FOUND_FIRST * found_first - against


def may_answer(yes: float | None, language: str) -> bool:
    """Whether it is worth asking for an answer, from the odds of "yes", where the model tells them."""
    return yes is None or confidence(yes, found_first=True, language=language) >= 0


def may_differ(yes: float) -> bool:
    """Whether another passage answers as well, from the odds of "yes" to that."""
    return yes >= _LEAST_YES


def doubtful(sure: float) -> bool:
    """Whether an answer of that confidence is better called the nearest that the articles say."""
    return sure < _DOUBTFUL


def unsure(yes: float | None, language: str) -> float | None:
    """The confidence behind an answer that was declined, never above 0."""
    return None if yes is None else min(confidence(yes, found_first=False, language=language), 0.0)


def _share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 1.0
