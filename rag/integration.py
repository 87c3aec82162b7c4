"""The assistant as LlamaIndex sees it: a query engine whose response carries our Answer in its metadata."""

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response, StreamingResponse
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.answer import Answer, Citation

if TYPE_CHECKING:
    from rag.assistant import Assistant


class AssistantQueryEngine(BaseQueryEngine):
    """`response.source_nodes` are the cited sentences, `response.metadata["answer"]` is the whole Answer.

    Streaming yields the finished answer only, sentence by sentence: unchecked text never leaves as an answer.
    """

    def __init__(self, assistant: "Assistant", streaming: bool = False) -> None:
        super().__init__(callback_manager=None)
        self._assistant = assistant
        self._streaming = streaming

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        answer = self._assistant.ask(query_bundle.query_str)
        nodes, metadata = _nodes(answer), {"answer": answer}
        if self._streaming:
            return StreamingResponse(response_gen=_sentences(answer), source_nodes=nodes, metadata=metadata)
        return Response(response=answer.text, source_nodes=nodes, metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _sentences(answer: Answer) -> Generator[str, None, None]:
    """The answer's text in pieces that join to exactly that text."""
    at = 0
    for claim in answer.claims:
        yield answer.text[at : claim.end]
        at = claim.end
    yield answer.text[at:]


def _nodes(answer: Answer) -> list[NodeWithScore]:
    return [NodeWithScore(node=_node(citation), score=None) for citation in (answer.citations or answer.closest)]


def _node(citation: Citation) -> TextNode:
    about = {
        name: getattr(citation, name)
        for name in ("marker", "article_id", "title", "publisher", "url", "published", "language")
    }
    return TextNode(
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata={name: value for name, value in about.items() if value is not None},
    )
