"""The trained reader in onnxruntime: questions with passages in, words and probabilities out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.e5 import open_session
from index.embedding.token_table import PAD, open_token_table
from rag.answer import FORMS, Form
from rag.reader.inputs import Row, question_rows, statement_rows
from rag.reader.reader_files import CARD, FILE, checked

_BATCH_TOKENS = 640
_LONGEST_SPAN = 48
"""Tokens. Longer answers are whole sentences, and are quoted."""
_PER_PASSAGE = 3
_BY_PLACE = 0.15
"""By how much the logarithm of a span's probability falls with each place of its passage in the search. Of 363 questions on the
calibration stories, among 1,176 articles, it moves the right place first from .37 to .40 of 12 passages, to .41 of 16.
"""


@dataclass(frozen=True)
class PassageText:
    """A passage as the reader sees it: `head` is its day and title, `text` is where words can be found."""

    head: str
    text: str


@dataclass(frozen=True)
class Span:
    """Words that may answer: `passages[passage].text[start:end]`, and the probability that they do, among all passages."""

    passage: int
    start: int
    end: int
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the reader makes of a question: `spans`, best first, and by passage the probability that it alone answers.

    `answered` is the calibrated probability that any passage answers. `yes`, `no` and `other` add up to one; `other` is
    the probability that it is no yes/no question, or that the articles leave it open.
    """

    spans: tuple[Span, ...]
    passages: tuple[float, ...]
    answered: float
    yes: float
    no: float
    other: float


@dataclass(frozen=True)
class Verdict:
    """Probabilities, calibrated, that evidence supports a statement, excludes it, or does neither."""

    supported: float
    contradicted: float
    neither: float


@dataclass(frozen=True)
class Thresholds:
    """Where to decide. Below `declined` the articles do not answer; below `doubtful` an answer is called doubtful.

    A statement is supported from `supported` on, contradicted from `contradicted` on; from `rival` on, a passage that
    says something else counts as another answer.
    """

    declined: float
    doubtful: float
    supported: float
    contradicted: float
    rival: float = 0.3


class Reader(Protocol):
    """Reads passages for questions, and evidence for statements."""

    name: str
    thresholds: Thresholds

    def read(self, question: str, passages: Sequence[PassageText]) -> Reading: ...

    def verify(self, pairs: Sequence[tuple[str, PassageText]]) -> list[Verdict]: ...

    def form(self, question: str) -> Form: ...


@dataclass(frozen=True)
class Calibration:
    """How raw scores become probabilities: sigmoid(scale * logit + shift), and a temperature for verdicts."""

    answered_scale: float = 1.0
    answered_shift: float = 0.0
    verdict_temperature: float = 1.0


class TrainedReader:
    """The reader that comes with onrecord. Safe to use from several threads."""

    def __init__(self, file: Path = FILE, card: Path = CARD) -> None:
        """Load the weights; raises ModelFileError if the file is missing, damaged or of another version."""
        values = checked(file, card)
        self.name = f"{values['name']} {values['sha256'][:12]}"
        self.thresholds = Thresholds(**values["thresholds"])
        self._calibration = Calibration(**values["calibration"])
        self._table = open_token_table()
        self._session = open_session(file)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[PassageText]) -> Reading:
        """Read every passage for a question, all under one normalization; no passages give a probability of 0."""
        rows, owner = [], []
        for n, passage in enumerate(passages):
            for row in question_rows(self._tokenize, question, passage.head, passage.text):
                rows.append(row)
                owner.append(n)
        if not rows:
            return Reading((), (), 0.0, 0.0, 0.0, 1.0)
        return reading_of(rows, owner, self._run(rows), len(passages), self._calibration)

    def verify(self, pairs: Sequence[tuple[str, PassageText]]) -> list[Verdict]:
        """Hold each statement against its evidence; of long evidence, the window that decides most counts."""
        rows, owner = [], []
        for n, (statement, evidence) in enumerate(pairs):
            for row in statement_rows(self._tokenize, statement, evidence.head, evidence.text):
                rows.append(row)
                owner.append(n)
        verdicts: list[Verdict] = [Verdict(0.0, 0.0, 1.0)] * len(pairs)
        for n, (_, _, logits, _) in zip(owner, self._run(rows), strict=True):
            chances = _softmax(logits / self._calibration.verdict_temperature)
            verdict = Verdict(*(float(chance) for chance in chances))
            if verdict.neither < verdicts[n].neither or verdicts[n].neither == 1.0:
                verdicts[n] = verdict
        return verdicts

    def form(self, question: str) -> Form:
        """The form of answer that a question asks for, told from its words alone."""
        (row,) = question_rows(self._tokenize, question, "", "")
        ((_, _, _, form),) = self._run([row])
        return FORMS[int(np.argmax(form))]

    def _tokenize(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        made = self._table.encode([text], special=False)[0]
        return made.ids, made.offsets

    def _run(self, rows: Sequence[Row]) -> list[tuple[NDArray[Any], ...]]:
        batches = list(_batches(rows))
        done = map(self._read, batches) if len(batches) == 1 else self._threads.map(self._read, batches)
        outputs: list[Any] = [None] * len(rows)
        for batch, (spans, *others) in zip(batches, done, strict=True):
            for at, (n, row) in enumerate(batch):
                outputs[n] = spans[at, : len(row.ids)], *(other[at] for other in others)
        return outputs

    def _read(self, batch: Sequence[tuple[int, Row]]) -> Any:
        longest = max(len(row.ids) for _, row in batch)
        ids = np.full((len(batch), longest), PAD, np.int64)
        mask = np.zeros((len(batch), longest), np.int32)
        asked = np.zeros((len(batch), longest), np.float32)
        for at, (_, row) in enumerate(batch):
            ids[at, : len(row.ids)] = row.ids
            mask[at, : len(row.ids)] = 1
            asked[at, 1 : row.asked] = 1.0
        inputs = {"token_embeddings": self._table.embed(ids), "attention_mask": mask, "asked": asked}
        return self._session.run(["span", "yes_no", "verdict", "form"], inputs)


@cache
def open_reader() -> TrainedReader:
    """The process's one reader, loaded when first needed; raises ModelFileError."""
    return TrainedReader()


def reading_of(
    rows: Sequence[Row],
    owner: Sequence[int],
    outputs: Sequence[tuple[NDArray[Any], ...]],
    passages: int,
    calibration: Calibration,
) -> Reading:
    """One normalization over the words of all rows and one outcome for "none of them"; `owner` gives each row's passage.

    The passages come in the order of the search. Whether any answers does not depend on that; which does, a little.
    """
    relative = [spans[row.body : len(row.ids) - 1] - spans[0] for row, (spans, *_) in zip(rows, outputs, strict=True)]
    none = float(
        np.mean(-_total(relative))
    )  # The logarithm of the probability of "none of them", between start and end.
    logit = float(np.log(max(1.0 - np.exp(none), 1e-9)) - none)
    answered = 1.0 / (1.0 + float(np.exp(-(calibration.answered_scale * logit + calibration.answered_shift))))
    by_passage = [0.0] * passages
    for n, part in zip(owner, relative, strict=True):
        by_passage[n] = max(by_passage[n], _alone(part))
    placed = [part - _BY_PLACE * n for n, part in zip(owner, relative, strict=True)]
    total = _total(placed)
    shares = [float(np.exp(part - total).sum(axis=0).mean()) for part in placed]
    found: dict[tuple[int, int, int], float] = {}
    for row, n, part in zip(rows, owner, placed, strict=True):
        for start, end, probability in _spans(part - total):
            place = n, row.spans[start][0], row.spans[end][1]
            found[place] = max(found.get(place, 0.0), probability)
    spans = sorted((Span(*place, probability) for place, probability in found.items()), key=lambda s: -s.probability)
    best = outputs[int(np.argmax(shares))][1]
    yes, no, other = (float(value) for value in _softmax(best))
    return Reading(tuple(spans), tuple(by_passage), answered, yes, no, other)


def _total(relative: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The logarithm of the sum over all tokens and "none of them", for starts and for ends."""
    everything = np.concatenate([np.zeros((1, 2), np.float32), *relative])
    peak = everything.max(axis=0)
    return np.asarray(np.log(np.exp(everything - peak).sum(axis=0)) + peak)


def _alone(relative: NDArray[Any]) -> float:
    """The probability that one row answers, against its own "no answer" and nothing else."""
    peak = relative.max(axis=0, initial=-30.0)
    odds = float((np.log(np.exp(relative - peak).sum(axis=0) + 1e-30) + peak).mean())
    return 1.0 / (1.0 + float(np.exp(-min(max(odds, -30.0), 30.0))))


def _spans(logarithms: NDArray[Any]) -> Iterator[tuple[int, int, float]]:
    """The likeliest spans of one row that do not overlap: first and last token, and the mean probability of the two."""
    starts, ends = logarithms[:, 0], logarithms[:, 1]
    taken: list[tuple[int, int]] = []
    if not len(starts):
        return
    scores = starts[:, None] + ends[None, :]
    lengths = np.arange(len(ends))[None, :] - np.arange(len(starts))[:, None]
    scores = np.where((lengths >= 0) & (lengths < _LONGEST_SPAN), scores, -np.inf)
    for flat in np.argsort(-scores, axis=None)[:64]:
        start, end = divmod(int(flat), scores.shape[1])
        if not np.isfinite(scores[start, end]):
            break
        if all(end < a or start > b for a, b in taken):
            taken.append((start, end))
            yield start, end, float(np.exp(scores[start, end] / 2))
        if len(taken) == _PER_PASSAGE:
            break


def _batches(rows: Sequence[Row]) -> Iterator[list[tuple[int, Row]]]:
    batch: list[tuple[int, Row]] = []
    for n, row in sorted(enumerate(rows), key=lambda pair: len(pair[1].ids)):
        if batch and (len(batch) + 1) * len(row.ids) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append((n, row))
    if batch:
        yield batch


def _softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    raised = np.exp(np.asarray(logits, np.float64) - logits.max())
    chances: NDArray[np.float64] = raised / raised.sum()
    return chances
