"""Quoting: the one sentence of the evidence that comes nearest to answering, found without a language model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.articles import Sentence
from index.terms import query_terms
from rag.evidence import Passage

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


def nearest_sentence(
    question: str, passages: Sequence[Passage], embedding: "BaseEmbedding"
) -> tuple[Passage, Sentence]:
    """The sentence most like the question, by cosine and by shared words together."""
    candidates = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    query = np.asarray(embedding.get_query_embedding(question))
    rows = np.asarray(embedding.get_text_embedding_batch([sentence.text for _, sentence in candidates]))
    cosines = rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))
    wanted = frozenset(query_terms(question))
    shared = [len(wanted & frozenset(query_terms(s.text))) / max(1, len(wanted)) for _, s in candidates]
    return candidates[int(np.argmax(cosines + 0.1 * np.asarray(shared)))]
