"""The architecture as the design has it: imports go one way, and each third-party library has one home."""

import ast
import re
from collections import Counter
from functools import cache

import pytest
from conftest import ROOT

from docs import draw_architecture as drawing

# What each package may import of the others.
BELOW = {"index": set(), "rag": {"index"}, "eval": {"rag", "index"}, "ui": {"rag", "index"}}
ALSO = {"ui/cli/setup_commands.py": {"eval"}}  # the command line alone runs evaluations
HOMES = {
    "babel": {
        "index/text/months.py",
        "index/text/place_names.py",
        "index/ingest/pubdates.py",
        "rag/verify/dates.py",
        "rag/verify/places.py",
        "rag/verify/units.py",
        "rag/write/days.py",
    },
    "chromadb": {"index/store/vectors.py", "eval/starter.py"},  # the starter is what people would build instead
    "dateparser": {"index/ingest/pubdates.py"},
    "feedparser": {"index/ingest/feeds.py"},
    "filelock": {"index/lock.py"},
    "htmldate": {"index/ingest/pages.py"},
    # For a change of a network; what runs does not need it.
    "onnx": {"index/embedding/build_graph.py", "rag/reader/training/to_onnx.py"},
    "onnxruntime": {"index/embedding/e5.py"},
    "py3langid": {"index/text/language.py"},
    "sqlite3": {"index/store/database.py", "index/store/schema.py", "index/store/sqlite.py", "ui/conversations.py"},
    "pypdf": {"index/ingest/pdf.py"},
    "ssrfguard": {"index/ingest/web.py"},
    "rapidfuzz": {"index/text/spelling.py"},
    "rensa": {"index/text/near_copies.py"},
    "Stemmer": {"index/text/terms.py"},
    "tokenizers": {"index/embedding/token_table.py"},
    "text_to_num": {"rag/verify/number_words.py"},
    "trafilatura": {"index/ingest/pages.py"},
    "matplotlib": {"eval/report/plots.py"},
    "mcp": {"ui/server/mcp_server.py"},
    "openai": {"rag/llm/client.py"},
    "httpx": {"index/embedding/embedders.py", "rag/llm/client.py"},
    "pydantic_settings": {"rag/settings.py"},
    "xllamacpp": {"rag/llm/embedded.py"},
    "jinja2": {"ui/chat/template.py", "eval/report/report_page.py"},
}
PLACES = {
    "gradio": "ui",
    "typer": "ui/cli",
    "starlette": "ui",
    "llama_index": ("index", "rag", "eval"),
    "torch": "rag/reader/training",
    "tqdm": "rag/reader/training",
}
MEASURING = [path.stem for path in sorted((ROOT / "eval/metrics").glob("*.py"))]
FILES = {str(path.relative_to(ROOT)): path for package in BELOW for path in sorted((ROOT / package).glob("**/*.py"))}


@cache
def imported(path):
    """The full name of every module that a file imports, wherever in the file it does."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def tops(path):
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("name", FILES)
def test_imports_go_one_way(name):
    package = name.split("/")[0]
    allowed = {package} | BELOW[package] | ALSO.get(name, set())
    assert tops(FILES[name]) & BELOW.keys() <= allowed


@pytest.mark.parametrize("name", MEASURING)
def test_measures_use_nothing_of_what_they_measure_but_the_answer(name):
    used = {module for module in imported(FILES[f"eval/metrics/{name}.py"]) if module.split(".")[0] in ("rag", "index")}
    assert all(module.startswith(("rag.answer", "index.errors")) for module in used)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library):
    assert {name for name, path in FILES.items() if library in tops(path)} == HOMES[library]


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("rag/reader/training/")])
def test_what_trains_the_reader_is_imported_by_nothing_that_runs(name):
    assert not any(module.startswith("rag.reader.training") for module in imported(FILES[name]))


@pytest.mark.parametrize("library", PLACES)
def test_a_framework_keeps_to_its_packages(library):
    users = {name for name, path in FILES.items() if library in tops(path)}
    assert users and all(name.startswith(PLACES[library]) for name in users)


@pytest.mark.parametrize("name", FILES)
def test_the_frameworks_global_settings_are_not_used(name):
    forbidden = {"llama_index.core.Settings", "llama_index.core.settings", "llama_index.core.ServiceContext"}
    assert not forbidden & imported(FILES[name])


def test_every_package_is_shipped_and_every_shipped_package_is_looked_at():
    import tomllib

    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert set(shipped) == {str(path.parent.relative_to(ROOT)).replace("/", ".") for path in FILES.values()}


def test_no_module_imports_itself_in_a_ring():
    assert drawing.cycle(drawing.imports()) == ()


@pytest.mark.parametrize("package", BELOW)
def test_no_two_rooms_of_a_package_import_each_other(package):
    assert drawing.cycle(drawing.rooms(package)) == ()


def test_a_ring_is_found():
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("bd"), "d": frozenset()}
    assert drawing.cycle(graph) == ("b", "c", "b") and drawing.cycle({**graph, "c": frozenset("d")}) == ()


def test_a_modules_name_is_in_the_repository_once():
    files = [*FILES.values(), *(ROOT / "benchmarks").glob("*.py")]
    names = Counter(path.stem for path in files if not path.stem.startswith("__"))
    assert not [name for name, times in names.items() if times > 1]


def test_the_picture_shows_the_code_as_it_is():
    """All but the counts of lines must agree; those may be off by two hundred."""
    counts, shapes = [], []
    for drawn in (drawing.PICTURE.read_text("utf-8"), drawing.picture()):
        counts.append([int(count.replace(",", "")) for count in re.findall(r"([\d,]+) lines", drawn)])
        shapes.append(re.sub(r"[\d,]+ lines", "", drawn))
    assert shapes[0] == shapes[1], "Run: make architecture"
    assert all(abs(old - new) <= 200 for old, new in zip(*counts, strict=True)), "Run: make architecture"


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/decisions.md", "CONTRIBUTING.md"])
def test_a_page_for_contributors_names_files_that_exist(page):
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"`((?:index|rag|ui|eval|tests|docs|benchmarks)/[\w/]+(?:\.\w+|/))`", text))
    assert named and not [name for name in named if not (ROOT / name).exists()]
