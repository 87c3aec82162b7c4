"""Every test: no network but the loopback, no key, and no library or cache of the person who runs it."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # tests/ is no package: its helpers are modules of their own

for name in (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ONRECORD_LIBRARY",
    "ONRECORD_LLM",
    "ONRECORD_MODEL_FILE",
    "ONRECORD_CHROMA",
    "ONRECORD_AUTH",
    "ONRECORD_LOCAL",
    "ONRECORD_MAX_TOKENS",
):
    os.environ.pop(name, None)

settings.register_profile("any machine", deadline=None)  # A busy one is slow, which is no fault of what is tested.
settings.load_profile("any machine")

# A shell's job in the background ignores Ctrl-C, and hands that on to every process that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
# Questions on the example articles in other words than theirs, which a reader that counts shared words does not understand.
FOUND = {
    "How long was the Roadster delayed?": r"7\.5[ -]years?",
    "How long was the Roadster delayed? And how long is that?": r"7\.5 years",
    "Combien de temps la Roadster a-t-elle été retardée ?": "7,5 ans",
}
LEANS = {"And how long is that?": 0.1}
EXAMPLES = ROOT / "examples" / "articles"


SLOW_MARKS = ("models", "browser", "long")
SLOW_FIXTURES = {"example_library", "real_llm"}
SLOW_NAMES = {"subprocess", "served", "sync_playwright", "open_page"}
"""A test that uses one of these names starts a process, a page or a browser."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark as `slow` what uses the real models, a browser, the page or a process of its own; `make test-fast` leaves it out."""
    for item in items:
        if (
            any(map(item.get_closest_marker, SLOW_MARKS))
            or SLOW_FIXTURES & set(item.fixturenames)
            or _starts_more(item)
        ):
            item.add_marker("slow")


def _starts_more(item):
    fixtures = [defined[-1].func for defined in item._fixtureinfo.name2fixturedefs.values()]
    seen, waiting = set(), [item.function, *fixtures]
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        names = set(_names(function.__code__))
        if names & SLOW_NAMES:
            return True
        waiting += [function.__globals__.get(name) for name in names]
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Assistants read with a stand-in that needs no weights, but in tests that are marked `models`."""
    from fakes import FakeReader

    from rag import assistant
    from rag.reader import runtime

    marked = item.get_closest_marker("models")
    assistant.open_reader = runtime.open_reader if marked else lambda: FakeReader(words=FOUND, answered=LEANS)


@pytest.fixture
def library(tmp_path):
    """An empty library with the deterministic embedding."""
    from fakes import WordEmbedding

    from index import Library

    with Library.open(tmp_path / "library", embedding=WordEmbedding()) as opened:
        yield opened


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The example articles, each of them near every question; a test file may have its own."""
    from fakes import WordEmbedding

    from index import Library

    embedding = WordEmbedding(model_name="words-256-near", floor=1.0)
    with Library.open(tmp_path_factory.mktemp("archive") / "library", embedding=embedding) as library:
        assert not library.add([EXAMPLES]).failed
        yield library


@pytest.fixture(scope="module")
def chrome():
    from browser import browser

    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address():
    """A page that answers at once, shared by the tests that need no more."""
    from browser import served
    from page_fakes import ScriptedAssistant

    with served(ScriptedAssistant()) as address:
        yield address


@pytest.fixture
def gated():
    """A page whose assistant takes one step for every release of `assistant.gate`."""
    from browser import served
    from page_fakes import ScriptedAssistant

    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    with served(assistant) as assistant.address:
        yield assistant
        assistant.gate.release(1000)


@pytest.fixture(scope="session")
def example_library(tmp_path_factory):
    """The two example articles in a real Chroma with the real embedding."""
    from index import Library

    with Library.open(tmp_path_factory.mktemp("examples") / "library") as opened:
        assert not opened.add([EXAMPLES]).failed
        yield opened


@pytest.fixture(scope="session")
def real_llm():
    """The embedded model, loaded once."""
    from rag.assistant import open_llm
    from rag.settings import read_settings

    return open_llm(read_settings(ONRECORD_LLM="qwen2.5-coder-1.5b"))
