"""What leaves the machine is said, and nothing does with --local."""

import asyncio

import pytest
from fakes import FakeReader, ScriptedLLM, WordEmbedding
from openai_server import openai_server
from typer.testing import CliRunner

from index import Library
from index.addresses import destination
from index.articles import Article
from index.embedding.embedders import open_embedding
from index.errors import SettingsError
from rag import open_assistant
from rag.assistant import open_llm
from rag.events import Working, finished
from rag.llm.client import open_remote
from rag.settings import read_settings
from ui.cli import app

LATE = "How many months late is the ferry Aurora?"
FIVE = "The ferry Aurora is 5 months late, Nordlink said."
TRUE = "The ferry Aurora is 5 months late [1]."


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as opened:
        opened.store(Article("ferry", "The ferry", FIVE, "en", "ferry"))
        yield opened


@pytest.mark.parametrize(
    ("address", "host"),
    [(None, "api.openai.com"), ("http://127.0.0.1:8080/v1", None), ("http://[::1]:1/v1", None), ("http://localhost/v1", None),
     ("https://llm.example.org/v1", "llm.example.org"), ("10.0.0.7:8000", "10.0.0.7"), ("cloud", "cloud")],
)  # fmt: skip
def test_where_an_address_leads(address, host):
    assert destination(address) == host


def test_an_assistant_says_where_it_sends_texts(library):
    assert open_assistant(library, "none").sends_to == ()
    assert open_assistant(library, open_remote("m", "key", None)).sends_to == ("api.openai.com",)
    assert open_assistant(library, open_remote("m", "key", "http://127.0.0.1:9/v1")).sends_to == ()


def test_local_forbids_what_would_leave_whatever_keys_are_set(library, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0")
    monkeypatch.setenv("ONRECORD_LOCAL", "1")
    with pytest.raises(SettingsError, match=r"'gpt-5\.4-mini' would send texts to api\.openai\.com.*--local"):
        open_llm(read_settings(ONRECORD_LLM="gpt-5.4-mini"))
    with pytest.raises(SettingsError, match=r"Chroma.*chroma\.example"):
        open_assistant(library, "none", chroma="http://chroma.example:8000")
    with pytest.raises(SettingsError, match=r"text-embedding-3-small.*api\.openai\.com"):
        open_embedding("text-embedding-3-small")
    assert open_llm(read_settings(ONRECORD_LLM="none")) is None


def test_local_allows_a_server_on_this_machine(library, monkeypatch):
    with openai_server(reply=TRUE) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        monkeypatch.setenv("ONRECORD_LOCAL", "1")
        with open_assistant(library, reader=FakeReader()) as assistant:
            assert assistant.ask(LATE).text == TRUE


def test_the_doctor_says_whether_texts_leave(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0")
    told = CliRunner().invoke(app, ["--library", str(tmp_path), "doctor"]).output
    assert "questions and passages are sent to api.openai.com" in told
    monkeypatch.setenv("ONRECORD_LOCAL", "0")
    local = CliRunner().invoke(app, ["--local", "--library", str(tmp_path), "doctor"]).output
    assert "stay on this machine" in local


# Without blocking the event loop


def test_async_forms_give_what_the_others_give(library):
    assistant = open_assistant(library, ScriptedLLM(script=[TRUE, TRUE]), reader=FakeReader())

    async def asked():
        events = [event async for event in assistant.astream(LATE)]
        return finished(events), await assistant.aask(LATE), await assistant.acheck(FIVE)

    streamed, whole, check = asyncio.run(asked())
    assert streamed.text == whole.text == TRUE and check.sentences[0].verdict == "supported"


def test_leaving_an_async_stream_stops_the_model(library):
    assistant = open_assistant(library, llm := ScriptedLLM(script=[TRUE]), reader=FakeReader())

    async def left():
        stream = assistant.astream(LATE)
        async for event in stream:
            if llm.history:
                await stream.aclose()
                return event
        return None

    assert asyncio.run(left()) == Working("writing")
