"""A language model's opinion of the answers, for what rules cannot see. Optional, named, and kept apart from the figures.

LlamaIndex's FaithfulnessEvaluator says whether the quotes support the answer (yes or no), its CorrectnessEvaluator how
good the answer is beside the accepted one (1 to 5, told here as 0 to 1).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cases import Case
from eval.metrics.intervals import mean_figure
from eval.metrics.matching import plain
from eval.metrics.summary import by_engine
from eval.reply_records import Record

if TYPE_CHECKING:
    from llama_index.core.evaluation.base import EvaluationResult
    from llama_index.core.llms import LLM


@dataclass(frozen=True)
class Verdict:
    """What the judge said of one answer; None where it does not apply or could not be read."""

    key: str
    engine: str
    case_id: str
    judge: str
    faithfulness: float | None
    correctness: float | None
    why: str = ""


class Judge:
    """A language model that reads answers."""

    def __init__(self, llm: "LLM") -> None:
        from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator

        self.name = llm.metadata.model_name
        self._faithfulness = FaithfulnessEvaluator(llm=llm)
        self._correctness = CorrectnessEvaluator(llm=llm)

    def judge(self, record: Record, case: Case) -> Verdict | None:
        """Its verdict, None where there is no answer to judge."""
        answer = record.reply.answer if record.reply else None
        if answer is None or answer.status == "not_found":
            return None
        text, quotes = plain(answer.text), [citation.quote for citation in answer.citations]
        faithful = self._faithfulness.evaluate(response=text, contexts=quotes) if quotes else None
        reference = " / ".join(case.answers)
        correct = _read(lambda: self._correctness.evaluate(query=case.question, response=text, reference=reference))
        return Verdict(
            record.key,
            record.engine,
            record.case_id,
            self.name,
            faithful.score if faithful else 0.0,
            _share(correct) if reference else None,
            str(correct.feedback or "") if correct else "",
        )


def judged(records: Sequence[Record], cases: Mapping[str, Case], judge: Judge, out: Path) -> dict[str, dict[str, Any]]:
    """The figures of the judge's verdicts by engine. Verdicts are kept in judged.jsonl and not asked for twice."""
    path = out / "judged.jsonl"
    known = {(verdict.key, verdict.case_id): verdict for verdict in _kept(path) if verdict.judge == judge.name}
    figures = {}
    for engine, held in by_engine(records).items():
        verdicts = []
        for record in held:
            verdict = known.get((record.key, record.case_id)) or judge.judge(record, cases[record.case_id])
            if verdict is None:
                continue
            if (record.key, record.case_id) not in known:
                _keep(path, verdict)
            verdicts.append(verdict)
        if verdicts:
            figures[engine] = {
                "faithfulness": asdict(mean_figure([verdict.faithfulness for verdict in verdicts])),
                "correctness": asdict(mean_figure([verdict.correctness for verdict in verdicts])),
            }
    return figures


def open_judge(name: str) -> Judge:
    """The judge of that name: any model that could also answer."""
    from index.errors import SettingsError
    from rag.assistant import open_llm
    from rag.settings import read_settings

    llm = open_llm(read_settings(ONRECORD_LLM=name))
    if llm is None:
        raise SettingsError(f"--judge {name!r} names no language model. Name one that can read and judge.")
    return Judge(llm)


def _read(ask: Callable[[], "EvaluationResult"]) -> "EvaluationResult | None":
    """A judge that does not answer in the form asked for says nothing: LlamaIndex then fails on its second line."""
    try:
        return ask()
    except ValueError:
        return None


def _share(result: "EvaluationResult | None") -> float | None:
    score = result.score if result else None
    return None if score is None or not 1 <= score <= 5 else (score - 1) / 4


def _kept(path: Path) -> list[Verdict]:
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [Verdict(**json.loads(line)) for line in lines if line.endswith("}")]


def _keep(path: Path, verdict: Verdict) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
