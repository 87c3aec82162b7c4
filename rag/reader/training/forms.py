"""Fit the head that tells the form of answer a question asks for: python -m rag.reader.training.forms RUN/reader.npz

The encoder stays as it is: the head is a logistic regression on what it makes of the question alone. Run it last, before the
export. `forms/train.jsonl` is by three hands, as many questions of each form; reporters mostly ask for facts, so some of the
questions about the news stories come on top. `forms/judge.jsonl`, by another hand, and the questions about the stories kept
for measuring are only measured on.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from index.embedding.token_table import open_token_table
from rag.answer import FORMS
from rag.reader.inputs import question_rows
from rag.reader.training import batches, news
from rag.reader.training.network import Reader, from_encoder
from rag.reader.training.prepare import NEWS
from rag.reader.training.train import save

FOLDER = Path(__file__).parent / "forms"
_OF_NEWS = 600
_KINDS = {"yesno": "yesno", "why": "why", "list": "list"} | dict.fromkeys(
    ("who", "where", "number", "money", "date", "duration", "speaker", "update"), "fact"
)
"""The form that a question about a story asks for, by its kind; kinds that leave it open are not used."""

_DECAY = 3e-2
"""The penalty on squared weights."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="a run's reader.npz; the head is written into it")
    parser.add_argument("--decay", type=float, default=_DECAY)
    parser.add_argument("--held-out", action="store_true", help="only fit on nine tenths, and measure on the tenth")
    options = parser.parse_args()
    reader = from_encoder(np.load(options.weights)).eval()
    features, labels = _features(reader, [*_written("train"), *_about([NEWS, NEWS / "more"], _OF_NEWS)])
    kept = torch.arange(len(labels)) % 10 != 0 if options.held_out else torch.ones(len(labels), dtype=torch.bool)
    fit(reader, features[kept], labels[kept], options.decay)
    if options.held_out:
        print("held out:", _report(reader, features[~kept], labels[~kept]))
        return
    print("train:", _report(reader, features, labels))
    print("judge:", _report(reader, *_features(reader, _written("judge"))))
    print("news:", _report(reader, *_features(reader, _about([NEWS / news.MEASURED]))))
    save(reader, options.weights)


def _written(name: str) -> list[tuple[str, str]]:
    """Questions with their forms, written for the purpose."""
    rows = map(json.loads, (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines())
    return [(row["q"], row["form"]) for row in rows]


def _about(folders: Sequence[Path], most: int | None = None) -> list[tuple[str, str]]:
    """Questions about news stories with their forms, a sample of `most`."""
    asked = [(row["q"], _KINDS[row["kind"]]) for row in news.read(folders, "questions.jsonl") if row["kind"] in _KINDS]
    return random.Random(1).sample(asked, most) if most else asked


def fit(reader: Reader, features: Tensor, labels: Tensor, decay: float) -> None:
    """Fit the reader's form head to features [questions, 3456] and labels [questions], places in FORMS."""
    mean, spread = features.mean(0), features.std(0) + 1e-3
    weight, bias = (
        torch.zeros(len(FORMS), features.shape[1], requires_grad=True),
        torch.zeros(len(FORMS), requires_grad=True),
    )
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")
    scaled = (features - mean) / spread

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(scaled @ weight.T + bias, labels) + decay * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call, arg-type]
    with torch.no_grad():
        reader.form.weight.copy_(weight / spread)
        reader.form.bias.copy_(bias - (weight / spread) @ mean)


def _features(reader: Reader, asked: Sequence[tuple[str, str]]) -> tuple[Tensor, Tensor]:
    table = open_token_table()
    tokenize = batches.tokenizer(table)
    made, labels = [], []
    for question, form in asked:
        (read,) = question_rows(tokenize, question, "", "")
        mask = torch.zeros(1, len(read.ids))
        mask[:, 1 : read.asked] = 1.0
        with torch.no_grad():
            made.append(reader.form_features(torch.from_numpy(table.embed(np.array([read.ids], np.int64))), mask)[0])
        labels.append(FORMS.index(form))
    return torch.stack(made), torch.tensor(labels)


def _report(reader: Reader, features: Tensor, labels: Tensor) -> str:
    with torch.no_grad():
        told = reader.form(features).argmax(-1)
    right = Counter(FORMS[int(n)] for n in labels[told == labels])
    every = Counter(FORMS[int(n)] for n in labels)
    by_form = ", ".join(f"{form} {right[form] / every[form]:.2f}" for form in FORMS if every[form])
    return f"{float((told == labels).float().mean()):.3f} of {len(labels)} ({by_form})"


if __name__ == "__main__":
    main()
