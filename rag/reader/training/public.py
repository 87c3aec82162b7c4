"""Examples from public question and entailment sets, named with their licences in public.json."""

import csv
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.embedders import E5Embedding
from index.text.chunks import MAX_CHARACTERS
from index.text.sentences import split as sentences
from rag.reader.training.examples import Passage, QuestionExample, StatementExample, split_of

csv.field_size_limit(sys.maxsize)
_HARD = 3
"""Passages of the same article beside the one that answers, the nearest first."""
_PER_SET, _FEWER = 10_000, {"breaking-nli": 1_000, "snli": 4_000}


def questions(folder: Path, kept_out: str) -> Iterator[QuestionExample]:
    """Extractive and yes/no questions. Paragraphs that stand in `kept_out` (the evaluation's texts) are left out."""
    embedding = E5Embedding()
    kept = _squeeze(kept_out)
    for name, paths in _SQUAD.items():
        yield from _extractive(name, [folder / path for path in paths], embedding, kept)
    yield from _across(folder, embedding, kept)
    yield from _yes_no(folder)


def statements(folder: Path) -> Iterator[StatementExample]:
    """Entailment and fact-checking pairs, at most 10,000 of a set, chosen by hash."""
    for name, (path, read) in _PAIRS.items():
        rows = list(dict.fromkeys(read(folder / "public" / path)))
        for statement, evidence, label, language in sorted(rows, key=_by_hash)[: _FEWER.get(name, _PER_SET)]:
            if statement and evidence and len(evidence) < 1_500:
                yield StatementExample(name, "train", name, statement, "", evidence, label, tags=(language,))


_SQUAD = {
    "squad2": ("squad2-en.json",),
    "piaf": ("piaf-fr.json",),
    "squad-train": (
        "public/squad_train_parts/squad2_train_PhongNTDo.json",
        "public/squad_train_parts/aqleaderboard_test-v1.1.json",
    ),
}


def _extractive(name: str, paths: list[Path], embedding: E5Embedding, kept: str) -> Iterator[QuestionExample]:
    seen: set[str] = set()
    for article in (article for path in paths for article in json.loads(path.read_text("utf-8"))["data"]):
        title = article["title"].replace("_", " ")
        pieces = [(n, piece) for n, p in enumerate(article["paragraphs"]) for piece in _pieces(p["context"])]
        vectors = np.array(embedding._get_text_embeddings([text for _, (_, text) in pieces]))
        for n, paragraph in enumerate(article["paragraphs"]):
            if _squeeze(paragraph["context"])[:200] in kept:
                continue
            asked = [qa for qa in paragraph["qas"] if qa["id"] not in seen]
            seen |= {qa["id"] for qa in asked}
            near = np.array(embedding._rows([f"query: {qa['question']}" for qa in asked])) @ vectors.T if asked else []
            for qa, cosines in zip(asked, near, strict=True):
                yield _question(name, title, qa, n, pieces, cosines)


def _question(name: str, title: str, qa: dict[str, Any], n: int, pieces: list[Any], cosines: Any) -> QuestionExample:
    spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"] if a["text"]}
    texts = {a["text"].casefold() for a in qa["answers"]}
    gold, rest = [], []
    for at in np.argsort(-cosines):
        paragraph, (start, text) = pieces[at]
        inside = tuple(
            sorted((s - start, e - start) for s, e in spans if paragraph == n and start <= s and e <= start + len(text))
        )
        if inside:
            gold.append(Passage(title, text, inside))
        elif not any(answer in text.casefold() for answer in texts) or not texts:
            rest.append((paragraph != n, Passage(title, text)))
    if not spans:  # A near miss: the passage it was written for comes first.
        rest.sort(key=lambda pair: pair[0])
    passages = (*gold, *(passage for _, passage in rest[:_HARD]))
    language = "fr" if name == "piaf" else "en"
    return QuestionExample(name, split_of(title), title, qa["question"], passages, None, (language,))


def _across(folder: Path, embedding: E5Embedding, kept: str) -> Iterator[QuestionExample]:
    """XQuAD: the question in one language, the paragraph in another."""
    english = {
        qa["id"]: qa["question"] for a in _data(folder / "squad2-en.json") for p in a["paragraphs"] for qa in p["qas"]
    }
    for language in ("es", "de"):
        for article in _data(folder / f"xquad-{language}.json"):
            for paragraph in article["paragraphs"]:
                pieces = _pieces(paragraph["context"])
                for qa in paragraph["qas"]:
                    question = english.get(qa["id"])
                    spans = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"]]
                    if not question:
                        continue
                    made = [
                        Passage(
                            article["title"].replace("_", " "),
                            text,
                            tuple((s - at, e - at) for s, e in spans if at <= s and e <= at + len(text)),
                        )
                        for at, text in pieces
                    ]
                    made.sort(key=lambda passage: not passage.answers)
                    if made and made[0].answers:
                        title = article["title"].replace("_", " ")
                        yield QuestionExample(
                            f"xquad-{language}",
                            split_of(title),
                            title,
                            question,
                            tuple(made[:3]),
                            None,
                            ("en", "cross"),
                        )


def _yes_no(folder: Path) -> Iterator[QuestionExample]:
    for line in _lines(folder / "public/boolq/validation.jsonl"):
        row = json.loads(line)
        passage, _, _ = row["prompt"].removeprefix("passage: ").partition("\nquestion:")
        title, _, text = passage.partition(" -- ")
        question = row["subject"].strip().capitalize().rstrip("?") + "?"
        if len(text) < 900:
            answer = "yes" if row["target_new"]["str"] == "True" else "no"
            yield QuestionExample("boolq", "train", title, question, (Passage(title, text),), answer, ("en", "whole"))
    for line in _lines(folder / "public/condaqa/condaqa_dev.json"):
        row = json.loads(line)
        answer, text = row["label"].strip().lower(), row["sentence1"]
        if len(text) < 900 and answer in ("yes", "no", "don't know"):
            known = None if answer == "don't know" else answer
            tags = ("en", "whole") if known else ("en",)
            yield QuestionExample(
                "condaqa",
                "train",
                row["PassageID"] if "PassageID" in row else text[:40],
                row["sentence2"],
                (Passage("", text),),
                known,
                tags,
            )


def _pieces(context: str) -> list[tuple[int, str]]:
    """A paragraph in chunks as the library makes them: where each begins, and its text."""
    groups: list[list[Any]] = []
    for span in sentences(context):
        if not groups or span.end - groups[-1][0].start > MAX_CHARACTERS:
            groups.append([])
        groups[-1].append(span)
    return [(group[0].start, context[group[0].start : group[-1].end]) for group in groups]


def _data(path: Path) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["data"]
    return data


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8", "replace").split("\n") if line.strip()]


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold()


def _by_hash(row: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(row).encode()).hexdigest()


Pair = tuple[str, str, str, str]
_THREE = {"entailment": "supported", "contradiction": "contradicted", "neutral": "neither"}


def _table(path: Path, delimiter: str, quoted: bool = True) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        if quoted:
            yield from csv.DictReader(file, delimiter=delimiter)
        else:
            yield from csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _three(
    premise: str, hypothesis: str, label: str, delimiter: str, language: str, quoted: bool = True
) -> Callable[[Path], Iterator[Pair]]:
    def rows(path: Path) -> Iterator[Pair]:
        for row in _table(path, delimiter, quoted):
            verdict = _THREE.get(row[label])
            if verdict:
                yield row[hypothesis], row[premise], verdict, language

    return rows


def _fever(path: Path) -> Iterator[Pair]:
    for line in _lines(path):
        row = json.loads(line)
        verdict = {"SUPPORTS": "supported", "REFUTES": "contradicted"}.get(
            row.get("gold_label") or row.get("label", "")
        )
        evidence = (
            row.get("evidence_sentence")
            or row.get("evidence")
            or " ".join(e["text"] for e in row.get("gold_evidence", []))
        )
        if verdict and isinstance(evidence, str):
            yield row.get("claim") or row["text"], evidence, verdict, "en"


def _paws(language: str) -> Callable[[Path], Iterator[Pair]]:
    def rows(path: Path) -> Iterator[Pair]:
        for line in _lines(path):
            first, second, label = line.split("\t")
            yield second, first, "supported" if label.strip() == "1" else "unsupported", language

    return rows


def _daccord(path: Path) -> Iterator[Pair]:
    for row in _table(path, "\t", quoted=False):
        if row["label"] == "1":
            yield row["hypothesis"], row["premise"], "contradicted", "fr"


def _breaking(path: Path) -> Iterator[Pair]:
    for line in _lines(path):
        row = json.loads(line)
        yield row["sentence2"], row["sentence1"], _THREE[row["gold_label"]], "en"


def _scone(path: Path) -> Iterator[Pair]:
    for file in sorted(path.glob("train_*.csv")):
        for row in _table(file, ","):
            label = row.get("gold_label") or row["gold_label_edited"]
            yield row["sentence2"], row["sentence1"], _THREE[label], "en"


_PAIRS: dict[str, tuple[str, Callable[[Path], Iterator[Pair]]]] = {
    "mnli": ("snli_mnli_dev/mnli_dev.csv", _three("premise", "hypothesis", "label", ",", "en")),
    "snli": ("snli_mnli_dev/snli_dev.csv", _three("premise", "hypothesis", "label", ",", "en")),
    "fever-symmetric": ("fever_symmetric/fever_symmetric_dev.jsonl", _fever),
    "foolmetwice": ("foolmetwice/dev.jsonl", _fever),
    "foolmetwice-test": ("foolmetwice/test.jsonl", _fever),
    "paws-en": ("pawsx/dev-en.tsv", _paws("en")),
    "paws-fr": ("pawsx/dev-fr.tsv", _paws("fr")),
    "daccord": ("daccord/daccord_dataset.tsv", _daccord),
    "rte3-fr": ("rte3_fr/RTE3-FR-dev-set-3class.tsv", _three("premise", "hypothesis", "label_text", "\t", "fr", False)),
    "rte3-fr-test": (
        "rte3_fr/RTE3-FR-test-gold-3class.tsv",
        _three("premise", "hypothesis", "label_text", "\t", "fr", False),
    ),
    "gqnli-fr": ("gqnli_fr/gqnli.test.fr.tsv", _three("premise", "hypothesis", "label_text", "\t", "fr", False)),
    "breaking-nli": ("breaking_nli/data/dataset.jsonl", _breaking),
    "scone": ("scone", _scone),
    "negation-mnli": ("negation_nli/MNLI.txt", _three("Text", "Hypothesis", "gold_label", "\t", "en", False)),
}
