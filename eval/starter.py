"""What one would otherwise build in an afternoon: LlamaIndex's VectorStoreIndex over Chroma with CitationQueryEngine.

Everything is at LlamaIndex's defaults; the embedding, the language model, the articles and the questions are the same
as ours. LlamaIndex does not keep conversations in this engine: each question is asked as it stands. Its answer is read
with goodwill: every [n] that names a source becomes a citation of that whole source, and a plain statement that the
sources do not help counts as declining.
"""

import math
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cases import Case
from eval.engines import DEPTH, settings_of
from eval.metrics.matching import plain
from eval.metrics.rule_support import markers_of
from eval.metrics.text_words import fold, language_of
from eval.reply_records import Found, Reply
from index.articles import Article
from rag.answer import Answer, Citation, Models, Status, Timings, Usage

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.schema import NodeWithScore

    from index import Library

_SLICE = 5000  # Chroma takes 5461 records at once, and LlamaIndex hands it more.
_HEADER = re.compile(r"\ASource \d+:\n")

DECLINES = re.compile(
    r"""none\ of\ the\ (provided\ |given\ )?(sources|articles|documents)
    | (sources?|information|context|text|articles?|passages?|documents?)(\ \w+)?\ (do|does|did|can)(\ not|n't|not)\b
    | \bno\ (\w+\ )?(information|mention|sources?|answer|evidence)\b
    | \bnot\ (explicitly\ |directly\ )?(mentioned|specified|provided|stated|available|found|given|helpful|enough)\b
    | \b(cannot|can't|can\ not|unable\ to|could\ not|not\ possible\ to)\ (be\ )?(answer|determine|find|provide)
    | \bi\ (do\ not|don't)\ (know|have)
    | \baucune?\ (des\ )?(source|information|mention|reponse)
    | \b(sources?|articles?|textes?|passages?|informations?)(\ \w+)?\ ne\ 
    | \bn'(est|a)\ pas\ (\w+\ )?(mentionn|precis|indiqu|specifi|fourni|donn)
    | \bne\ (mentionn|precis|contien|fourni|permet|donn)\w*\ (pas|aucun)
    | \b(impossible|incapable)\ de\ (repondre|determiner|trouver)
    | \bje\ ne\ (sais|peux|trouve)\ pas""",
    re.VERBOSE,
)
"""Plain statements, English and French, that the sources do not hold the answer. Looked for in the first sentence."""

DIFFERS = re.compile(r"\b(sources?|articles?) (\w+ )?(differ|disagree|diverg|se contredis)|contradict|conflicting")
"""Plain statements that the sources do not agree."""


class Starter(AbstractContextManager["Starter"]):
    """The starter over the articles of a library. Its Chroma folder is temporary and goes when it is closed."""

    name = "starter"

    def __init__(self, library: "Library", llm: "LLM") -> None:
        from llama_index.core.query_engine import CitationQueryEngine

        articles, embedding = library.articles(), library.embedding
        self._articles = {article.id: article for article in articles}
        self._folder = tempfile.TemporaryDirectory(prefix="onrecord-starter-")
        index = _index(articles, embedding, Path(self._folder.name))
        self._engine = CitationQueryEngine.from_args(index, llm=llm)
        self._ranking = index.as_retriever(similarity_top_k=DEPTH)
        self._models = Models(llm.metadata.model_name, embedding.model_name)
        self.settings = {**settings_of(library, llm), "llama_index": metadata.version("llama-index-core")}

    def answer(self, case: Case) -> Reply:
        started = time.perf_counter()
        counts: list[tuple[int, int]] = []
        with _counting(counts):
            response = self._engine.query(case.question)
        total = time.perf_counter() - started
        usage = Usage(sum(read for read, _ in counts), sum(written for _, written in counts))
        answer = self._read(case.question, _said(response), response.source_nodes, total, usage)
        started = time.perf_counter()
        nodes = self._ranking.retrieve(case.question)
        return Reply(answer, tuple(self._place(node) for node in nodes), time.perf_counter() - started)

    def __exit__(self, *raised: object) -> None:
        self._folder.cleanup()

    def _read(self, question: str, text: str, nodes: Sequence["NodeWithScore"], total: float, usage: Usage) -> Answer:
        """Its reply as an Answer. Nothing is shown before all of it is there, so first token and total are the same."""
        sources = [_HEADER.sub("", node.node.get_content()).strip() for node in nodes]
        cited = [marker for marker in markers_of(text) if 1 <= marker <= len(nodes)]
        citations = tuple(self._citation(marker, nodes[marker - 1], sources[marker - 1]) for marker in cited)
        status = status_of(text, len(cited))
        return Answer(
            question=question,
            standalone_question=question,
            language=language_of(text) or "en",
            status=status,
            text=plain(text) if status == "not_found" else text,
            models=self._models,
            citations=() if status == "not_found" else citations,
            usage=usage,
            timings=Timings(first_evidence_s=total, first_token_s=total, total_s=total),
        )

    def _citation(self, marker: int, node: "NodeWithScore", quote: str) -> Citation:
        article = self._articles[str(node.node.ref_doc_id)]
        start = max(article.text.find(quote), 0)  # Where it is not found, it will not verify either.
        return Citation(
            marker, article.id, article.title, article.publisher, article.author, article.url, article.published,
            article.language, quote, start, start + len(quote),
        )  # fmt: skip

    def _place(self, node: "NodeWithScore") -> Found:
        article = self._articles[str(node.node.ref_doc_id)]
        text = node.node.get_content().strip()
        start = max(article.text.find(text), 0)
        return Found(article.id, start, start + len(text), _cosine(node.score or 0.0))


def _cosine(score: float) -> float:
    """LlamaIndex gives exp(-distance) and Chroma, at its defaults, squared Euclidean distance of unit vectors."""
    return round(max(-1.0, 1 + math.log(score) / 2), 6) if score > 0 else -1.0


def _said(response: object) -> str:
    """Its text; [Source 4] and [Source 1, Source 2], which small models write, are the markers they mean."""
    text = re.sub(r"\[Sources? ?\d[^\]]*\]", lambda found: re.sub(r"Sources? ?", "", found[0]), str(response)).strip()
    return "" if text == "Empty Response" else text


def status_of(text: str, cited: int) -> Status:
    """What the starter's words amount to, by DECLINES and DIFFERS."""
    first = fold(re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0])
    if not text or DECLINES.search(first):
        return "not_found"
    return "conflict" if cited > 1 and DIFFERS.search(fold(text)) else "answered"


def _index(articles: Sequence[Article], embedding: "BaseEmbedding", folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(client.create_collection("starter", embedding_function=None))
    documents = [Document(text=article.text, metadata={"title": article.title}, id_=article.id) for article in articles]
    nodes = SentenceSplitter().get_nodes_from_documents(documents)
    index = VectorStoreIndex(
        [], storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedding
    )
    for start in range(0, len(nodes), _SLICE):
        index.insert_nodes(nodes[start : start + _SLICE])
    return index


@contextmanager
def _counting(counts: list[tuple[int, int]]) -> Iterator[None]:
    """Notes the tokens of every language model call that is made meanwhile, as the model's server counts them."""
    from llama_index.core.callbacks.token_counting import get_tokens_from_response
    from llama_index.core.instrumentation.events.llm import LLMChatEndEvent
    from llama_index_instrumentation import get_dispatcher
    from llama_index_instrumentation.base import BaseEvent
    from llama_index_instrumentation.event_handlers import BaseEventHandler

    class Counter(BaseEventHandler):
        def handle(self, event: BaseEvent, **kwargs: Any) -> None:
            if isinstance(event, LLMChatEndEvent) and event.response:
                counts.append(get_tokens_from_response(event.response))

    root, counter = get_dispatcher(), Counter()
    root.add_event_handler(counter)
    try:
        yield
    finally:
        root.event_handlers.remove(counter)
