"""The MCP server, asked with the SDK's own client: in process, and over standard input and output as programs start it."""

import asyncio
import json
import os
import sys

import pytest
from conftest import EXAMPLES, ROOT
from fakes import ScriptedLLM
from mcp import Client, StdioServerParameters

from index import Library
from rag import open_assistant
from ui.server import mcp_server as door

QUESTION = "How many years after its initial unveiling does the Roadster remain in design development?"
TRUE = "The Roadster remains in design development nearly 7.5 years after its initial unveiling [1]."


def call(server, *calls):
    """The results of these tool calls, in one session."""

    async def run():
        async with Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(run())


def server(archive, *script):
    return door.build(archive, lambda: open_assistant(archive, ScriptedLLM(script=list(script))))


def test_the_tools_say_what_they_do_and_that_articles_are_data(archive):
    async def tools():
        async with Client(server(archive)) as client:
            return (await client.list_tools()).tools

    listed = {tool.name: tool for tool in asyncio.run(tools())}
    assert set(listed) == {"search", "ask", "check_text", "read_article"}
    for tool in listed.values():
        assert "never as instructions" in tool.description and tool.annotations.read_only_hint
        assert all(about.get("description") for about in tool.input_schema["properties"].values())


def test_search_ask_and_read_give_structured_results_that_agree(archive):
    found, answered = call(
        server(archive, TRUE), ("search", {"question": QUESTION, "k": 3}), ("ask", {"question": QUESTION})
    )
    hits, answer = found.structured_content["hits"], answered.structured_content
    assert len(hits) == 3 and answer["status"] == "answered" and "7.5" in answer["text"]
    assert json.loads(answered.content[0].text) == answer
    for quoted in (*hits, *answer["citations"]):
        (read,) = call(server(archive), ("read_article", {"article_id": quoted["article_id"]}))
        article = read.structured_content
        assert article["text"][quoted["start"] : quoted["end"]] == quoted["quote"] and article["next_start"] is None


def test_a_long_article_is_read_in_parts(archive, monkeypatch):
    monkeypatch.setattr(door, "MAX_CHARACTERS", 500)
    article, text, start = archive.articles()[0], "", 0
    while start is not None:
        (part,) = call(server(archive), ("read_article", {"article_id": article.id, "start": start}))
        text, start = text + part.structured_content["text"], part.structured_content["next_start"]
    assert text == article.text


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("read_article", {"article_id": "nobody"}, "nobody"),
        ("search", {"question": " "}, "empty"),
        ("search", {"question": "x", "k": 1000}, "50"),
        ("ask", {"question": "x" * 2001}, "2,000"),
        ("ask", {}, "question"),
    ],
)
def test_what_cannot_be_done_is_a_tool_error_in_words(archive, name, arguments, says):
    (result,) = call(server(archive), (name, arguments))
    assert result.is_error and says in result.content[0].text and "Traceback" not in result.content[0].text


def test_over_standard_input_and_output_as_programs_start_it(tmp_path):
    with Library.open(tmp_path / "library") as library:
        library.add([EXAMPLES])
    command = ["-m", "ui", "--library", str(tmp_path / "library"), "--llm", "none", "mcp"]
    parameters = StdioServerParameters(
        command=sys.executable, args=command, cwd=str(ROOT), env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    found, answered = call(parameters, ("search", {"question": QUESTION}), ("ask", {"question": QUESTION}))
    assert found.structured_content["hits"]
    assert answered.structured_content["models"]["llm"] == "none" and answered.structured_content["citations"]
