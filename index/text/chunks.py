"""Chunks: runs of whole sentences, short enough for one vector."""

from collections.abc import Iterator, Sequence

from index.articles import Article, Chunk, Sentence, content_id

CHUNKER = "sentences-1"
"""Part of the library's fingerprint. Change it with the chunking: libraries with another one must be rebuilt."""

MAX_CHARACTERS = 450
"""A chunk grows to this size, then ends at a sentence; a single longer sentence is a chunk of its own."""


def chunks_of(article: Article, sentences: Sequence[Sentence]) -> tuple[Chunk, ...]:
    """Cut an article into chunks; each sentence falls into exactly one, and a heading opens the chunk that follows it."""
    return tuple(_chunk(article, n, group) for n, group in enumerate(_groups(sentences)))


def embedded_text(article: Article, chunk: Chunk) -> str:
    """What is embedded: the chunk below its article's title, which gives pronouns a context."""
    return f"{article.title}\n{chunk.text}"


def chunk_id(article: Article, n: int, text: str) -> str:
    """The hash of a chunk's text and position; detects text altered on disk."""
    return content_id(article.id, str(n), article.title, text)


def _groups(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    group: list[Sentence] = []
    for sentence in sentences:
        too_long = bool(group) and sentence.end - group[0].start > MAX_CHARACTERS
        if too_long or (sentence.heading and any(not s.heading for s in group)):
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _chunk(article: Article, n: int, group: Sequence[Sentence]) -> Chunk:
    start, end = group[0].start, group[-1].end
    text = article.text[start:end]
    return Chunk(chunk_id(article, n, text), article.id, n, start, end, text)
