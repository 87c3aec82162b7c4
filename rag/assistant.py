"""The assistant: a library and a model, opened together and asked."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from index.addresses import OPENAI_EMBEDDINGS, destination, forbid
from index.errors import ModelError, require_type
from index.filters import Filter
from index.library import Library
from rag import pipeline
from rag.answer import Answer
from rag.check import Check, CheckedSentence, check, checked_sentences, checking
from rag.events import Event, finished
from rag.reader.own import with_own_thresholds
from rag.reader.runtime import PassageText, Reader, open_reader
from rag.settings import MAX_TOKENS, Settings, read_settings
from rag.verify.support import Judgement, judge

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.llms.llm import LLM


def open_assistant(
    library: "Library | str | Path | None" = None,
    llm: "LLM | str | None" = None,
    chroma: str | None = None,
    reader: Reader | None = None,
) -> "Assistant":
    """Open a library and a language model, each the configured one where none is given.

    `llm` is a LlamaIndex model, or a name: an embedded model's, "none" to answer from quotes alone, or one that the
    server behind OPENAI_API_KEY or OPENAI_BASE_URL knows; with ONRECORD_LOCAL=1, SettingsError for a server on another
    machine. A library that another process writes to is read. With its
    vectors in the Chroma server at `chroma`, it is always only read, so that another process may add to it meanwhile.
    `reader` is the trained reader that comes with onrecord unless another is given.
    """
    settings = read_settings(ONRECORD_LLM=llm if isinstance(llm, str) else None, ONRECORD_CHROMA=chroma)
    if settings.local and settings.chroma:
        forbid("The Chroma server", destination(settings.chroma))
    owned, owns_llm = not isinstance(library, Library), llm is None or isinstance(llm, str)
    if isinstance(library, Library):
        opened = library
    else:
        read_only = True if settings.chroma else None
        opened = Library.open(library or settings.library, read_only=read_only, chroma=settings.chroma)
    try:
        model = open_llm(settings) if llm is None or isinstance(llm, str) else llm
    except BaseException:
        if owned:
            opened.close()
        raise
    return Assistant(opened, model, owned, owns_llm, settings.max_tokens, reader)


class Assistant:
    """Answers questions from a library. Safe to share between threads; keeps nothing of what was asked."""

    def __init__(
        self,
        library: Library,
        llm: "LLM | None",
        owns_library: bool = False,
        owns_llm: bool = False,
        max_tokens: int = MAX_TOKENS,
        reader: Reader | None = None,
    ) -> None:
        self.library = library
        self.llm = llm
        self.max_tokens = max_tokens
        self._owns_library = owns_library
        self._owns_llm = owns_llm
        self._reader = reader

    @property
    def reader(self) -> Reader:
        """The trained reader, loaded when first needed; raises ModelFileError if its file is missing or damaged."""
        return self._reader or with_own_thresholds(open_reader(), self.library.folder)

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        articles: Collection[str] | None = None,
        filter: Filter | None = None,
        today: date | None = None,
    ) -> Answer:
        """The finished answer. `history` holds the questions asked before, which a follow-up may lean on.

        With `articles`, only the articles with these ids are asked; articles that do not meet `filter` are left out.
        "Last week" in a question counts from `today`, by default the machine's.
        """
        return finished(self.stream(question, history, articles, filter, today))

    def stream(
        self,
        question: str,
        history: Sequence[str] = (),
        articles: Collection[str] | None = None,
        filter: Filter | None = None,
        today: date | None = None,
    ) -> Generator[Event, None, None]:
        """What happens until the answer is finished, event by event (`rag.events`). Closing the iterator stops the model."""
        asked = filter or Filter()
        require_type(list(history) if isinstance(history, tuple) else history, list, "history")
        require_type(asked, Filter, "filter")
        require_type(articles or (), Collection, "collection of articles")
        require_type(today or date.today(), date, "day")
        if articles is not None:
            asked = replace(asked, articles=tuple(articles))
        return pipeline.answer(
            question, history, self.library, self.llm, self.reader, asked, today or date.today(), self.max_tokens
        )

    def check(self, text: str, filter: Filter | None = None) -> Check:
        """Every sentence of a text held against the library; raises QuestionError for an empty or too long text."""
        return check(text, self.library, self.reader, filter)

    def checked_sentences(self, text: str, filter: Filter | None = None) -> Iterator[CheckedSentence]:
        """As `check`, each sentence as soon as it is checked."""
        return checked_sentences(text, self.library, self.reader, filter)

    def checking(self, text: str, filter: Filter | None = None) -> Generator[CheckedSentence | Check, None, None]:
        """Each sentence as soon as it is checked, at last the whole check. Closing the iterator stops the check."""
        return checking(text, self.library, self.reader, filter)

    def verify(
        self, statement: str, evidence: str, language: str, published: str | None = None, title: str = ""
    ) -> Judgement:
        """Whether one piece of evidence, in that language, supports a statement; the library is not asked."""
        return judge(statement, evidence, language, published, title, self.reader)

    def translated(self, answer: Answer) -> Answer:
        """The answer with a machine's translation of each quote that is in another language than the answer.

        Without a model, or where a translation gives other figures than its quote, there is none.
        """
        from rag.write.translate import translated

        return translated(answer, self.llm)

    async def aask(self, question: str, **options: Any) -> Answer:
        """As `ask`, without blocking the event loop; cancelling it stops the model."""
        return finished([event async for event in self.astream(question, **options)])

    async def astream(self, question: str, **options: Any) -> AsyncGenerator[Event, None]:
        """As `stream`, without blocking the event loop."""
        events = self.stream(question, **options)
        try:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event
        finally:
            await asyncio.shield(asyncio.to_thread(_closed, events))

    async def acheck(self, text: str, filter: Filter | None = None) -> Check:
        """As `check`, without blocking the event loop."""
        return await asyncio.to_thread(self.check, text, filter)

    @property
    def sends_to(self) -> tuple[str, ...]:
        """The hosts, other than this machine, that questions and passages are sent to; none with embedded models."""
        remote = [] if self.llm is None or not hasattr(self.llm, "api_base") else [destination(self.llm.api_base)]
        hosts = [*remote, sent_by(self.library)]
        return tuple(dict.fromkeys(host for host in hosts if host))

    def warm_up(self) -> None:
        """Load and read in advance what every question needs: seconds that the first one is spared."""
        from rag.write.replies import warm

        self.library.embedding.get_query_embedding("warm")
        self.reader.read("warm", [PassageText("", "warm")])
        if self.llm is not None:
            with suppress(ModelError):  # Closed meanwhile, or failing: the first question will say so.
                warm(self.llm)

    def conversation(self) -> "Conversation":
        return Conversation(self)

    def as_query_engine(self, streaming: bool = False) -> "BaseQueryEngine":
        """This assistant as a LlamaIndex query engine."""
        from rag.integration import AssistantQueryEngine

        return AssistantQueryEngine(self, streaming)

    def close(self) -> None:
        """Free what was opened for this assistant: a library or a model that was handed in stays open."""
        close_llm = getattr(self.llm, "close", None)
        if self._owns_llm and close_llm:
            close_llm()
        if self._owns_library:
            self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def sent_by(library: Library) -> str | None:
    """The host that a library's embedding sends texts to, None if they stay on this machine."""
    remote = library.fingerprint.embedding.startswith(OPENAI_EMBEDDINGS)
    return destination(read_settings().openai_base_url) if remote else None


def _closed(events: Generator[Event, None, None]) -> None:
    with suppress(ValueError):  # Still in its last step, in a thread that cannot be interrupted: it is freed after it.
        events.close()


class Conversation:
    """Questions that may lean on the ones before. One reader's; not shared."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.history: list[str] = []

    def ask(self, question: str) -> Answer:
        return finished(self.stream(question))

    def stream(self, question: str) -> Generator[Event, None, None]:
        """As Assistant.stream; the question counts as asked once its answer is finished."""
        yield from self._assistant.stream(question, tuple(self.history))
        self.history.append(question)


def open_llm(settings: Settings) -> "LLM | None":
    """The model that the settings name: embedded, none, or a server's. With a key or a server set, that is the default."""
    from rag.llm import model_files

    name = settings.llm
    if name == "none":
        return None
    remote = settings.openai_api_key or settings.openai_base_url
    if settings.local and remote and destination(settings.openai_base_url):
        if name and model_files.find(name) is None:
            forbid(f"The model {name!r}", destination(settings.openai_base_url))
        remote = None
    embedded = model_files.find(name) if name else None if remote else model_files.DEFAULT
    if embedded:
        from rag.llm.embedded import EmbeddedLLM

        return EmbeddedLLM(model_files.obtain(embedded, settings.model_file), embedded.name)
    if name and not remote:
        raise ModelError(
            f"There is no embedded model {name!r}. Choose {', '.join(repr(m.name) for m in model_files.MODELS)} or 'none', or "
            "set OPENAI_API_KEY or OPENAI_BASE_URL to use a server's."
        )
    from rag.llm.client import open_remote

    key = settings.openai_api_key
    return open_remote(name, key.get_secret_value() if key else None, settings.openai_base_url)
