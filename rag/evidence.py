"""Evidence: the few passages of the articles that an answer may rest on, numbered as the model is shown them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Article, Hit, Sentence
from rag.answer import Citation
from rag.asking import countable, kind_of, offers

MAX_PASSAGES = 6
MAX_CHARACTERS = 1_900
"""Together, every passage: on two cores the embedded model reads about 200 characters a second."""


@dataclass(frozen=True)
class Passage:
    """Consecutive sentences of a chunk, without headings. `similarity` is the chunk's cosine to the question."""

    number: int
    article: Article
    sentences: tuple[Sentence, ...]
    similarity: float
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.article.text[self.sentences[0].start : self.sentences[-1].end]


def choose(
    question: str, hits: Sequence[Hit], sentences_of: Callable[[Article], Sequence[Sentence]]
) -> tuple[Passage, ...]:
    """The best hits as passages, best first, as many as fit.

    Where a number or a date is asked for, a passage is what holds one and the sentence before it, which says of whom;
    where none of the hits holds one, all of them are passages.
    """
    kind = kind_of(question)
    whole = [(hit, _inside(hit, sentences_of(hit.article))) for hit in hits]
    pieces = whole
    if countable(kind):
        cut = [(hit, _around(inside, lambda s: offers(s.text, kind, question))) for hit, inside in whole]
        pieces = [piece for piece in cut if piece[1]] or whole
    passages: list[Passage] = []
    room = MAX_CHARACTERS
    for hit, inside in pieces:
        if not inside:
            continue
        passage = Passage(len(passages) + 1, hit.article, inside, hit.similarity, hit.also_in)
        room -= len(passage.text)
        if passages and (room < 0 or len(passages) == MAX_PASSAGES):
            break
        passages.append(passage)
    return tuple(passages)


def _inside(hit: Hit, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences of a hit's chunk, without headings."""
    return tuple(s for s in sentences if hit.chunk.start <= s.start and s.end <= hit.chunk.end and not s.heading)


def _around(sentences: tuple[Sentence, ...], wanted: Callable[[Sentence], bool]) -> tuple[Sentence, ...]:
    """From the sentence before the first wanted one to the last wanted one: one unbroken run."""
    at = [n for n, sentence in enumerate(sentences) if wanted(sentence)]
    return sentences[max(0, at[0] - 1) : at[-1] + 1] if at else ()


def cite(passage: Passage, start: int, end: int, marker: int = 0) -> Citation:
    """The citation of `passage.article.text[start:end]`; everything it says comes from the library."""
    article = passage.article
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
        also_in=passage.also_in,
    )


def closest(passages: Sequence[Passage], k: int = 3) -> tuple[Citation, ...]:
    """The nearest passages, for a reader who is told that the articles do not say, or while an answer is being written."""
    return tuple(cite(p, p.sentences[0].start, p.sentences[-1].end) for p in passages[:k])
