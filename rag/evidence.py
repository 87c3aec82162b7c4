"""Evidence: the few passages of the articles that an answer may rest on, numbered as the model is shown them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Article, Hit, Sentence
from rag.answer import Citation

MAX_PASSAGES = 6
MAX_CHARACTERS = 2_400
"""Together, every passage: on two cores the embedded model reads about 200 characters a second."""


@dataclass(frozen=True)
class Passage:
    """A chunk's own sentences, without headings. `similarity` is the chunk's cosine to the question."""

    number: int
    article: Article
    sentences: tuple[Sentence, ...]
    similarity: float
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.article.text[self.sentences[0].start : self.sentences[-1].end]


def choose(hits: Sequence[Hit], sentences_of: Callable[[Article], Sequence[Sentence]]) -> tuple[Passage, ...]:
    """The best hits as passages, best first, as many as fit."""
    passages: list[Passage] = []
    room = MAX_CHARACTERS
    for hit in hits:
        inside = tuple(
            s for s in sentences_of(hit.article) if hit.chunk.start <= s.start and s.end <= hit.chunk.end and not s.heading
        )
        if not inside:
            continue
        passage = Passage(len(passages) + 1, hit.article, inside, hit.similarity, hit.also_in)
        room -= len(passage.text)
        if passages and (room < 0 or len(passages) == MAX_PASSAGES):
            break
        passages.append(passage)
    return tuple(passages)


def cite(article: Article, start: int, end: int, marker: int = 0) -> Citation:
    """The citation of `article.text[start:end]`; everything it says comes from the library."""
    return Citation(
        marker=marker,
        article_id=article.id,
        title=article.title,
        publisher=article.publisher,
        author=article.author,
        url=article.url,
        published=article.published,
        language=article.language,
        quote=article.text[start:end],
        start=start,
        end=end,
    )


def closest(passages: Sequence[Passage], k: int = 3) -> tuple[Citation, ...]:
    """The nearest passages, for a reader who is told that the articles do not say, or while an answer is being written."""
    return tuple(cite(p.article, p.sentences[0].start, p.sentences[-1].end) for p in passages[:k])
