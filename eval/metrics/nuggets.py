"""Measures of an answer by nuggets: the facts that a set asks for, as regular expressions over the text shown.

The text is the answer as a reader sees it, its quoted sentences included, without citation markers: `[1]` is no figure.
"""

import re
from collections.abc import Sequence

from eval.cases import Case, Nugget
from eval.metrics.matching import plain
from eval.reply_records import Score
from rag.answer import Answer


def nugget_accuracy(case: Case, answer: Answer) -> Score:
    """1 where every vital nugget and no rejected pattern matches; a conflict must have that status as well.

    Any status but `not_found` satisfies a question that expects an answer.
    """
    if answer.status == "not_found":
        return Score(0.0, "declined")
    missing = _missing(case, answer.text)
    faults = [f"lacks {_named(nugget)}" for nugget in missing]
    faults += [f"shows {pattern}" for pattern in shown(answer.text, case.reject)]
    if case.expect == "conflict" and answer.status != "conflict":
        faults.append(f"status {answer.status} instead of conflict")
    return Score(float(not faults), "; ".join(faults) or "has every vital nugget")


def vital_recall(case: Case, answer: Answer) -> Score:
    """The share of the vital nuggets that match; 0 for an answer that declines."""
    if answer.status == "not_found":
        return Score(0.0, "declined")
    vital, missing = _vital(case), _missing(case, answer.text)
    return Score(1 - len(missing) / len(vital), "; ".join(f"lacks {_named(nugget)}" for nugget in missing))


def rejected(case: Case, answer: Answer) -> Score:
    """1 where the answer shows a rejected pattern: a wrong answer that lies near the right one."""
    if not case.reject or answer.status == "not_found":
        return Score(None)
    found = shown(answer.text, case.reject)
    return Score(float(bool(found)), "; ".join(found))


def nugget_scores(case: Case, answer: Answer) -> dict[str, Score]:
    """The measures of a question with nuggets besides its accuracy; none for other questions."""
    scores = {"vital_recall": vital_recall(case, answer)} if case.nuggets else {}
    return scores | ({"rejected": rejected(case, answer)} if case.reject else {})


def failed_scores(case: Case) -> dict[str, Score]:
    """The scores of a question on which the engine failed: no answer, no nugget."""
    judged = case.nuggets or case.answers
    names = ["present_right"] * bool(judged) + ["vital_recall"] * bool(case.nuggets)
    return {name: Score(0.0, "failed") for name in names}


def shown(text: str, patterns: Sequence[str]) -> list[str]:
    """The patterns that match the text without its markers, upper and lower case alike."""
    said = plain(text).strip()
    return [pattern for pattern in patterns if re.search(pattern, said, re.IGNORECASE)]


def _vital(case: Case) -> list[Nugget]:
    return [nugget for nugget in case.nuggets if nugget.vital]


def _missing(case: Case, text: str) -> list[Nugget]:
    return [nugget for nugget in _vital(case) if not shown(text, nugget.any)]


def _named(nugget: Nugget) -> str:
    return " or ".join(nugget.any)
