"""LlamaIndex embeddings: multilingual-e5-small, which comes with onrecord, or OpenAI's."""

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
"""Texts whose vectors are cached, about 40 MB: answering embeds the sentences of the passages again and again."""
_QUESTION = 128
"""Larger batches are articles being added, which would only fill the cache."""


class E5Embedding(BaseEmbedding):
    """multilingual-e5-small in 4 bits, in process: 384 dimensions, unit length, English and French among a hundred.

    Texts get the prefixes "query: " and "passage: ", as in training (Wang et al., 2024,
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
        """The number of tokens of a stored text, its prefix included."""
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
    """Whether `open_embedding` knows that name."""
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
    """An identifier that changes whenever the vectors would, for the library's fingerprint.

    For the embedded model it contains the hash of the weights, not the version of the code that runs them: vectors of
    earlier engines have a cosine of at least .999 to these (docs/scaling.md).
    """
    if isinstance(embedding, E5Embedding):
        return IDENTITY
    return embedding.model_name


def _openai_embedding(name: str) -> BaseEmbedding:
    import os

    import httpx

    from index.embedding.openai_embedding import ServerEmbedding

    # LlamaIndex ignores OPENAI_BASE_URL and would send the articles to OpenAI.
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
        http_client=httpx.Client(follow_redirects=False, timeout=30.0),  # Texts must not be redirected to another host.
    )
