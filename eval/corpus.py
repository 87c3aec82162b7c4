"""The articles a set asks about: a library made once per corpus and kept, and the articles by every name they go by."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cases import Case, Passage, QuestionSet, content_hash
from eval.metrics.ranking import Span
from eval.statement_sets import StatementSet
from index.articles import Article
from index.errors import EmbeddingMismatchError, QuestionSetError
from index.store.adding import OnProgress
from rag.settings import read_settings

if TYPE_CHECKING:
    from index import Library


@dataclass(frozen=True)
class Corpus:
    """The articles by id, and their ids by file name or record name."""

    articles: Mapping[str, Article]
    names: Mapping[str, str]

    def article_of(self, name: str) -> Article:
        """The article that a set names by its id, its file or its record."""
        return self.articles[self.names[name]]

    def span(self, passage: Passage) -> Span | None:
        """Where a passage stands in the article as the library keeps it, None where cleaning has taken it out."""
        article = self.article_of(passage.article)
        if not passage.quote or article.text[passage.start : passage.end] == passage.quote:
            return (article.id, passage.start, passage.end) if passage.end <= len(article.text) else None
        start = _nearest(article.text, passage.quote, passage.start)
        return None if start is None else (article.id, start, start + len(passage.quote))

    def spans(self, case: Case) -> list[Span]:
        """Where the passages of a question stand."""
        return [span for passage in case.passages if (span := self.span(passage))]


def open_corpus(
    questions: QuestionSet | StatementSet, library: Path | None, cache: Path, on_progress: OnProgress | None = None
) -> "Library":
    """The library a set asks about: its own corpus, added to a library under `cache` that later runs find again.

    Adding again costs little and mends what an interruption left out. A set without a corpus asks `library`, or the one
    that is configured.
    """
    from index import Library

    if questions.corpus is None:
        return Library.open(library or read_settings().library, read_only=None)
    folder = cache / f"{questions.corpus.stem}-{content_hash(questions.corpus)[:16]}"
    try:
        opened = Library.open(folder)
    except EmbeddingMismatchError:  # Only a copy, made by an earlier version of the index: make it anew.
        shutil.rmtree(folder)
        opened = Library.open(folder)
    try:
        failed = opened.add([questions.corpus], on_progress=on_progress).failed
        if failed:
            bad = failed[0]
            raise QuestionSetError(f"The corpus cannot be read whole: {bad.source}: {bad.reason}.")
    except BaseException:
        opened.close()
        raise
    return opened


def corpus_of(articles: Sequence[Article], cases: Sequence[Case]) -> Corpus:
    """The articles under all their names; raises QuestionSetError where a question names one that is not there."""
    names: dict[str, str] = {}
    for article in articles:
        for name in _names(article):
            names.setdefault(name, article.id)
    names |= {article.id: article.id for article in articles}
    for case in cases:
        for name in (*case.sources, *(passage.article for passage in case.passages)):
            if name not in names:
                raise QuestionSetError(
                    f"The question {case.id!r} names the article {name!r}, which its corpus does not hold. "
                    "Give an article's id or the name of its file."
                )
    return Corpus({article.id: article for article in articles}, names)


def _names(article: Article) -> tuple[str, ...]:
    """What a set may call an article: its record in a .jsonl, its file with and without the ending, its address."""
    path, _, record = article.origin.partition("#")
    if record:
        return (record, article.origin)
    return (Path(path).stem, Path(path).name, article.origin)


def _nearest(text: str, quote: str, place: int) -> int | None:
    """Where the words stand that are nearest to where they stood before cleaning."""
    starts = [found.start() for found in re.finditer(f"(?={re.escape(quote)})", text)]
    return min(starts, key=lambda start: abs(start - place), default=None)
