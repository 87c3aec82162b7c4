"""Evidence: passages of articles that search found, with the sentences that can be cited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Article, Hit, Sentence
from rag.answer import Citation
from rag.reader.inputs import head
from rag.reader.runtime import PassageText


@dataclass(frozen=True)
class Passage:
    """A run of text of an article, numbered from 1. `sentences` are those inside it that can be quoted, without headings.

    `also_in` are the ids of articles whose near-copies of it were folded into it.
    """

    number: int
    article: Article
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]

    @property
    def for_reader(self) -> PassageText:
        """The passage as the reader sees it."""
        return PassageText(head(self.article.published, self.article.title), self.text)


Quote = tuple[Passage, Sentence]
"""A sentence that can be cited, in its passage."""


def passages_of(hits: Sequence[Hit], sentences_of: Callable[[Article], Sequence[Sentence]]) -> tuple[Passage, ...]:
    """The hits as passages in their order; those with no sentence to quote are left out."""
    passages: list[Passage] = []
    for hit in hits:
        inside = tuple(
            sentence
            for sentence in sentences_of(hit.article)
            if hit.chunk.start <= sentence.start and sentence.end <= hit.chunk.end and not sentence.heading
        )
        if inside:
            number = len(passages) + 1
            passages.append(Passage(number, hit.article, hit.chunk.start, hit.chunk.end, inside, hit.also_in))
    return tuple(passages)


def for_prompt(passage: Passage) -> str:
    """The passage's text for a language model, without sentences that would give it orders."""
    return " ".join(" ".join(sentence.text.split()) for sentence in passage.sentences if not sentence.instruction)


def cite(quote: Quote, marker: int, span: tuple[int, int] | None = None) -> Citation:
    """The citation of a sentence; all that it says comes from the library. `span` are the words that answer in it."""
    passage, sentence = quote
    return _citation(passage.article, sentence.start, sentence.end, marker, passage.also_in, span)


def closest(hits: Sequence[Hit], k: int) -> tuple[Citation, ...]:
    """The first hits as citations without a marker, for a reader who is told that the articles do not say."""
    return tuple(_citation(hit.article, hit.chunk.start, hit.chunk.end, 0, hit.also_in) for hit in hits[:k])


def _citation(
    article: Article, start: int, end: int, marker: int, also_in: tuple[str, ...], span: tuple[int, int] | None = None
) -> Citation:
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
        span=span,
        also_in=also_in,
    )
