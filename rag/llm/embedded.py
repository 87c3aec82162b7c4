"""The embedded language model: llama.cpp in this process through xllamacpp (its one home file), as a LlamaIndex LLM."""

import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM
from pydantic import PrivateAttr

from index.errors import ModelError
from rag.llm.pieces import Pieces

CONTEXT_TOKENS = 4_096
_BATCH_TOKENS = 128
"""The engine looks up between batches: this many tokens at the most are read after a reader has left."""


class EmbeddedLLM(CustomLLM):
    """A GGUF file run on this machine's processor. Greedy: the same prompt gives the same words.

    One answer at a time; a second caller waits. Its `raw` chunks are OpenAI's, so that usage and finish reasons are read
    alike from every model. Closing the stream stops the engine.
    """

    path: Path
    model_name: str
    max_tokens: int = 256
    _server: Any = PrivateAttr()
    _closing: threading.Event = PrivateAttr(default_factory=threading.Event)
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, path: Path, model_name: str, **kwargs: Any) -> None:
        super().__init__(path=path, model_name=model_name, **kwargs)
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = _BATCH_TOKENS
        params.no_extra_bufts = True  # Repacked weights write a quarter faster and read slower, for 600 MB more memory.
        params.cpuparams.poll = params.cpuparams_batch.poll = 0  # Waiting threads sleep: as fast, and others can work.
        params.cache_ram_mib = 0  # It would keep every prompt that it has read, up to 8 GB.
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.endpoint_metrics = True
        params.api_keys = [secrets.token_hex(16)]  # The engine opens a port on the loopback: nobody else may use it.
        try:
            self._server = xllamacpp.Server(params)
            self._server.handle_metrics()  # Its loop has run once this returns; to close it before would hang for ever.
        except RuntimeError as error:
            raise ModelError(f"The model file {str(path)!r} cannot be loaded ({error}).") from error

    @classmethod
    def class_name(cls) -> str:
        return "EmbeddedLLM"

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=CONTEXT_TOKENS, num_output=self.max_tokens, is_chat_model=True, model_name=self.model_name
        )

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        reply = ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=""))
        for growing in self.stream_chat(messages, **kwargs):  # Streamed, so that close() can stop it.
            reply = growing
        return reply

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        request = _request(messages, self.max_tokens, kwargs)

        def responses() -> ChatResponseGen:
            text = ""
            for chunk in self._chunks(request):
                choices = chunk.get("choices", []) if chunk else []  # No chunk: nothing new, or not yet our turn.
                delta = next((choice["delta"].get("content") or "" for choice in choices), "")
                text += delta
                message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                yield ChatResponse(message=message, delta=delta, raw=chunk)

        return responses()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=reply.message.content or "", raw=reply.raw)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        stream = self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)

        def responses() -> CompletionResponseGen:
            for reply in stream:
                yield CompletionResponse(text=reply.message.content or "", delta=reply.delta, raw=reply.raw)

        return responses()

    def close(self) -> None:
        """Stop what is being read or written, and wait until the engine rests: leaving it at work ends in a crash."""
        self._closing.set()
        with self._turn:
            self._server = None

    def _chunks(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        """The engine calls back from its own loop; a thread and a queue turn that into an iterator that can be closed."""
        chunks = Pieces()
        closed = threading.Event()
        streaming = {**request, "stream": True, "stream_options": {"include_usage": True}, "return_progress": True}

        def receive(chunk: Any) -> bool:
            chunks.put(chunk)
            return closed.is_set() or self._closing.is_set()

        def run() -> None:
            try:
                with self._turn:
                    if self._closing.is_set():
                        raise ModelError("it has been closed")
                    if not closed.is_set():
                        self._server.handle_chat_completions(streaming, receive)
                chunks.end()
            except Exception as error:
                failure = ModelError(f"The embedded model failed: {error}")
                failure.__cause__ = error
                chunks.end(failure)

        thread = threading.Thread(target=run, name="llama.cpp", daemon=True)
        thread.start()
        try:
            for chunk in chunks:
                yield _checked(chunk) if chunk is not None else None
        finally:
            closed.set()


def _request(messages: Sequence[ChatMessage], max_tokens: int, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
        "max_tokens": max_tokens,
        "temperature": 0,
        "cache_prompt": True,
        **options,
    }


def _checked(reply: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(reply) if isinstance(reply, str | bytes) else reply
    if "error" in value:
        raise ModelError(f"The embedded model failed: {value['error'].get('message', value['error'])}")
    return value
