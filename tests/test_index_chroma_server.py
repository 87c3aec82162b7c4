"""Vectors in a real Chroma server on the loopback: the same answers, several processes, and errors instead of silence."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fakes import WordEmbedding
from test_index_durability import READ, child, records

from index import Library
from index.errors import LibraryLockedError, SettingsError, VectorServerError
from index.store.health import examine
from index.store.rebuild import rebuild_library, rebuild_vectors
from index.store.vectors import ServerVectors

QUESTIONS = ("Onlystory1x0", "harbour council budget", "the ferry and the bridge")


@contextlib.contextmanager
def chroma_server(folder):
    """A Chroma server on a free port of the loopback; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        Path(sys.executable).parent / "chroma",
        "run",
        "--path",
        folder,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with chroma_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A loaded machine is slow to answer; what must be quick says so itself."""
    monkeypatch.setattr(ServerVectors, "limit", 60.0)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "library"


def open_library(folder, **options):
    return Library.open(folder, embedding=WordEmbedding(), **options)


def found(library):
    return [[hit.chunk.id for hit in library.search(question)] for question in QUESTIONS]


def test_a_server_gives_the_answers_that_the_folder_gives(server, folder, tmp_path):
    stories = records(tmp_path / "stories.jsonl", 12, paragraphs=2)
    with open_library(tmp_path / "embedded") as library:
        library.add([stories])
        expected = found(library)
    with open_library(folder, chroma=server) as library:
        library.add([stories])
        assert found(library) == expected
        library.remove(["story3"])
        assert library._vectors.writable().ids() == library._database.all_chunk_ids()
    assert not (folder / "chroma").exists()


def test_two_processes_search_while_one_adds(server, folder, tmp_path):
    with open_library(folder, chroma=server) as writer:
        writer.add([records(tmp_path / "stories.jsonl", 4)])
        code = READ.replace("read_only=eval(sys.argv[2])", "read_only=True, chroma=sys.argv[3]")
        with open_library(folder, chroma=server, read_only=True) as reader:
            assert isinstance(reader._vectors.index(), ServerVectors)
            for n in range(3):
                writer.add([records(tmp_path / f"more{n}.jsonl", 1, f"more{n}x")])
                assert reader.search(f"Onlymore{n}x0x0")[0].article.id == f"more{n}x0"
            assert child(code, folder, True, server) == ["True 7 7"]
        with pytest.raises(LibraryLockedError):
            open_library(folder, chroma=server)


def test_vectors_move_between_the_folder_and_a_server(server, folder, tmp_path):
    with open_library(folder) as library:
        library.add([records(tmp_path / "stories.jsonl", 4)])
        expected = found(library)
    with open_library(folder, chroma=server, read_only=True) as reader:  # Brings them there, since nobody else writes.
        assert found(reader) == expected and isinstance(reader._vectors.index(), ServerVectors)
    with open_library(folder) as library:  # As many come and go, so that counts alone would not tell.
        library.remove(["story1"])
        library.add([records(tmp_path / "more.jsonl", 1, "more")])
    with open_library(folder, chroma=server) as library:
        library.sync_vectors()
        assert library._vectors.writable().ids() == library._database.all_chunk_ids()
        assert library.search("Onlymore0x0")[0].article.id == "more0"


def test_what_the_server_lost_is_brought_back(server, folder, tmp_path, caplog):
    with open_library(folder, chroma=server) as library:
        library.add([records(tmp_path / "stories.jsonl", 6)])
        expected = found(library)
        library._vectors.writable().drop()
    assert "rebuild --vectors" in examine(folder, server).vector_flaws[0].advice
    with open_library(folder, chroma=server) as library:
        assert found(library) == expected
    assert "rebuilt from library.db" in caplog.text
    assert not examine(folder, server).vector_flaws
    assert rebuild_vectors(folder, server) == 6


def test_a_reader_follows_a_rebuild(server, folder, tmp_path):
    with open_library(folder, chroma=server) as library:
        library.add([records(tmp_path / "stories.jsonl", 4)])
    with open_library(folder, chroma=server, read_only=True) as reader:
        expected = found(reader)
        assert rebuild_library(folder, WordEmbedding(), chroma=server) == 4
        assert found(reader) == expected


def test_without_a_server_there_is_an_error_within_the_limit_and_never_an_empty_result(folder, tmp_path, monkeypatch):
    with chroma_server(tmp_path / "served") as address, open_library(folder, chroma=address) as library:
        library.add([records(tmp_path / "stories.jsonl", 2)])
    for read_only in (True, False):
        with (
            open_library(folder, chroma=address, read_only=read_only) as library,
            pytest.raises(VectorServerError, match="chroma run"),
        ):
            library.search("harbour")
    with open_library(folder, chroma=address) as library, pytest.raises(VectorServerError):
        library.add([records(tmp_path / "more.jsonl", 1, "more")])
    assert examine(folder, address).vector_flaws
    with open_library(folder) as library:  # Its own folder does as well.
        assert len(library.articles()) == 2 and library.search("harbour")


def test_a_server_that_stops_at_work_loses_nothing(folder, tmp_path):
    served = tmp_path / "served"
    with chroma_server(served) as address:
        library = open_library(folder, chroma=address)
        library.add([records(tmp_path / "stories.jsonl", 3)])
    with library:
        with pytest.raises(VectorServerError):
            library.add([records(tmp_path / "more.jsonl", 1, "more")])
        with pytest.raises(VectorServerError):
            library.search("harbour")
        assert len(library.articles()) == 3


def test_a_server_that_never_replies_is_given_up_within_the_limit(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(ServerVectors, "limit", 0.5)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        began = time.perf_counter()
        with pytest.raises(VectorServerError, match=r"no reply within 0\.5 s"):
            ServerVectors(address, "onrecord-any")
        assert time.perf_counter() - began < 30  # The limit, and the import of Chroma on a loaded machine.
    assert threading.active_count() < 50


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "nonsense"])
def test_an_address_that_is_none_is_refused(folder, address):
    with pytest.raises(SettingsError, match="http://127"):
        ServerVectors(address, "onrecord-any")


def test_a_password_in_the_address_is_not_shown():
    with pytest.raises(VectorServerError) as refused:
        ServerVectors("http://desk:secret@127.0.0.1:9", "onrecord-any")
    assert "secret" not in str(refused.value) and "127.0.0.1:9" in str(refused.value)


def test_the_setting_reaches_the_library_from_the_command_line(server, tmp_path):
    shutil.copy(records(tmp_path / "stories.jsonl", 1), tmp_path / "one.jsonl")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "ONRECORD_CHROMA": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "ui", "--library", str(tmp_path / "library"), "--chroma", server, "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert "none yet" in done.stdout
    command = [sys.executable, "-m", "ui", "--library", str(tmp_path / "library"), "add", str(tmp_path / "one.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 1 and "Chroma server http://127.0.0.1:9" in done.stderr and done.stderr.count("\n") == 1
