"""A library of any size, made of nothing: words with the frequencies of news, vectors that lie as real ones do.

The same size is always the same library. Words follow Zipf's law with Mandelbrot's correction, so that the commonest
content word stands in about a quarter of all chunks and the hundredth in one of thirty, as in English and French prose
without its function words. Vectors share most of their direction, as
those of E5 do, then their topic's, then their article's; the rest is noise (cosines of .70 to .95).
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import count, islice
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from index import Library
from index.articles import Article
from index.store.vectors import Vector, unit_vectors
from index.text.chunks import chunks_of, embedded_text
from index.text.sentences import sentences_of

DIMENSION = 384
_WORDS = 60_000
_TOPICS = 500
_SOURCES = ("Reuters", "AFP", "Le Monde", "The Guardian", "Ouest-France", "Associated Press", "Libération", "BBC News")
_PARAGRAPHS = 8
_AT_ONCE = 10
_FIRST_DAY = date(2010, 1, 1)


class SyntheticEmbedding(BaseEmbedding):
    """A text's first word is its topic, its first line its article."""

    model_name: str = "synthetic-384"

    def _get_query_embedding(self, query: str) -> list[float]:
        return vector(query).tolist()  # type: ignore[no-any-return]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)


def vector(text: str) -> Vector:
    topic, line = text.split(" ", 1)[0], text.split("\n", 1)[0]
    parts = (("all texts", 0.80), (topic, 0.40), (line, 0.30), (text, 0.33))
    return unit_vectors([sum(weight * _direction(of) for of, weight in parts).tolist()], 1)[0]


@cache
def _shared(name: str) -> Vector:
    return _random(name)


def _direction(name: str) -> Vector:
    return _shared(name) if len(name) < 20 else _random(name)


def _random(name: str) -> Vector:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return row / np.linalg.norm(row)


def build(folder: Path, chunks: int, embedding: BaseEmbedding | None = None) -> None:
    """A library of that many chunks or a few more, in about a minute per 20,000. Articles go to library.db as they are
    added; Chroma is filled from it at the end. With another embedding it can be added to, but its vectors stay made up."""
    with Library.open(folder, embedding=embedding or SyntheticEmbedding()) as library:
        made = articles()
        library.store(next(made))
        database, chroma = library._database, library._vectors.writable()
        while database.chunk_count() < chunks:
            for article in islice(made, _AT_ONCE):
                sentences = sentences_of(article)
                pieces = chunks_of(article, sentences)
                texts = [embedded_text(article, piece) for piece in pieces]
                database.put(article, sentences, pieces, texts, np.stack([vector(text) for text in texts]))
        chroma.put(*database.all_vectors())


def articles() -> Iterator[Article]:
    for n in count():
        rng = np.random.default_rng(n)
        topic = int(rng.integers(_TOPICS))
        title = " ".join([f"topic{topic}", *_draw(rng, 6)])
        text = "\n\n".join(_paragraph(rng) for _ in range(_PARAGRAPHS))
        day = _FIRST_DAY + timedelta(days=int(rng.integers(5_800)))
        source = _SOURCES[int(rng.integers(len(_SOURCES)))]
        yield Article(
            f"article-{n}", title, text, "fr" if n % 3 == 0 else "en", f"made#{n}", source, published=str(day)
        )


def questions(number: int, chunks: int) -> list[str]:
    """Questions of six to fourteen content words, common and rare ones as they come, on topics that there are."""
    rng = np.random.default_rng(chunks)
    return [" ".join([f"topic{rng.integers(_TOPICS)}", *_draw(rng, int(rng.integers(5, 14)))]) for _ in range(number)]


def sources() -> Sequence[str]:
    return _SOURCES


def _paragraph(rng: np.random.Generator) -> str:
    sentences = []
    for _ in range(3):
        words = _draw(rng, int(rng.integers(10, 15)))
        sentences.append(f"{words[0].capitalize()} {' '.join(words[1:])}.")
    return " ".join(sentences)


def _draw(rng: np.random.Generator, number: int) -> list[str]:
    places = np.searchsorted(_cumulative(), rng.random(number))
    return [_word(int(place)) for place in places]


@cache
def _cumulative() -> Vector:
    weights = 1.0 / (np.arange(_WORDS) + 15.0)
    return np.cumsum(weights / weights.sum())  # type: ignore[no-any-return]


@cache
def _word(n: int) -> str:
    """A word that no stemmer takes apart, short for the common ones."""
    onsets, vowels = "bdfgklmnprtvz", "aiou"
    letters = ""
    n += 7
    while n:
        n, rest = divmod(n, len(onsets) * len(vowels))
        letters += onsets[rest // len(vowels)] + vowels[rest % len(vowels)]
    return letters + "k"
