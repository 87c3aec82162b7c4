"""The assistant and the library as LlamaIndex sees them: engine, retriever, nodes, events."""

import asyncio

import pytest
from fakes import ScriptedLLM
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer

from index.errors import QuestionError
from rag import open_assistant

QUESTION = "How many years after its initial unveiling does the Roadster remain in design development?"
TRUE = "The Roadster remains in design development nearly 7.5 years after its initial unveiling [1]."
TWO = f"{TRUE} Musk countered on his social media platform X [1]."


def engine(archive, reply=TRUE, **options):
    return open_assistant(archive, ScriptedLLM(script=[reply] * 4)).as_query_engine(**options)


class Recorder(BaseEventHandler):
    seen: list[str] = []  # noqa: RUF012 - pydantic gives each its own

    def handle(self, event, **kwargs):
        self.seen.append(event.class_name())


@pytest.fixture
def recorder():
    handler, dispatcher = Recorder(), get_dispatcher()
    dispatcher.add_event_handler(handler)
    yield handler
    dispatcher.event_handlers.remove(handler)


def test_a_response_carries_the_answer_and_its_sentences(archive):
    response = engine(archive).query(QUESTION)
    answer = response.metadata["answer"]
    assert isinstance(response, Response) and str(response) == answer.text
    assert answer.status == "answered" and len(response.source_nodes) == len(answer.citations)
    for source, citation in zip(response.source_nodes, answer.citations, strict=True):
        node = source.node
        article = archive.article(node.metadata["article_id"])
        assert article.text[node.start_char_idx : node.end_char_idx] == node.text == citation.quote
        assert (node.metadata["marker"], node.metadata["title"]) == (citation.marker, article.title)


def test_what_is_not_there_still_offers_nodes(archive):
    response = engine(archive, "NOT FOUND").query("Who is the CEO of Ford?")
    assert response.metadata["answer"].status == "not_found"
    assert response.source_nodes and all(node.metadata["marker"] == 0 for node in response.source_nodes)


def test_an_asynchronous_query_gives_the_same(archive):
    expected = engine(archive).query(QUESTION)
    response = asyncio.run(engine(archive).aquery(QUESTION))
    assert str(response) == str(expected) and response.metadata["answer"].citations


def test_streaming_yields_checked_sentences_that_join_to_the_text(archive):
    response = engine(archive, TWO, streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    answer, pieces = response.metadata["answer"], list(response.response_gen)
    assert "".join(pieces) == answer.text and len([piece for piece in pieces if piece]) == len(answer.claims) == 2
    assert response.source_nodes


def test_an_error_is_ours(archive):
    with pytest.raises(QuestionError):
        engine(archive).query("  ")


def test_events_are_told_to_who_listens(archive, recorder):
    engine(archive).query(QUESTION)
    archive.as_retriever().retrieve(QUESTION)
    assert {"QueryStartEvent", "QueryEndEvent", "RetrievalStartEvent", "RetrievalEndEvent"} <= set(recorder.seen)


def test_a_retriever_gives_chunks_with_their_articles_and_offsets(archive):
    nodes = archive.as_retriever(k=3).retrieve("Roadster design development unveiling")
    assert len(nodes) == 3
    for found in nodes:
        article = archive.article(found.node.metadata["article_id"])
        assert article.text[found.node.start_char_idx : found.node.end_char_idx] == found.node.text
        assert found.node.metadata["title"] == article.title and -1 <= found.score <= 1
    later = asyncio.run(archive.as_retriever(k=3).aretrieve("Roadster design development unveiling"))
    assert [node.node_id for node in later] == [node.node_id for node in nodes]
    assert len({node.node_id for node in nodes}) == 3


def test_the_retriever_works_in_an_engine_of_llamaindex(archive):
    llm = ScriptedLLM(script=["Seven and a half years."] * 3)
    theirs = RetrieverQueryEngine(archive.as_retriever(k=2), get_response_synthesizer(llm=llm))
    response = theirs.query(QUESTION)
    assert str(response) == "Seven and a half years." and len(response.source_nodes) == 2
