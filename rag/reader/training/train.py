"""Train the reader: python -m rag.reader.training.train EXAMPLES --out RUN [--start EARLIER/reader.npz]

Interrupted, the same command goes on where the last checkpoint was written. RUN/log.jsonl has a line a hundred steps.
"""

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from index.embedding.token_table import TokenTable, open_token_table
from rag.reader.inputs import Row
from rag.reader.training import batches, edits, examples
from rag.reader.training.batches import QuestionItem, StatementItem
from rag.reader.training.encoder import encoder_weights
from rag.reader.training.network import YES_NO, Reader, from_encoder

_MICRO = 2_048
"""Tokens in one pass."""


Mix = tuple[tuple[float, dict[str, float]], ...]


@dataclass(frozen=True)
class Recipe:
    """How to train. The mixes are (share of the steps, weight of each source).

    During the share `cut` of the steps passages are cut to `cut_to` characters: more questions in the same time.
    The share `edited` of the statements is made from their evidence by one edit.
    """

    steps: int
    rate: float = 1e-4
    warmup: float = 0.05
    frozen: int = 4
    head_factor: float = 5.0
    questions: int = 8
    statements: int = 32
    passages: int = 4
    cut: float = 0.6
    cut_to: int = 260
    decay: float = 0.01
    edited: float = 0.25
    seed: int = 1
    question_mix: Mix = (
        (0.25, {"public": 0.5, "news": 0.3, "yes_no": 0.2}),
        (0.75, {"public": 0.12, "news": 0.66, "yes_no": 0.22}),
    )
    statement_mix: Mix = ((0.6, {"public": 0.5, "news": 0.5}), (0.4, {"public": 0.3, "news": 0.7}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path, help="folder that prepare has written")
    parser.add_argument(
        "--start", type=Path, help="an earlier run's reader.npz; the embedding model's weights where none is given"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    recipe = Recipe(options.steps, options.rate, seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    Training(recipe, options.examples, options.start, options.out).run()


class Training:
    """One run, resumable from its folder."""

    def __init__(self, recipe: Recipe, folder: Path, start: Path | None, out: Path) -> None:
        torch.manual_seed(recipe.seed)
        torch.set_flush_denormal(True)
        self.recipe, self.out = recipe, out
        self.table = open_token_table()
        self.tokenize = batches.tokenizer(self.table)
        self.reader = from_encoder(np.load(start) if start else encoder_weights())
        self.reader.freeze(recipe.frozen)
        groups = _groups(self.reader, recipe)
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
        self.questions, self.statements = _sources(folder)
        self.heads = sorted({e.head for e in self.statements["news"]})
        self.step = 0
        self._resume()

    def run(self) -> None:
        """Train to the recipe's last step; writes reader.npz at the end and a checkpoint every 50 steps."""
        bar = tqdm(total=self.recipe.steps, initial=self.step, unit="step")
        sums: dict[str, float] = {}
        began, read = time.monotonic(), 0
        while self.step < self.recipe.steps:
            losses, tokens = self._advance()
            read += tokens
            for name, value in losses.items():
                sums[name] = 0.97 * sums.get(name, value) + 0.03 * value
            self.step += 1
            bar.update()
            bar.set_postfix({name: f"{value:.3f}" for name, value in sums.items()})
            if self.step % 50 == 0:
                rate = read / (time.monotonic() - began)
                self._log(
                    {"step": self.step, "tokens_per_second": round(rate), **{k: round(v, 4) for k, v in sums.items()}}
                )
                self._checkpoint()
        save(self.reader, self.out / "reader.npz")

    def _advance(self) -> tuple[dict[str, float], int]:
        chance = random.Random(self.recipe.seed * 1_000_003 + self.step)
        share = self.step / self.recipe.steps
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * _schedule(share, self.recipe.warmup)
        items = list(self._items(chance, share))
        rows = [row for item in items for row in _rows(item)]
        outputs = read_rows(self.reader, rows, self.table)
        losses = joint_loss(items, outputs)
        total = sum(losses.values())
        assert isinstance(total, Tensor)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([p for p in self.reader.parameters() if p.requires_grad], 1.0)
        self.optimizer.step()
        return {name: float(value) for name, value in losses.items()}, sum(len(row.ids) for row in rows)

    def _items(self, chance: random.Random, share: float) -> Iterator[QuestionItem | StatementItem]:
        questions = batches.mixed(self.questions, _phase(self.recipe.question_mix, share), chance)
        made, most = 0, self.recipe.cut_to if share < self.recipe.cut else 0
        while made < self.recipe.questions:
            example = next(questions)
            size = self.recipe.passages if example.source == "news" else 2
            item = batches.question_item(self.tokenize, example, size, chance, most)
            if item:
                made += 1
                yield item
        statements = batches.mixed(self.statements, _phase(self.recipe.statement_mix, share), chance)
        for _ in range(self.recipe.statements):
            example = next(statements)
            if chance.random() < self.recipe.edited:
                example = edits.edited(example, self.statements["news"], chance)
            yield batches.statement_item(self.tokenize, example, self.heads, chance)

    def _checkpoint(self) -> None:
        state = {"step": self.step, "reader": self.reader.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, self.out / "checkpoint.new")
        (self.out / "checkpoint.new").replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.out / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.reader.load_state_dict(state["reader"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]
        else:
            self._log({"recipe": asdict(self.recipe)})

    def _log(self, line: dict[str, Any]) -> None:
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_rows(reader: Reader, rows: Sequence[Row], table: TokenTable) -> list[tuple[Tensor, Tensor, Tensor]]:
    """For every row its logits: [tokens, 2] without padding, [3], [3]."""
    outputs: list[tuple[Tensor, Tensor, Tensor]] = [None] * len(rows)  # type: ignore[list-item]
    for batch in batches.micro_batches(rows, _MICRO):
        lengths = torch.tensor([len(rows[n].ids) for n in batch])
        longest = int(lengths.max())
        ids = np.ones((len(batch), longest), np.int64)
        asked = torch.zeros(len(batch), longest)
        for at, n in enumerate(batch):
            ids[at, : len(rows[n].ids)] = rows[n].ids
            asked[at, 1 : rows[n].asked] = 1.0
        embeddings = torch.from_numpy(table.embed(ids))
        mask = None if int(lengths.min()) == longest else lengths
        spans, yes_no, verdict = reader(embeddings, asked, mask)
        for at, n in enumerate(batch):
            outputs[n] = spans[at, : len(rows[n].ids)], yes_no[at], verdict[at]
    return outputs


def joint_loss(
    items: Sequence[QuestionItem | StatementItem], outputs: Sequence[tuple[Tensor, Tensor, Tensor]]
) -> dict[str, Tensor]:
    """The mean losses by kind: of each passage alone, of all passages of a question together, and of verdicts.

    Yes/no questions are few among the others: their loss is a mean of its own ("yes_no", beside "other").
    """
    sums: dict[str, list[Tensor]] = {"alone": [], "together": [], "yes_no": [], "other": [], "verdict": []}
    at = 0
    for item in items:
        if isinstance(item, StatementItem):
            logits = torch.log_softmax(outputs[at][2], -1)
            sums["verdict"].append(-torch.logsumexp(logits[batches.verdict_targets(item.label)], 0))
            at += 1
            continue
        mine = outputs[at : at + len(item.targets)]
        at += len(item.targets)
        if item.spans:
            alone, together = _span_losses(item, mine)
            sums["alone"].append(alone)
            sums["together"].append(together)
        answering = [
            out[1] for target, out in zip(item.targets, mine, strict=True) if target.starts != [0] or not item.spans
        ]
        if answering:
            target = torch.tensor([item.yes_no] * len(answering))
            kind = "other" if item.yes_no == YES_NO.index("other") else "yes_no"
            sums[kind].append(F.cross_entropy(torch.stack(answering), target))
    weights = {"alone": 0.5, "together": 0.5, "yes_no": 0.8, "other": 0.15, "verdict": 1.0}
    return {name: weights[name] * torch.stack(values).mean() for name, values in sums.items() if values}


def _span_losses(item: QuestionItem, outputs: Sequence[tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """The loss of each passage against its first token, which means "no answer", and of all against "none of them"."""
    alone, everything, gold = [], [torch.zeros(2)], []
    count = 1
    for target, (spans, _, _) in zip(item.targets, outputs, strict=True):
        first, body = spans[0], spans[target.row.body :]
        logits = torch.log_softmax(torch.cat([first[None], body]), 0)
        places = [[0 if n == 0 else n - target.row.body + 1 for n in side] for side in (target.starts, target.ends)]
        alone.append(-(torch.logsumexp(logits[places[0], 0], 0) + torch.logsumexp(logits[places[1], 1], 0)) / 2)
        everything.append(body - first)
        if target.starts != [0]:
            gold.append([[count + n - 1 for n in side] for side in places])
        count += len(body)
    logits = torch.log_softmax(torch.cat([everything[0][None], *everything[1:]]), 0)
    starts = [n for side, _ in gold for n in side] or [0]
    ends = [n for _, side in gold for n in side] or [0]
    together = -(torch.logsumexp(logits[starts, 0], 0) + torch.logsumexp(logits[ends, 1], 0)) / 2
    return torch.stack(alone).mean(), together


def save(reader: Reader, path: Path) -> None:
    """Write the weights as 16-bit floats."""
    np.savez(path, **{name: value.numpy().astype(np.float16) for name, value in reader.state_dict().items()})


def _groups(reader: Reader, recipe: Recipe) -> list[dict[str, Any]]:
    """The parameters by how they are trained: heads, which begin at random, faster; biases and norms without decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in reader.named_parameters():
        if parameter.requires_grad:
            rate = recipe.rate if name.startswith("layers.") else recipe.rate * recipe.head_factor
            groups.setdefault((rate, recipe.decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return [{"params": parameters, "weight_decay": decay, "rate": rate} for (rate, decay), parameters in groups.items()]


def _rows(item: QuestionItem | StatementItem) -> list[Row]:
    return [item.row] if isinstance(item, StatementItem) else [target.row for target in item.targets]


def _sources(folder: Path) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    questions = {
        name: [e for e in examples.read_questions(folder / f"{name}.questions.jsonl") if e.split == "train"]
        for name in ("news", "public")
    }
    # Whether yes or no takes the most examples to learn: such questions are drawn on their own, those on news twice as often.
    asked = {name: [e for e in pool if e.yes_no] for name, pool in questions.items()}
    questions["yes_no"] = [*asked["news"] * 2, *asked["public"]]
    statements = {
        name: [e for e in examples.read_statements(folder / f"{name}.statements.jsonl") if e.split == "train"]
        for name in ("news", "public")
    }
    return questions, statements


def _phase(mix: Sequence[tuple[float, dict[str, float]]], share: float) -> dict[str, float]:
    for length, weights in mix:
        if share < length:
            return weights
        share -= length
    return mix[-1][1]


def _schedule(share: float, warmup: float) -> float:
    """From zero to one, then along half a cosine to a twentieth."""
    if share < warmup:
        return share / warmup
    return 0.05 + 0.95 * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2


if __name__ == "__main__":
    main()
