"""The gate: what a run must reach, and what of a baseline it must not lose."""

import json
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases import Plan
from eval.metrics.intervals import Figure, paired_difference
from eval.metrics.measures import MEASURES
from index.errors import QuestionSetError, SettingsError

_OPERATORS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt}
_REQUIREMENT = re.compile(
    r"(?:(?P<engine>[\w-]+):)?(?P<measure>[\w@]+)\s*(?P<sign>>=|<=|==|>|<)\s*(?P<bound>-?\d*\.?\d+)"
)
_NEARLY = 1e-9


@dataclass(frozen=True)
class Requirement:
    """One condition, of the first engine where none is named: `accuracy>=0.85`, `starter:total_s_p50<=60`."""

    measure: str
    sign: str
    bound: float
    engine: str | None = None

    def __str__(self) -> str:
        engine = f"{self.engine}:" if self.engine else ""
        return f"{engine}{self.measure}{self.sign}{self.bound:g}"

    def holds(self, value: float) -> bool:
        if self.sign == "==":
            return abs(value - self.bound) <= _NEARLY
        return bool(_OPERATORS[self.sign](value, self.bound))


@dataclass(frozen=True)
class Gates:
    """What the run is held to."""

    requirements: tuple[Requirement, ...] = ()
    baseline: Path | None = None

    def read_baseline(self, plan: Plan[Any]) -> dict[str, Any] | None:
        """The summary of an earlier run of the same questions; raises QuestionSetError where it asked others."""
        if not self.baseline:
            return None
        try:
            baseline: dict[str, Any] = json.loads(self.baseline.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise QuestionSetError(
                f"The baseline {str(self.baseline)!r} cannot be read ({error}). Give a summary.json."
            ) from error
        theirs = baseline.get("set", {})
        if theirs.get("hash") != plan.hash:
            raise QuestionSetError(
                f"The baseline asked {theirs.get('name')!r} ({theirs.get('hash')}), this run asks {plan.asked.name!r} "
                f"({plan.hash}): other questions or another corpus. Use a baseline of the same set and sample, or leave "
                "out --baseline."
            )
        return baseline

    def short_of(self, summary: Mapping[str, Any], baseline: Mapping[str, Any] | None) -> list[str]:
        """What fell short, in words. A measure that applied to no question is short too: it proves nothing."""
        short = [why for requirement in self.requirements if (why := _shortfall(requirement, summary))]
        return short + (regressions(summary, baseline) if baseline else [])


def parse_requirements(text: str) -> list[Requirement]:
    """The conditions of `--require`, separated by commas; raises SettingsError for what cannot be read."""
    return [_requirement(part.strip()) for part in text.split(",") if part.strip()]


def regressions(summary: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[str]:
    """Engines that answer fewer of the same questions right than the baseline did, beyond what chance explains."""
    return [
        f"{engine}: accuracy fell by {-change.value:.3f} against the baseline (95 % interval of the change "
        f"{change.low:+.3f} to {change.high:+.3f})"
        for engine, change in accuracy_changes(summary, baseline).items()
        if change.value is not None and change.high is not None and change.high < 0
    ]


def accuracy_changes(summary: Mapping[str, Any], baseline: Mapping[str, Any]) -> dict[str, Figure]:
    """The paired change of accuracy of every engine that both runs have."""
    changes = {}
    for engine, ours in summary["engines"].items():
        old = baseline["engines"].get(engine, {}).get("outcomes", {})
        pairs = [
            (outcome["accuracy"], old[case]["accuracy"])
            for case, outcome in ours["outcomes"].items()
            if case in old and None not in (outcome["accuracy"], old[case]["accuracy"])
        ]
        if pairs:
            changes[engine] = paired_difference([after for after, _ in pairs], [before for _, before in pairs])
    return changes


def _requirement(text: str) -> Requirement:
    found = _REQUIREMENT.fullmatch(text)
    if not found:
        raise SettingsError(
            f"--require {text!r} cannot be read. Write a measure and a bound, such as accuracy>=0.85,verified==1."
        )
    if found["measure"] not in MEASURES:
        raise SettingsError(
            f"--require {text!r}: there is no measure {found['measure']!r}. Choose one of {', '.join(MEASURES)}."
        )
    return Requirement(found["measure"], found["sign"], float(found["bound"]), found["engine"])


def _shortfall(requirement: Requirement, summary: Mapping[str, Any]) -> str | None:
    engines = summary["engines"]
    engine = requirement.engine or next(iter(engines))
    if engine not in engines:
        return f"{requirement}: the run has no engine {engine!r}, only {', '.join(engines)}"
    figure = engines[engine]["figures"].get(requirement.measure)
    if figure is None or figure["value"] is None:
        known = ", ".join(sorted(engines[engine]["figures"]))
        return f"{requirement}: {requirement.measure} applied to no question of this run, which has {known}"
    value = figure["value"]
    return None if requirement.holds(value) else f"{requirement}: {engine} has {value:.4g}"
