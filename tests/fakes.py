"""Stand-ins for models: a deterministic embedding in which shared words mean likeness, and a model that says what it is told."""

import hashlib
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
from llama_index.core.llms.custom import CustomLLM
from pydantic import PrivateAttr

from index.terms import query_terms

DIMENSION = 256


class WordEmbedding(BaseEmbedding):
    """Each stem of a text adds to one of 256 places, so that texts that share words have a cosine above zero.

    The floor is what every place holds before that. At 1.0 all texts are near each other, as they are to E5: there no
    question is declined for being far from the articles.
    """

    model_name: str = "words-256"
    floor: float = 0.001
    _embedded: list[str] = PrivateAttr(default_factory=list)

    @property
    def embedded(self) -> list[str]:
        """Every text that was embedded for storing."""
        return self._embedded

    def _vector(self, text: str) -> list[float]:
        vector = [self.floor] * DIMENSION
        for term in query_terms(text):
            vector[int(hashlib.md5(term.encode()).hexdigest(), 16) % DIMENSION] += 1.0
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        self._embedded.append(text)
        return self._vector(text)


class ScriptedLLM(CustomLLM):
    """Replies with the queued texts in turn, in pieces of a few characters; `history` holds what it was sent."""

    script: list[str]
    broken_off: bool = False
    _history: list[list[ChatMessage]] = PrivateAttr(default_factory=list)

    @property
    def history(self) -> list[list[ChatMessage]]:
        return self._history

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=True, context_window=4096)

    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        self._history.append(list(messages))
        text = self.script.pop(0)

        def responses() -> Any:
            for at in range(0, len(text), 5):
                said = ChatMessage(role=MessageRole.ASSISTANT, content=text[: at + 5])
                yield ChatResponse(message=said, delta=text[at : at + 5], raw={"choices": [{"finish_reason": None}]})
            if not self.broken_off:
                usage = {"prompt_tokens": 10, "completion_tokens": len(text) // 4}
                raw = {"choices": [{"finish_reason": "stop"}], "usage": usage}
                yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta="", raw=raw)

        return responses()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.script.pop(0))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        yield self.complete(prompt)
