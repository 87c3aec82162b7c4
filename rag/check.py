"""Checking a text against the archive, sentence by sentence: supported, contradicted, or not in the articles."""

import json
import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from index.errors import QuestionError, require_type
from index.filters import Filter
from index.ingest.wrapping import unwrapped
from index.library import Library
from index.text.sentences import Span, split
from rag.answer import Citation, Models, Timings, without_empty
from rag.reader.runtime import Reader
from rag.retrieve.evidence import Passage, cite, passages_of
from rag.verify.support import Support, support
from rag.write.reply import likeness

SentenceVerdict = Literal["supported", "contradicted", "not_found", "no_claim"]

MAX_TEXT = 200_000
"""Code points: about a hundred pages."""
_PASSAGES = 6
_LEAST_WORDS = 3


@dataclass(frozen=True)
class CheckedSentence:
    """One sentence of the text: `text[start:end]` of what was checked. `support` is the probability of the verdict.

    `supported` only if the whole sentence follows from the sentences cited; `contradicted` cites what excludes it;
    `no_claim` is a question, a heading, or too few words to claim anything.
    """

    text: str
    start: int
    end: int
    verdict: SentenceVerdict
    support: float
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Check:
    """A text that was checked. `as_of` is the date of the newest article cited."""

    sentences: tuple[CheckedSentence, ...]
    as_of: str | None
    timings: Timings
    models: Models

    def to_dict(self) -> dict[str, object]:
        """As plain values, in the documented order."""
        values = asdict(self)
        for sentence in values["sentences"]:
            without_empty(sentence["citations"])
        return values

    def to_json(self) -> str:
        """As one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def check(text: str, library: Library, reader: Reader, filter: Filter | None = None) -> Check:
    """Check every sentence of a text; raises QuestionError for an empty or too long text."""
    *_, last = checking(text, library, reader, filter)
    assert isinstance(last, Check), "a check ends with the whole"
    return last


def checking(
    text: str, library: Library, reader: Reader, filter: Filter | None = None
) -> Generator[CheckedSentence | Check, None, None]:
    """Each sentence of a text as soon as it is checked, then the whole check; raises QuestionError as `check` does."""
    began = time.perf_counter()
    done: list[CheckedSentence] = []
    for sentence in checked_sentences(text, library, reader, filter):
        done.append(sentence)
        yield sentence
    days = [c.published for sentence in done for c in sentence.citations if c.published]
    timings = Timings(total_s=round(time.perf_counter() - began, 4))
    models = Models("none", library.embedding.model_name, reader.name)
    yield Check(tuple(done), max(days, default=None), timings, models)


def checked_sentences(
    text: str, library: Library, reader: Reader, filter: Filter | None = None
) -> Iterator[CheckedSentence]:
    """The sentences of a text in order, each as soon as it is checked; raises QuestionError as `check` does.

    A sentence may lean on the one before ("She denied it."): what that one cites is looked at again.
    """
    require_type(text, str, "text")
    text = text.encode("utf-8", "replace").decode("utf-8")  # Half a surrogate pair is no character; offsets stay.
    spans = spans_of(text)
    marker = 0
    before: tuple[Passage, ...] = ()
    for span in spans:
        said = text[span.start : span.end]
        if not _claims(said, span):
            yield CheckedSentence(said, span.start, span.end, "no_claim", 1.0)
            continue
        statement = " ".join(said.replace("\0", " ").split())
        found = passages_of(library.candidates(statement, _PASSAGES, filter), library.sentences)
        passages = _numbered([*found, *before])
        result = support(statement, passages, reader, likeness(library.embedding))
        checked = _sentence(said, span, result, marker)
        marker += len(checked.citations)
        before = tuple(passage for passage, _ in result.quotes) if result.judgement != "neither" else ()
        yield checked


def spans_of(text: str) -> Sequence[Span]:
    """The sentences that a check of this text reads; raises QuestionError if it is empty or too long."""
    if len(text) > MAX_TEXT:
        raise QuestionError(f"The text has {len(text):,} characters; {MAX_TEXT:,} is the most. Check it in parts.")
    spans = split(unwrapped(text))
    if not any(re.search(r"\w", text[span.start : span.end]) for span in spans):
        raise QuestionError("The text is empty. Give a text with at least one sentence.")
    return spans


def _sentence(said: str, span: Span, result: Support, marker: int) -> CheckedSentence:
    citations = tuple(cite(quote, marker + n) for n, quote in enumerate(result.quotes, 1))
    if result.judgement == "neither":
        return CheckedSentence(said, span.start, span.end, "not_found", round(result.probability, 4))
    return CheckedSentence(said, span.start, span.end, result.judgement, round(result.probability, 4), citations)


def _claims(said: str, span: Span) -> bool:
    """Whether a sentence can be true or false: no question, no heading, and not too few words."""
    words = re.findall(r"\w+", said)
    return not span.heading and not said.rstrip("»”\"' \u00a0").endswith("?") and len(words) >= _LEAST_WORDS


def _numbered(passages: Sequence[Passage]) -> list[Passage]:
    """The passages numbered from 1, each place once."""
    distinct = {(passage.article.id, passage.start): passage for passage in passages}
    return [replace(passage, number=n) for n, passage in enumerate(distinct.values(), 1)]
