"""The gate: whether the archive can hold an answer at all, decided without a model, and whether a reply is one.

Pure functions over the question, what search found, and what the archive knows.
"""

from collections.abc import Callable, Sequence

from index.articles import Hit
from index.terms import query_terms, terms
from rag.facts import names_of

# Logistic regression on 647 questions, 247 of them about articles left out of the archive; area under the ROC curve .990
# (eval/LOG.md). Where question and article are in two languages only names can be compared.
_SAME = (80.8, 6.4, 3.3, -72.1)
_OTHER = (98.8, 0.0, 4.1, -85.0)
_LEAST_ODDS = -0.5
# The embedded model says yes too readily, in English more than in French.
_LEAST_SURE = {"en": 0.7, "fr": 0.0}


def about_the_archive(question: str, language: str, hits: Sequence[Hit], occurs: Callable[[str], bool]) -> bool:
    """Whether what was found can be about the question: near enough, and no name of it unknown to the whole archive.

    `occurs` tells whether a word stands anywhere in the archive.
    """
    return not unknown_names(question, occurs) and any(odds(question, language, hit) > _LEAST_ODDS for hit in hits)


def unknown_names(question: str, occurs: Callable[[str], bool]) -> tuple[str, ...]:
    """The proper names of a question none of whose words stands anywhere in the archive."""
    return tuple(name for name in names_of(question) if not any(occurs(word) for word in name.split(" ")))


def odds(question: str, language: str, hit: Hit) -> float:
    """How surely a hit is about the question, as a logarithm of odds: its cosine, and the words and names it shares."""
    similarity, words, names, constant = _SAME if hit.article.language == language else _OTHER
    asked = frozenset(query_terms(question))
    named = frozenset(term for name in names_of(question) for term in terms(name, language))
    near = frozenset(query_terms(f"{hit.article.title} {hit.chunk.text}"))
    whole = frozenset(query_terms(f"{hit.article.title} {hit.article.text}"))
    return similarity * hit.similarity + words * _share(asked, near) + names * _share(named, whole) + constant


def may_answer(sure: float | None, language: str) -> bool:
    """Whether the passages seem to hold an answer. `sure` is the model's own odds of that, as a logarithm, where it has any."""
    return sure is None or sure >= _LEAST_SURE.get(language, 0.0)


def _share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 1.0
