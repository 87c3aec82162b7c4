"""Ranking: which sentences of what search found are likeliest to hold the answer. The nearest is also what is quoted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from index.articles import Article, Hit, Sentence
from index.terms import query_terms
from index.vectors import Vector
from rag.asking import countable, kind_of, offers

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

# Fitted by logistic regression on which sentence holds the answer (eval/LOG.md); the sentence's own cosine counts 1.
_CHUNK = 0.8
_WORDS = 0.14
_KIND = 0.04


@dataclass(frozen=True)
class Candidate:
    """A sentence of a hit, headings never. Scores order the candidates of one language; `nearness` is for all of them."""

    hit: Hit
    sentence: Sentence
    nearness: float
    score: float


def ranked(
    question: str,
    hits: Sequence[Hit],
    sentences_of: Callable[[Article], Sequence[Sentence]],
    embedding: "BaseEmbedding",
) -> list[Candidate]:
    """Every sentence of the hits, once, the likeliest first.

    Each is read with the article's title in view: a sentence about "the city" need not repeat its name.
    """
    found = _sentences(hits, sentences_of)
    if not found:
        return []
    asked, kind = frozenset(query_terms(question)), kind_of(question)
    candidates = []
    titled = [f"{hit.article.title}. {sentence.text}" for hit, sentence in found]
    for (hit, sentence), text, cosine in zip(found, titled, _cosines(question, titled, embedding), strict=True):
        said = frozenset(query_terms(text))
        fits = (countable(kind) or kind == "name") and offers(sentence.text, kind, question)
        nearness = cosine + _CHUNK * hit.similarity + _KIND * fits
        score = nearness + _WORDS * len(asked & said) / max(1, len(asked))
        candidates.append(Candidate(hit, sentence, nearness, score))
    return sorted(candidates, key=lambda candidate: -candidate.score)


def likeness(sentences: Iterable[Sentence], embedding: "BaseEmbedding") -> Callable[[str, Sentence], float]:
    """A function that tells how alike a statement and one of these sentences are: the cosine of the two."""
    found = list(dict.fromkeys(sentences))
    rows = _unit(embedding.get_text_embedding_batch([sentence.text for sentence in found]))
    place = {sentence: at for at, sentence in enumerate(found)}

    @cache
    def vector(statement: str) -> Vector:
        (unit,) = _unit([embedding.get_text_embedding(statement)])
        return unit  # type: ignore[no-any-return]

    return lambda statement, sentence: float(rows[place[sentence]] @ vector(statement))


def _unit(vectors: Sequence[Sequence[float]]) -> Vector:
    rows = np.asarray(vectors, dtype=np.float32)
    units: Vector = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def _sentences(
    hits: Sequence[Hit], sentences_of: Callable[[Article], Sequence[Sentence]]
) -> list[tuple[Hit, Sentence]]:
    """The sentences of the hits' chunks, without headings, each with the first of the hits that holds it."""
    found: dict[tuple[str, int], tuple[Hit, Sentence]] = {}
    for hit in hits:
        for sentence in sentences_of(hit.article):
            if hit.chunk.start <= sentence.start and sentence.end <= hit.chunk.end and is_evidence(sentence):
                found.setdefault((hit.article.id, sentence.n), (hit, sentence))
    return list(found.values())


def is_evidence(sentence: Sentence) -> bool:
    """Neither a heading nor text that would give a model orders."""
    return not sentence.heading and not sentence.instruction


def _cosines(question: str, texts: list[str], embedding: "BaseEmbedding") -> list[float]:
    (query,) = _unit([embedding.get_query_embedding(question)])
    return [float(value) for value in _unit(embedding.get_text_embedding_batch(texts)) @ query]
