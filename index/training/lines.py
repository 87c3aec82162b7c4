"""python -m index.training.lines DATA: fits the classifiers of index/text/line_classifier.py and writes their weights and card.

DATA is the folder of the reader's public sets: of `squad2-en.json` and `piaf-fr.json` the paragraphs are ordinary sentences.
The lines themselves are in the folder `lines` beside this file. Takes about a minute on one core.
"""

import codecs
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.text.line_classifier import BUCKETS, WEIGHTS, Features, features
from index.text.sentences import split

_LINES = Path(__file__).with_name("lines")
_NEWS = Path(__file__).parents[2] / "rag" / "reader" / "training" / "news"
_ENCYCLOPEDIA = 2_000
"""Sentences taken from each public set."""
_VARIED, _LINKS = 5_000, 4
_ALIKE = {"instruction": "ordinary", "clutter": "article"}
_WEIGHT = {"positive": 3.0, "alike": 4.0, "ordinary": 0.7, "other": 0.7}
_EPOCHS, _RATE, _DECAY = 6, 0.3, 1e-4
_FOLDS = 4
_FALSE_ALARMS = {"ordinary": 0.001, "alike": 0.03, "other": 0.001}
"""The shares that may be marked: the thresholds are set by them, on lines kept out of the fit."""


@dataclass(frozen=True)
class Example:
    """A line; `kind` is a key of _WEIGHT; `group` keeps an adaptation on the same side of a split as its original."""

    text: str
    kind: str
    group: int


def main() -> None:
    ordinary = [*_news(), *_encyclopedia(Path(sys.argv[1]))]
    stored: dict[str, Any] = {}
    card: dict[str, Any] = {"buckets": BUCKETS, "licence": "Apache-2.0"}
    for name in ("instruction", "clutter"):
        examples = [*_lines(name), *(Example(t, "ordinary", n) for n, t in enumerate(ordinary))]
        examples += [Example(t, "other", n) for n, t in enumerate(_varied(ordinary))]
        if name == "clutter":
            examples += [Example(text, "positive", group) for text, group in _links(examples, ordinary)]
        rows = [features(example.text) for example in examples]
        threshold, figures = _threshold(examples, rows)
        weights, bias = fit(rows, examples)
        stored |= {name: weights.astype(np.float16), f"{name}_bias": np.float32(bias - threshold)}
        counts = Counter(example.kind for example in examples)
        card[name] = {"trained on": counts, "threshold": round(threshold, 3), "held out": figures}
        print(name, json.dumps(card[name]), flush=True)
    np.savez_compressed(WEIGHTS, **stored)
    WEIGHTS.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def _lines(label: str) -> Iterator[Example]:
    """The lines of that label, and those of articles that look like one or the other."""
    for path in sorted(_LINES.glob("*.jsonl")):
        rank: dict[tuple[str, str], int] = {}
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            kind = (row["lang"], row["label"])
            rank[kind] = rank.get(kind, -1) + 1
            if row["label"] == label:
                yield Example(row["text"], "positive", rank[kind])
            elif row["label"] in _ALIKE.values():
                alike = row["label"] == _ALIKE[label] and row["kind"] != "news"
                yield Example(row["text"], "alike" if alike else "other", rank[kind])


def _news() -> Iterator[str]:
    for folder in (_NEWS, _NEWS / "more"):
        for line in (folder / "articles.jsonl").read_text("utf-8").splitlines():
            article = json.loads(line)
            yield from [article["title"], *article["s"]]


def _encyclopedia(data: Path) -> Iterator[str]:
    for name in ("squad2-en.json", "piaf-fr.json"):
        articles = json.loads((data / name).read_text("utf-8"))["data"]
        texts = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
        sentences = [text[span.start : span.end] for text in texts for span in split(text)]
        yield from random.Random(name).sample(sentences, _ENCYCLOPEDIA)


def _links(examples: Sequence[Example], ordinary: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Links to other articles: the short labels of such lines before other headlines."""
    chance = random.Random(1)
    for example in examples:
        label, colon, _ = example.text.partition(":")
        if example.kind == "positive" and colon and 1 < len(label.split()) < 5:
            for _ in range(_LINKS):
                headline = " ".join(chance.choice(ordinary).split()[: chance.randint(4, 16)])
                yield f"{label}: {headline.rstrip(' .,;:!?')}", example.group


def _varied(sentences: Sequence[str]) -> Iterator[str]:
    """What else is neither: headings and items of lists, and sentences backwards and in rot13 (injected.py reads so)."""
    chance = random.Random(0)
    for sentence in chance.sample(sentences, _VARIED):
        words = " ".join(sentence.split()[: chance.randint(2, 8)]).rstrip(" .,;:!?")
        yield chance.choice(["", "", "", "1. ", "4. ", "Q: ", "- "]) + chance.choice([words, words.title()])
    for sentence in chance.sample(sentences, _VARIED):
        yield chance.choice([sentence[::-1], codecs.decode(sentence, "rot13")])


def fit(rows: Sequence[Features], examples: Sequence[Example]) -> tuple[NDArray[np.float64], float]:
    """Logistic regression by AdaGrad, one example at a time; returns the weights and the bias."""
    weights, squares = np.zeros(BUCKETS), np.full(BUCKETS, 1e-3)
    bias, bias_squares = 0.0, 1e-3
    order = np.random.default_rng(0)
    for n in (n for _ in range(_EPOCHS) for n in order.permutation(len(rows))):
        row, scale = rows[n], 1 / np.sqrt(len(rows[n]))
        chance = 1 / (1 + np.exp(-(weights[row].sum() * scale + bias)))
        wrong = (chance - (examples[n].kind == "positive")) * _WEIGHT[examples[n].kind]
        if abs(wrong) < 1e-3:
            continue
        slope = wrong * scale + _DECAY * weights[row]
        squares[row] += slope * slope
        weights[row] -= _RATE * slope / np.sqrt(squares[row])
        bias_squares += wrong * wrong
        bias -= float(_RATE * wrong / np.sqrt(bias_squares))
    return weights, bias


def score(rows: Sequence[Features], weights: NDArray[np.float64], bias: float) -> NDArray[np.float64]:
    return np.array([weights[row].sum() / np.sqrt(len(row)) + bias for row in rows])


def _threshold(examples: Sequence[Example], rows: Sequence[Features]) -> tuple[float, dict[str, float]]:
    """The score that so many lines exceed when they are kept out of the fit, and what it marks then."""
    folds = np.array([example.group * 7919 % 997 % _FOLDS for example in examples])
    scores = np.zeros(len(rows))
    for fold in range(_FOLDS):
        seen, held = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        fitted = fit([rows[n] for n in seen], [examples[n] for n in seen])
        scores[held] = score([rows[n] for n in held], *fitted)
    of = {kind: scores[np.array([example.kind == kind for example in examples])] for kind in _WEIGHT}
    threshold = max(float(np.quantile(of[kind], 1 - share, method="higher")) for kind, share in _FALSE_ALARMS.items())
    return threshold, {kind: round(float((found > threshold).mean()), 4) for kind, found in of.items()}


if __name__ == "__main__":
    main()
