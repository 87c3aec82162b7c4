"""What a reader sees of a text that is checked: how far it is, and each sentence beside its evidence. Pure functions."""

from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

from rag.check import Check, CheckedSentence, SentenceVerdict
from ui.chat.template import drawn
from ui.i18n import Words
from ui.markup import counted
from ui.server.turns import Place

SIGNS: dict[SentenceVerdict, str] = {"supported": "✓", "contradicted": "✗", "not_found": "?", "no_claim": "–"}
assert tuple(SIGNS) == get_args(SentenceVerdict)


@dataclass(eq=False)
class CheckRun:
    """A text being checked, or checked: what the check, the button that stops it and the export share.

    `replaced` if another text was given meanwhile: then it shows nothing more. `rows` is the HTML of the sentences.
    """

    text: str
    total: int
    name: str = ""
    dropped: tuple[str, ...] = ()
    sentences: list[CheckedSentence] = field(default_factory=list)
    rows: str = ""
    whole: Check | None = None
    stopped: bool = False
    replaced: bool = False

    @property
    def working(self) -> bool:
        return self.whole is None and not self.stopped

    @property
    def as_of(self) -> str | None:
        """The date of the newest article cited so far."""
        return max((c.published for said in self.sentences for c in said.citations if c.published), default=None)

    def add(self, sentence: CheckedSentence, say: Words) -> None:
        before = self.sentences[-1].end if self.sentences else 0
        self.rows += sentence_html(sentence, "\n" in self.text[before : sentence.start], say)
        self.sentences.append(sentence)


def head_html(run: CheckRun, say: Words, place: Place | None = None) -> str:
    """How far the check is, the verdicts with their counts to filter by, and the export once it has ended."""
    counts = Counter(sentence.verdict for sentence in run.sentences)
    return drawn("check_head", say, run=run, line=_line(run, say, place), counts=counts, signs=SIGNS)


def sentence_html(sentence: CheckedSentence, opens: bool, say: Words) -> str:
    """A sentence and, beside it, its verdict, which opens the quotes. `opens` if it begins a paragraph."""
    return drawn("check_sentence", say, sentence=sentence, opens=opens, sign=SIGNS[sentence.verdict])


def _line(run: CheckRun, say: Words, place: Place | None) -> str:
    if place is not None:
        return counted(place.number, "check_waiting", say)
    if run.whole is not None:
        return counted(run.total, "check_done", say)
    return say["check_working" if run.working else "check_stopped"].format(done=len(run.sentences), total=run.total)
