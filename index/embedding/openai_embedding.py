"""OpenAI-compatible embedding servers: check the reply, restore the order of its vectors, map errors to ours."""

import asyncio
from collections.abc import Sequence

from llama_index.embeddings.openai import OpenAIEmbedding

from index.errors import ModelError, ModelKeyError, ModelUnavailableError


class ServerEmbedding(OpenAIEmbedding):
    """An embedding on a server. Errors do not quote the server, whose text may repeat the key.

    Only the client retries: LlamaIndex would retry for minutes, and trusts the order of the vectors.
    """

    @classmethod
    def class_name(cls) -> str:
        return "OpenAIEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._rows([query], self._query_engine)[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._rows([text], self._text_engine)[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._rows(texts, self._text_engine)

    def _rows(self, texts: Sequence[str], engine: str) -> list[list[float]]:
        lines = [text.replace("\n", " ") for text in texts]
        try:
            reply = self._get_client().embeddings.create(input=lines, model=engine, **self.additional_kwargs)
            rows = sorted((int(row.index), [float(number) for number in row.embedding]) for row in reply.data)
        except Exception as error:  # openai's and httpx's errors, and those of malformed replies.
            raise _as_model_error(error) from None
        if [index for index, _ in rows] != list(range(len(texts))):
            raise ModelError(
                f"The embedding server returned {len(rows)} vectors for {len(texts)} texts, not one for each: nothing was "
                "stored. Check the embedding server."
            )
        return [row for _, row in rows]


def _as_model_error(error: Exception) -> ModelError:
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return ModelKeyError(
            f"The embedding server refused the key (status {status}). Set OPENAI_API_KEY to a valid key."
        )
    if status is not None:
        return ModelUnavailableError(f"The embedding server answered with status {status}. Try again later.")
    return ModelUnavailableError(
        f"The embedding server cannot be reached, or its reply is not what OpenAI's API gives ({type(error).__name__}). "
        "Check the network, and try again."
    )
