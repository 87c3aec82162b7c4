"""The gate: whether the archive can hold an answer at all, decided without a model, and whether a reply is one.

Pure functions over the question, its passages and what the archive knows.
"""

from collections.abc import Callable, Sequence

from index.articles import Sentence
from index.terms import query_terms, terms
from rag.evidence import Passage
from rag.facts import names_of

MIN_SIMILARITY = 0.80
"""Below this cosine to the nearest passage, nothing of the archive is about the question (fitted: see eval/LOG.md)."""


def about_the_archive(question: str, passages: Sequence[Passage], occurs: Callable[[str], bool]) -> bool:
    """Whether the passages can be about the question: near enough, and no name of it unknown to the whole archive.

    `occurs` tells whether a word stands anywhere in the archive.
    """
    if not passages or max(passage.similarity for passage in passages) < MIN_SIMILARITY:
        return False
    return all(any(occurs(word) for word in name.split(" ")) for name in names_of(question))


def covers(question: str, language: str, sentences: Sequence[tuple[Passage, Sentence]]) -> float:
    """The share of a question's content words, names apart, that stand in those sentences' passages; 1.0 across languages.

    Words of two languages cannot be compared by code: there, the names and numbers were checked instead.
    """
    same = [passage for passage, _ in sentences if passage.article.language == language]
    named = frozenset(term for name in names_of(question) for term in terms(name, language))
    wanted = frozenset(terms(question, language)) - named
    if not wanted or len(same) < len(sentences):
        return 1.0
    there = frozenset(term for passage in same for term in query_terms(f"{passage.article.title} {passage.text}"))
    return len(wanted & there) / len(wanted)
