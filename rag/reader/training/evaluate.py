"""Measure an exported reader and set its thresholds: python -m rag.reader.training.evaluate EXAMPLES READER.onnx --card OUT.json

Calibration and thresholds come from the stories kept for it, the figures from those that neither training nor calibration saw.
"""

import argparse
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from index.text.language import detect
from rag.reader.reader_files import INPUTS
from rag.reader.runtime import Calibration, PassageText, Reading, Thresholds, TrainedReader, Verdict
from rag.reader.training import examples
from rag.reader.training.examples import QuestionExample, StatementExample
from rag.verify.vetoes import Evidence, vetoes

FALSE_REFUSALS = 0.12
"""The share of answerable questions that may be declined."""
DOUBTFUL = 0.3
"""Below this probability of being right an answer is called doubtful."""
FALSE_SUPPORT = 0.065
"""The share of unsupported statements that may be called supported, by the reader and by code together."""
CONTRADICTION_PRECISION = 0.68
_PASSAGES = 12


@dataclass(frozen=True)
class QuestionResult:
    """What the reader made of an example question."""

    example: QuestionExample
    reading: Reading

    @property
    def answerable(self) -> bool:
        return any(passage.answers for passage in self.example.passages)

    @property
    def right(self) -> bool:
        """Whether the likeliest words overlap an answer."""
        return bool(self.reading.spans) and self._overlaps(0)

    def f1(self) -> float:
        """The overlap of the likeliest words with the best of the right ones, in words, as SQuAD measures it."""
        if not self.reading.spans:
            return 0.0
        span = self.reading.spans[0]
        said = self.example.passages[span.passage].text[span.start : span.end].lower().split()
        gold = [p.text[s:e].lower().split() for p in self.example.passages for s, e in p.answers]
        return max((_f1(said, words) for words in gold), default=0.0)

    def _overlaps(self, at: int) -> bool:
        span = self.reading.spans[at]
        return any(s < span.end and e > span.start for s, e in self.example.passages[span.passage].answers)


@dataclass(frozen=True)
class StatementResult:
    """`vetoed` if code finds a number, date, unit, name or quotation in the statement that the evidence lacks."""

    example: StatementExample
    verdict: Verdict
    vetoed: bool = False

    def passes(self, threshold: float) -> bool:
        return self.verdict.supported >= threshold and not self.vetoed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--card", type=Path, help="write the thresholds and figures here")
    parser.add_argument("--most", type=int, default=600, help="examples of a kind and split")
    options = parser.parse_args()
    raw = Path("out/uncalibrated.json")
    raw.parent.mkdir(exist_ok=True)
    _write_card(raw, options.reader, Calibration(), Thresholds(0.5, 0.7, 0.5, 0.5), {})
    reader = TrainedReader(options.reader, raw)
    asked = list(_questions(options.examples, "calibrate", options.most))
    calibration, thresholds = calibrated(
        _read(reader, asked), _verified(reader, options.examples, "calibrate", options.most)
    )
    print(json.dumps(asdict(calibration)), json.dumps(asdict(thresholds)))
    _write_card(options.card or raw, options.reader, calibration, thresholds, {})
    reader = TrainedReader(options.reader, options.card or raw)
    figures = {
        **question_figures(_read(reader, list(_questions(options.examples, "test", options.most))), reader.thresholds),
        **statement_figures(_verified(reader, options.examples, "test", options.most), reader.thresholds),
    }
    print(json.dumps(figures, indent=1))
    if options.card:
        _write_card(options.card, options.reader, calibration, thresholds, figures)


def calibrated(
    questions: Sequence[QuestionResult], statements: Sequence[StatementResult]
) -> tuple[Calibration, Thresholds]:
    """The calibration under which probabilities are frequencies, and thresholds for the shares named above."""
    news = [r for r in questions if r.example.source == "news"]
    logits = np.array([_logit(r.reading.answered) for r in news])
    right = np.array([r.answerable and r.right for r in news], np.float64)
    scale, shift = _logistic(logits, right)
    chances = 1 / (1 + np.exp(-(scale * logits + shift)))
    answerable = np.array([r.answerable for r in news])
    declined = float(np.quantile(chances[answerable], FALSE_REFUSALS))
    temperature = _temperature(statements)
    sharpened = [_tempered(r.verdict, temperature) for r in statements]
    supported = [
        0.0 if r.vetoed else v.supported
        for r, v in zip(statements, sharpened, strict=True)
        if r.example.label != "supported"
    ]
    contradicted = [(v.contradicted, r.example.label) for r, v in zip(statements, sharpened, strict=True)]
    thresholds = Thresholds(
        declined=round(declined, 4),
        doubtful=round(max(declined, DOUBTFUL), 4),
        supported=round(float(np.quantile(supported, 1 - FALSE_SUPPORT)), 4),
        contradicted=round(_least(contradicted, CONTRADICTION_PRECISION), 4),
    )
    return Calibration(round(scale, 4), round(shift, 4), round(temperature, 4)), thresholds


def question_figures(results: Sequence[QuestionResult], thresholds: Thresholds) -> dict[str, float]:
    """By source and language: the right place first, F1 of the words, near misses and answerable questions declined."""
    groups: dict[str, list[QuestionResult]] = defaultdict(list)
    for result in results:
        groups[result.example.source].append(result)
        if result.example.source == "news":
            groups["news cross" if "cross" in result.example.tags else "news own"].append(result)
            groups[f"news {result.example.tags[1]}"].append(result)
    figures: dict[str, float] = {}
    for name, group in sorted(groups.items()):
        answerable = [r for r in group if r.answerable]
        absent = [r for r in group if not r.answerable]
        declined: Callable[[QuestionResult], bool] = lambda r: r.reading.answered < thresholds.declined  # noqa: E731
        figures[f"{name}: questions"] = len(group)
        if answerable:
            figures[f"{name}: right place first"] = _mean([r.right for r in answerable])
            figures[f"{name}: F1"] = _mean([r.f1() for r in answerable])
            figures[f"{name}: answerable declined"] = _mean([declined(r) for r in answerable])
        if absent:
            figures[f"{name}: near misses declined"] = _mean([declined(r) for r in absent])
        asked = [r for r in group if r.example.yes_no and r.answerable]
        if asked:
            figures[f"{name}: yes or no right"] = _mean(
                [(r.reading.yes > r.reading.no) == (r.example.yes_no == "yes") for r in asked]
            )
    return figures


def statement_figures(results: Sequence[StatementResult], thresholds: Thresholds) -> dict[str, float]:
    """False called supported, true called supported, contradicted called so, and the area under the curve."""
    chances = np.array([r.verdict.supported for r in results])
    labels = np.array([r.example.label for r in results])
    true = labels == "supported"
    passed = np.array([r.passes(thresholds.supported) for r in results])
    figures = {
        "statements": float(len(results)),
        "statements: area under the curve": _area(chances, true),
        "statements: false called supported": float(passed[~true].mean()),
        "statements: true called supported": float(passed[true].mean()),
        "statements: true vetoed": float(np.mean([r.vetoed for r in results if r.example.label == "supported"])),
        "statements: contradicted called so": _mean(
            [r.verdict.contradicted >= thresholds.contradicted for r in results if r.example.label == "contradicted"]
        ),
    }
    changes = defaultdict(list)
    for result in results:
        changes[result.example.change].append(result.passes(thresholds.supported))
    return figures | {f"statements {change}: called supported": _mean(hits) for change, hits in sorted(changes.items())}


def _questions(folder: Path, split: str, most: int) -> Sequence[QuestionExample]:
    chosen: list[QuestionExample] = []
    for name in ("news", "public"):
        by_source: dict[str, list[QuestionExample]] = defaultdict(list)
        for example in examples.read_questions(folder / f"{name}.questions.jsonl"):
            if example.split == split:
                by_source[example.source].append(example)
        for rows in by_source.values():
            share = most if name == "news" else most // 4
            chosen += random.Random(1).sample(rows, min(share, len(rows)))
    return chosen


def _read(reader: TrainedReader, asked: Sequence[QuestionExample]) -> list[QuestionResult]:
    results = []
    for example in tqdm(asked, unit="question"):
        passages = [PassageText(p.head, p.text) for p in example.passages[:_PASSAGES]]
        results.append(QuestionResult(example, reader.read(example.question, passages)))
    return results


def _verified(reader: TrainedReader, folder: Path, split: str, most: int) -> list[StatementResult]:
    rows = [e for e in examples.read_statements(folder / "news.statements.jsonl") if e.split == split]
    rows = random.Random(1).sample(rows, min(most, len(rows)))
    verdicts: list[Verdict] = []
    for at in tqdm(range(0, len(rows), 32), unit="batch"):
        part = rows[at : at + 32]
        verdicts += reader.verify([(e.statement, PassageText(e.head, e.evidence)) for e in part])
    return [StatementResult(e, v, _vetoed(e)) for e, v in zip(rows, verdicts, strict=True)]


def _vetoed(example: StatementExample) -> bool:
    day, _, title = example.head.partition(" ")
    evidence = Evidence(example.evidence, detect(example.evidence), day or None, title)
    return bool(vetoes(example.statement, [evidence]))


def _write_card(
    path: Path, reader: Path, calibration: Calibration, thresholds: Thresholds, figures: dict[str, float]
) -> None:
    values: dict[str, Any] = {
        "name": "onrecord-reader",
        "inputs": INPUTS,
        "sha256": hashlib.sha256(reader.read_bytes()).hexdigest(),
        "calibration": asdict(calibration),
        "thresholds": asdict(thresholds),
        "figures": {name: round(value, 4) for name, value in figures.items()},
    }
    path.write_text(json.dumps(values, indent=1) + "\n", "utf-8")


def _logit(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)))


def _logistic(x: NDArray[Any], y: NDArray[Any]) -> tuple[float, float]:
    """Scale and shift of a logistic regression on one feature, by gradient descent on the standardized feature."""
    mean, spread = float(x.mean()), float(x.std()) or 1.0
    feature = (x - mean) / spread
    scale, shift = 1.0, 0.0
    for _ in range(2_000):
        error = 1 / (1 + np.exp(-(scale * feature + shift))) - y
        scale -= 0.5 * float((error * feature).mean())
        shift -= 0.5 * float(error.mean())
    return scale / spread, shift - scale * mean / spread


def _temperature(results: Sequence[StatementResult]) -> float:
    names = ("supported", "contradicted", "neither")

    def loss(temperature: float) -> float:
        tempered = [_tempered(r.verdict, temperature) for r in results]
        return float(
            np.mean([-np.log(max(getattr(v, r.example.label), 1e-9)) for r, v in zip(results, tempered, strict=True)])
        )

    assert all(r.example.label in names for r in results)
    return min((step / 10 for step in range(5, 31)), key=loss)


def _tempered(verdict: Verdict, temperature: float) -> Verdict:
    raised = np.array([verdict.supported, verdict.contradicted, verdict.neither]) ** (1 / temperature)
    return Verdict(*(float(value) for value in raised / raised.sum()))


def _least(chances: Sequence[tuple[float, str]], precision: float) -> float:
    """The least threshold from which on at least that share is contradicted."""
    ordered = sorted(chances, reverse=True)
    right, least = 0, 1.0
    for n, (chance, label) in enumerate(ordered, 1):
        right += label == "contradicted"
        if right / n >= precision:
            least = chance
    return least


def _area(chances: NDArray[Any], true: NDArray[Any]) -> float:
    ranks = np.argsort(np.argsort(chances)) + 1
    positive, negative = int(true.sum()), int((~true).sum())
    return float((ranks[true].sum() - positive * (positive + 1) / 2) / max(1, positive * negative))


def _f1(said: list[str], gold: list[str]) -> float:
    shared = sum(min(said.count(word), gold.count(word)) for word in set(said))
    return 2 * shared / (len(said) + len(gold)) if shared else 0.0


def _mean(values: Sequence[Any]) -> float:
    return float(np.mean([float(value) for value in values])) if values else 0.0


if __name__ == "__main__":
    main()
