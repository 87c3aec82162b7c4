"""From examples to tensors: rows of token ids with their targets, in steps of mixed sources."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.embedding.token_table import TokenTable
from index.text.sentences import split as sentences
from rag.reader.inputs import Row, Tokenizer, question_rows, statement_rows
from rag.reader.training.examples import Passage, QuestionExample, StatementExample
from rag.reader.training.network import VERDICTS, YES_NO


@dataclass(frozen=True)
class Target:
    """A row of a question: its gold starts and ends as token places, [0] where it does not answer."""

    row: Row
    starts: list[int]
    ends: list[int]


@dataclass(frozen=True)
class QuestionItem:
    """The rows of one question, normalized together. `yes_no` is an index into YES_NO; `spans` is false without gold words."""

    targets: list[Target]
    yes_no: int
    spans: bool


@dataclass(frozen=True)
class StatementItem:
    """A statement with its evidence in tokens, and the verdict to learn."""

    row: Row
    label: str


def tokenizer(table: TokenTable) -> Tokenizer:
    """The embedding model's tokenizer, remembering what it cut."""

    @lru_cache(200_000)
    def cut(text: str) -> tuple[list[int], list[tuple[int, int]]]:
        made = table.encode([text], special=False)[0]
        return made.ids, made.offsets

    return cut


def question_item(
    tokenize: Tokenizer, example: QuestionExample, size: int, chance: random.Random, most: int = 0
) -> QuestionItem | None:
    """A question with `size` of its passages: one or two that answer, and others, the first likelier than the last.

    Given `most`, passages are cut at sentences to about as many characters.
    """
    gold = [p for p in example.passages if p.answers]
    rest = [p for p in example.passages if not p.answers]
    if "whole" in example.tags:  # A yes/no question whose passage answers without saying where.
        targets = [_target(tokenize, example.question, p) for p in example.passages[:1]]
        return QuestionItem(targets, YES_NO.index(example.yes_no or "other"), False)
    chosen = chance.sample(gold, min(len(gold), 2 if size > 3 else 1))
    chosen += _weighted(rest, size - len(chosen), chance)
    if not chosen:
        return None
    if most:
        chosen = [_cut(passage, most, chance) for passage in chosen]
    targets = [_target(tokenize, example.question, passage) for passage in chosen]
    return QuestionItem(targets, YES_NO.index(example.yes_no or "other"), True)


def statement_item(
    tokenize: Tokenizer, example: StatementExample, heads: Sequence[str], chance: random.Random
) -> StatementItem:
    """A statement against its evidence, in half of the cases without what stands above it.

    Evidence that has nothing above it borrows from `heads`, so that a missing head says nothing about the verdict.
    """
    head = (example.head or chance.choice(heads)) if chance.random() < 0.5 else ""
    return StatementItem(statement_rows(tokenize, example.statement, head, example.evidence)[0], example.label)


def _cut(passage: Passage, most: int, chance: random.Random) -> Passage:
    """Sentences that follow each other, about `most` characters of them, around the first answer or anywhere."""
    spans = sentences(passage.text)
    if len(passage.text) <= most or len(spans) < 2:
        return passage
    first, last = passage.answers[0] if passage.answers else (chance.randrange(len(passage.text)),) * 2
    inside = [n for n, span in enumerate(spans) if span.start <= last and span.end >= first] or [0]
    low, high = inside[0], inside[-1]
    while (low > 0 or high < len(spans) - 1) and spans[high].end - spans[low].start < most:
        if low > 0 and (high == len(spans) - 1 or chance.random() < 0.5):
            low -= 1
        else:
            high += 1
    start, end = spans[low].start, spans[high].end
    answers = tuple((a - start, b - start) for a, b in passage.answers if start <= a and b <= end)
    return Passage(passage.head, passage.text[start:end], answers)


def _weighted(passages: Sequence[Passage], count: int, chance: random.Random) -> list[Passage]:
    left, chosen = list(passages), list[Passage]()
    while left and len(chosen) < count:
        chosen.append(left.pop(min(int(chance.expovariate(1 / 3)), len(left) - 1)))
    return chosen


def _target(tokenize: Tokenizer, question: str, passage: Passage) -> Target:
    row = question_rows(tokenize, question, passage.head, passage.text)[0]
    starts, ends = set(), set()
    for start, end in passage.answers:
        inside = [n for n, (a, b) in enumerate(row.spans) if a < end and b > start]
        if inside:
            starts.add(row.body + inside[0])
            ends.add(row.body + inside[-1])
    return Target(row, sorted(starts) or [0], sorted(ends) or [0])


def micro_batches(rows: Sequence[Row], tokens: int) -> Iterator[list[int]]:
    """Which rows to read together: of like length, at most `tokens` with padding."""
    batch: list[int] = []
    for n in sorted(range(len(rows)), key=lambda n: len(rows[n].ids)):
        if batch and (len(batch) + 1) * len(rows[n].ids) > tokens:
            yield batch
            batch = []
        batch.append(n)
    if batch:
        yield batch


def verdict_targets(label: str) -> list[int]:
    """Which verdicts are right: "unsupported" leaves open which of the other two."""
    return [1, 2] if label == "unsupported" else [VERDICTS.index(label)]


def mixed(sources: dict[str, list[Any]], weights: dict[str, float], chance: random.Random) -> Iterator[Any]:
    """Examples without end: a source by weight, then its next example in an order shuffled anew each time round."""
    names = sorted(sources)
    orders = {name: _round(sources[name], chance) for name in names}
    while True:
        name = chance.choices(names, [weights[name] for name in names])[0]
        yield next(orders[name])


def _round(items: list[Any], chance: random.Random) -> Iterator[Any]:
    while True:
        yield from chance.sample(items, len(items))
