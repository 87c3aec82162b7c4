"""Damage and faults on a real library on disk: found when it is opened, mended from library.db or refused with the reason."""

import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from conftest import ROOT
from fakes import WordEmbedding
from page_fakes import answers

from index import Library
from index.errors import DamagedLibraryError, LibraryError, LibraryLockedError
from index.store.backup import back_up, restore_backup
from index.store.database import Database
from index.store.health import examine
from index.store.migrations import SCHEMA_VERSION
from index.store.rebuild import rebuild_library, rebuild_vectors
from ui.conversations import Conversations

CHUNKS = 1100
"""So many that Chroma has written its index files: up to 1,000 vectors are in its SQLite alone."""


_WORDS = (
    "harbour",
    "council",
    "budget",
    "ferry",
    "bridge",
    "minister",
    "engine",
    "delay",
    "river",
    "port",
    "strike",
    "vote",
)


def records(path, count, prefix="story", paragraphs=1):
    """A file of articles, each with a word that no other has."""
    rng = random.Random(prefix)

    def paragraph(n, p):
        return f"Only{prefix}{n}x{p} is here. " + " ".join(rng.choices(_WORDS, k=50)).capitalize() + "."

    lines = [
        {
            "id": f"{prefix}{n}",
            "title": f"{prefix} {n}",
            "text": "\n\n".join(paragraph(n, p) for p in range(paragraphs)),
        }
        for n in range(count)
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return path


def open_library(folder, **options):
    return Library.open(folder, embedding=WordEmbedding(), **options)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A closed library large enough for Chroma's index files; copied, never changed."""
    folder = tmp_path_factory.mktemp("large")
    with open_library(folder / "library") as library:
        library.add([records(folder / "stories.jsonl", CHUNKS // 20, paragraphs=20)])
        assert library.sync_vectors() >= CHUNKS
    assert list((folder / "library" / "chroma").glob("*/index_metadata.pickle")), "Chroma has not written its index"
    return folder / "library"


@pytest.fixture
def copy(large, tmp_path):
    return Path(shutil.copytree(large, tmp_path / "library"))


@pytest.fixture
def small(tmp_path):
    """A closed library of four articles."""
    with open_library(tmp_path / "library") as library:
        library.add([records(tmp_path / "stories.jsonl", 4)])
    return tmp_path / "library"


def assert_whole(folder, **options):
    """Every article is found by dense search as by lexical search, and Chroma holds what the library does."""
    with open_library(folder, **options) as library:
        ids, matrix = library._database.all_vectors()
        chroma = library._vectors.writable()
        assert chroma.ids() == set(ids)
        reached = {id for id, _ in chroma.nearest(matrix[0], len(ids))}
        assert len(reached) >= 0.85 * len(ids)  # Fresh from Chroma too, some of 1,100 are not reached from everywhere.
        first = library.articles()[0]
        assert first.id in {hit.article.id for hit in library.search(first.text.split()[0])}


def damage(path, how):
    content = bytearray(path.read_bytes())
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "emptied":
        path.write_bytes(b"")
    else:
        rng = random.Random(0)
        for _ in range(64):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)


CHROMA_FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "length.bin",
    "link_lists.bin",
    "index_metadata.pickle",
)


@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied", "bits flipped"])
@pytest.mark.parametrize("name", CHROMA_FILES)
def test_every_damage_to_chromas_files_is_found_and_mended(copy, name, how, caplog):
    (path,) = (copy / "chroma").glob(f"**/{name}")
    damage(path, how)
    flaws = examine(copy).vector_flaws
    assert len(flaws) == 1 and name in flaws[0].says and "rebuild --vectors" in flaws[0].advice
    assert_whole(copy)
    assert "rebuilt from library.db" in caplog.text and name in caplog.text


@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied", "bits flipped"])
@pytest.mark.parametrize("name", ["header.bin", "index_metadata.pickle", "chroma.sqlite3"])
def test_damage_after_a_crash_is_found_without_checksums(copy, name, how):
    (path,) = (copy / "chroma").glob(f"**/{name}")
    damage(path, how)
    (copy / "chroma.checksums").unlink()
    assert_whole(copy)


def test_vectors_that_end_or_hang_the_process_are_tried_in_another_one(copy, monkeypatch):
    from index.store import vector_sync

    (copy / "chroma.checksums").unlink()
    fatal = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    run = subprocess.run
    monkeypatch.setattr(
        vector_sync.subprocess, "run", lambda command, **named: run([sys.executable, "-c", fatal], **named)
    )
    assert "signal 11" in vector_sync._crash(copy / "chroma", "onrecord-any")
    monkeypatch.setattr(
        vector_sync.subprocess,
        "run",
        lambda command, **named: run(
            [sys.executable, "-c", "import time; time.sleep(30)"], **{**named, "timeout": 0.2}
        ),
    )
    assert "did not open" in vector_sync._crash(copy / "chroma", "onrecord-any")


def test_checksums_of_another_shape_are_damage(small):
    for content in ("", "[1]", '{"chroma.sqlite3": 7}', "{}{"):
        (small / "chroma.checksums").write_text(content)
        assert_whole(small)


def test_the_vectors_of_another_library_are_never_taken_for_its_own(tmp_path, small):
    with open_library(tmp_path / "other") as other:
        other.add([records(tmp_path / "others.jsonl", 4, "other")])
    shutil.rmtree(small / "chroma")
    shutil.copytree(tmp_path / "other" / "chroma", small / "chroma")
    shutil.copy(tmp_path / "other" / "chroma.checksums", small)
    assert_whole(small)


# library.db


def test_an_emptied_database_is_refused(small):
    damage(small / "library.db", "emptied")
    for read_only in (True, False):
        with pytest.raises(DamagedLibraryError, match=r"is empty.*restore"):
            open_library(small, read_only=read_only)


def test_a_lost_database_is_not_begun_anew(small):
    (small / "library.db").unlink()
    with pytest.raises(DamagedLibraryError, match=r"is gone.*restore FILE"):
        open_library(small)
    assert (small / "chroma").exists()


def test_anothers_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as theirs, theirs:
        theirs.execute("CREATE TABLE articles (id, stock)")
    before = path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(DamagedLibraryError, match="not a library's database"):
            open_library(tmp_path, read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kept", [100, 5000, 40_000])
def test_a_truncated_database_is_refused(copy, kept):
    content = (copy / "library.db").read_bytes()
    (copy / "library.db").write_bytes(content[:kept])
    with pytest.raises(DamagedLibraryError, match=r"library\.db"), open_library(copy) as library:
        library.search("harbour")


def test_flipped_bits_are_never_quoted(small):
    content = (small / "library.db").read_bytes()
    assert content.count(b"Onlystory2x0 is here") == 1
    (small / "library.db").write_bytes(content.replace(b"Onlystory2x0 is here", b"Onlystory2x0 is hers"))
    with (
        open_library(small, read_only=True) as library,
        pytest.raises(DamagedLibraryError, match=r"story2.*not what was stored"),
    ):
        library.search("Onlystory2x0")
    assert any("story2" in flaw.says and "add" in flaw.advice for flaw in examine(small).flaws)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_page_is_an_error_or_harmless_never_a_wrong_answer(copy, seed):
    with open_library(copy) as library:
        before = [article.text for article in library.articles()]
    path = copy / "library.db"
    content = bytearray(path.read_bytes())
    rng = random.Random(seed)
    at = rng.randrange(1, len(content) // 4096) * 4096
    content[at : at + 512] = rng.randbytes(512)
    path.write_bytes(content)
    try:
        with open_library(copy) as library:
            hits = library.search("Onlystory3x4 budget")
            assert all(
                before[int(hit.article.id[5:])][hit.chunk.start : hit.chunk.end] == hit.chunk.text for hit in hits
            )
            assert hits
    except LibraryError as error:
        assert "library" in str(error)


def test_words_that_are_out_of_step_are_found_and_rebuilt(small):
    with closing(sqlite3.connect(small / "library.db")) as database, database:
        database.execute("DELETE FROM words WHERE rowid = 1")
    with pytest.raises(DamagedLibraryError, match="rebuild"):
        open_library(small)
    assert any("rebuild" in flaw.advice for flaw in examine(small).flaws)
    assert rebuild_library(small, WordEmbedding()) == 4
    assert_whole(small)
    assert not examine(small).flaws


# The disk

CHILD = """
import sys
sys.path.insert(0, "tests")
from pathlib import Path
from fakes import WordEmbedding
from page_fakes import answers
from index import Library
from index.errors import OnrecordError
folder, sources = Path(sys.argv[1]), sys.argv[2:]
"""


def child(code, *arguments, **options):
    done = subprocess.run(
        [sys.executable, "-c", CHILD + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        **options,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


FULL = """
import resource
from index.text.language import detect
detect("Its model is unpacked on the disk when it is first needed.")
kept = []
with Library.open(folder, embedding=WordEmbedding()) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
    try:
        library.add(sys.argv[2:3], kept.append)
    except OnrecordError as error:
        print(type(error).__name__, error)
    print(len(kept))
    print(len(library.search("Onlystory1x0")))
"""


@pytest.mark.parametrize("room", [150_000, 300_000, 700_000])
def test_a_disk_that_fills_up_loses_nothing_that_was_kept(small, tmp_path, room):
    more = records(tmp_path / "more.jsonl", 60, "more", paragraphs=4)
    told, kept, found = child(FULL, small, more, room)
    assert "writable and not full" in told and int(found) >= 1
    with open_library(small) as library:
        assert {f"more{n}" for n in range(int(kept))} <= {article.id for article in library.articles()}
        assert 4 + int(kept) <= len(library.articles()) < 64
        assert len(library.add([more]).failed) == 0 and len(library.articles()) == 64
    assert_whole(small)


FEW_FILES = """
import os
import resource
from index.text.language import detect
detect("Its model is unpacked on the disk when it is first needed.")
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
def few(room):
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1 + room, hard))
with Library.open(folder, embedding=WordEmbedding()) as library:
    library.search("Onlystory1x0")
    few(0)
    report = library.add(sys.argv[2:3])
    print(*(failure.reason for failure in report.failed))
    print(len(library.search("Onlystory1x0")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
few(int(sys.argv[3]))
try:
    with Library.open(folder, embedding=WordEmbedding()) as library:
        library.search("Onlystory1x0")
    print("opened")
except OnrecordError as error:
    print(error)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
@pytest.mark.parametrize("room", [0, 2, 5, 12, 40])
def test_where_no_more_files_can_be_opened_that_is_said_and_nothing_is_lost(small, tmp_path, room):
    more = records(tmp_path / "more.jsonl", 3, "more")
    refused, found, opened = child(FEW_FILES, small, more, room)
    assert "too many open files" in refused and int(found) >= 1
    assert opened == "opened" or "cannot be" in opened
    with open_library(small) as library:
        assert len(library.add([more]).added) == 3
    assert_whole(small)


def test_vectors_of_a_newer_chroma_are_opened_or_rebuilt(small):
    with closing(sqlite3.connect(small / "chroma" / "chroma.sqlite3")) as database, database:
        newer = "SELECT dir, version + 1000, '99999-newer.sqlite.sql', sql, hash FROM migrations WHERE dir = 'sysdb' LIMIT 1"
        database.execute(f"INSERT INTO migrations {newer}")
    assert_whole(small)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_a_full_file_system_loses_nothing_that_was_kept(small, tmp_path):
    """A tmpfs of three megabytes, in a name space of its own: no rights are needed where the kernel allows it."""
    more = records(tmp_path / "more.jsonl", 200, "more", paragraphs=4)
    inside = tmp_path / "mount"
    inside.mkdir()
    code = CHILD + FULL.replace("resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)", "")
    script = (
        'mount -t tmpfs -o size=3m tmpfs "$1" && cp -r "$2" "$1/library" && "$3" -c "$4" "$1/library" "$5"; '
        'cp -r "$1/library" "$6"'
    )
    arguments = [inside, small, sys.executable, code, more, tmp_path / "after"]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if "not permitted" in done.stderr or "denied" in done.stderr:
        pytest.skip("the kernel does not let us mount")
    told, kept, found = done.stdout.splitlines()
    assert "writable and not full" in told and int(found) >= 1 and "Traceback" not in done.stderr
    with open_library(tmp_path / "after") as library:
        assert {f"more{n}" for n in range(int(kept))} <= {article.id for article in library.articles()}
    assert_whole(tmp_path / "after")


READ = """
try:
    with Library.open(folder, embedding=WordEmbedding(), read_only=eval(sys.argv[2])) as library:
        print(library.read_only, len(library.articles()), len(library.search("Onlystory1x0")))
except OnrecordError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def sealed(small):
    """A library in a folder that nobody may write to."""
    folder = Path(tempfile.mkdtemp(prefix="onrecord-sealed-"))
    folder.chmod(0o755)
    library = Path(shutil.copytree(small, folder / "library"))
    for path in (library, *library.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield library
    for path in (library, *library.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


def as_nobody(work):
    """What the work returns or raises in a child that is not root, who may write anywhere."""
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os.write(writes, work().encode())
        except LibraryError as error:
            os.write(writes, f"{type(error).__name__} {error}".encode())
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        text = told.read()
    os.waitpid(pid, 0)
    return text


@pytest.mark.parametrize("read_only", [True, None])
def test_a_folder_that_cannot_be_written_is_read(sealed, read_only):
    def read():
        with open_library(sealed, read_only=read_only) as library:
            return f"{library.read_only} {len(library.articles())} {library.search('Onlystory1x0')[0].article.id}"

    assert as_nobody(read) == "True 4 story1"


def test_a_folder_that_cannot_be_written_refuses_a_writer(sealed):
    refused = as_nobody(lambda: str(open_library(sealed)))
    assert refused.startswith("LibraryError") and "cannot be written" in refused and "--library" in refused


def test_what_waits_in_the_log_is_not_passed_over_where_nothing_can_be_written(sealed):
    (sealed / "library.db-wal").write_bytes(b"changes that were not yet taken over")
    assert as_nobody(lambda: str(open_library(sealed, read_only=True).articles())).startswith("LibraryError")


# More than one process


def test_a_second_writer_is_refused_within_a_second_and_readers_are_let_in(small, tmp_path):
    with open_library(small) as library:
        began = time.perf_counter()
        with pytest.raises(LibraryLockedError, match=f"process {os.getpid()}"):
            open_library(small)
        assert time.perf_counter() - began < 1
        (read,) = child(READ, small, None)
        assert read.split()[:2] == ["True", "4"]
        library.add([records(tmp_path / "more.jsonl", 1, "more")])
        (read,) = child(READ, small, True)
        assert read.split()[1] == "5"


def test_a_reader_sees_a_rebuild_and_goes_on(small, tmp_path):
    with open_library(small, read_only=True) as reader:
        before = [hit.chunk.id for hit in reader.search("Onlystory1x0")]
        assert rebuild_library(small, WordEmbedding()) == 4
        assert [hit.chunk.id for hit in reader.search("Onlystory1x0")] == before
        with open_library(small) as writer:
            writer.add([records(tmp_path / "more.jsonl", 1, "more")])
        assert len(reader.articles()) == 5 and reader.search("Onlymore0x0")[0].article.id == "more0"
    assert_whole(small)


# Earlier and later schemas


@pytest.fixture
def first_schema(tmp_path):
    """A library that was made with schema 1, which had no number yet (tests/data)."""
    folder = tmp_path / "old"
    folder.mkdir()
    packed = (ROOT / "tests" / "data" / "library-v1.db.gz").read_bytes()
    (folder / "library.db").write_bytes(gzip.decompress(packed))
    return folder


@pytest.mark.parametrize("read_only", [False, None, True])
def test_an_earlier_schema_is_brought_forward(first_schema, read_only):
    assert "earlier version" in " ".join(examine(first_schema).notes)
    with open_library(first_schema, read_only=read_only) as library:
        assert [article.id for article in library.articles()] == ["ferry", "pont"]
        assert library.search("Nordlink engines")[0].article.publisher == "Harbour Post"
        assert library.fingerprint.embedding == "words-256"
    with closing(sqlite3.connect(first_schema / "library.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert_whole(first_schema)


def test_an_interrupted_migration_has_changed_nothing(first_schema, monkeypatch):
    from index.store import migrations

    def fails(execute):
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "_STEPS", (*migrations._STEPS, fails))
    with pytest.raises(KeyboardInterrupt):
        open_library(first_schema)
    monkeypatch.undo()
    with closing(sqlite3.connect(first_schema / "library.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (0,)
    with open_library(first_schema) as library:
        assert len(library.articles()) == 2


def test_a_newer_schema_is_refused_and_left_alone(small):
    with closing(sqlite3.connect(small / "library.db")) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for read_only in (True, False):
        with pytest.raises(LibraryError, match=f"newer onrecord.*schema {SCHEMA_VERSION + 1}"):
            open_library(small, read_only=read_only)
    with pytest.raises(LibraryError, match="newer onrecord"):
        examine(small)


# Backups


def test_a_backup_restores_everything_and_never_over_anything(small, tmp_path):
    file = tmp_path / "news.onrecord"
    made = back_up(small, file)
    assert made.articles == 4 and made.schema == SCHEMA_VERSION
    with pytest.raises(LibraryError, match="exists already"):
        back_up(small, file)
    with pytest.raises(LibraryError, match="nothing was changed"):
        restore_backup(file, small)
    restore_backup(file, tmp_path / "new")
    with open_library(tmp_path / "new") as library, open_library(small, read_only=True) as original:
        assert library.articles() == original.articles()
        assert library.search("Onlystory1x0")[0].chunk == original.search("Onlystory1x0")[0].chunk
    assert_whole(tmp_path / "new")


def test_a_backup_carries_the_conversations_and_goes_on_without_damaged_ones(small, tmp_path, caplog):
    with closing(Conversations(small / "conversations.db")) as kept:
        entry = kept.keep("ann", "", answers()[0])
        back_up(small, tmp_path / "backup")  # Also what is still in SQLite's log.
    restore_backup(tmp_path / "backup", tmp_path / "new")
    with closing(Conversations(tmp_path / "new" / "conversations.db")) as restored:
        assert restored.entry("ann", entry.id) == entry
    (small / "conversations.db").write_bytes(b"no database, " * 1000)
    back_up(small, tmp_path / "without")
    assert "conversations.db" in caplog.text and "rebuild" not in caplog.text
    restore_backup(tmp_path / "without", tmp_path / "other")
    assert not (tmp_path / "other" / "conversations.db").exists()
    assert_whole(tmp_path / "other")


KILLED = """
import os, signal, sys
from index.store import backup
def kill(event, values):
    if event == "os.rename" and str(values[0]).endswith(("/backup", "/restoring/library.db")):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
getattr(backup, sys.argv[1])(sys.argv[2], sys.argv[3])
"""


def test_a_killed_backup_or_restore_leaves_nothing_once_its_library_is_opened(small, tmp_path):
    def killed(name, *arguments):
        command = [sys.executable, "-c", KILLED, name, *map(str, arguments)]
        assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == -signal.SIGKILL

    places = tmp_path / "elsewhere", tmp_path / "new"
    places[0].mkdir()
    killed("back_up", small, places[0] / "copy")
    assert [left.name for left in places[0].iterdir()] == ["copy.partial"]
    open_library(small).close()
    assert list(places[0].iterdir()) == []
    back_up(small, tmp_path / "whole")
    killed("restore_backup", tmp_path / "whole", places[1])
    assert (places[1] / "restoring" / "library.db").exists() and not (places[1] / "library.db").exists()
    restore_backup(tmp_path / "whole", places[1])
    assert not (places[1] / "restoring").exists()
    assert_whole(places[1])


def test_a_backup_brings_back_a_library_whose_database_is_gone(small, tmp_path):
    back_up(small, tmp_path / "backup")
    (small / "library.db").unlink()
    restore_backup(tmp_path / "backup", small)
    assert_whole(small)


def test_a_backup_made_while_the_library_is_written_is_of_one_moment(small, tmp_path):
    with open_library(small) as library:
        for n in range(5):
            library.add([records(tmp_path / f"more{n}.jsonl", 2, f"more{n}x")])
            made = back_up(small, tmp_path / f"backup{n}")
            assert made.articles == 4 + 2 * (n + 1)
    restore_backup(tmp_path / "backup2", tmp_path / "third")
    with open_library(tmp_path / "third") as restored:
        assert len(restored.articles()) == 10
    assert_whole(tmp_path / "third")


@pytest.mark.parametrize("how", ["truncated", "emptied", "bits flipped", "deleted", "another zip", "newer"])
def test_a_backup_that_is_not_what_was_written_restores_nothing(small, tmp_path, how):
    import zipfile

    file = tmp_path / "backup"
    back_up(small, file)
    if how == "another zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", "[]")
    elif how == "newer":
        with zipfile.ZipFile(file) as archive:
            manifest, database = json.loads(archive.read("manifest.json")), archive.read("library.db")
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps({**manifest, "schema": SCHEMA_VERSION + 1}))
            archive.writestr("library.db", database)
    else:
        damage(file, how)
    with pytest.raises(LibraryError, match="backup"):
        restore_backup(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_no_backup_is_made_of_a_damaged_library(small, tmp_path):
    data = bytearray((small / "library.db").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = b"\x55" * 20_000
    (small / "library.db").write_bytes(data)
    with pytest.raises(DamagedLibraryError, match="no backup was written"):
        back_up(small, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_backup_that_is_not_there_makes_no_library(tmp_path):
    with pytest.raises(LibraryError, match="There is no file"):
        restore_backup(tmp_path / "nowhere", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_vectors_are_brought_back_without_embedding(small):
    shutil.rmtree(small / "chroma")
    assert rebuild_vectors(small) == Database(small / "library.db", read_only=True).chunk_count()
    assert_whole(small)
