"""What one question takes: the seconds since it was asked, and the tokens that language models read and write for it."""

import time
from dataclasses import replace

from rag.answer import Answer, Timings, Usage


class Meter:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._timings = Timings()
        self._usage = Usage()

    def evidence(self) -> None:
        self._timings = Timings(retrieve_s=self._now(), first_evidence_s=self._now())

    def writing(self) -> None:
        if not self._timings.first_token_s:
            self._timings = replace(self._timings, first_token_s=self._now())

    def add(self, usage: Usage) -> None:
        self._usage += usage

    def measured(self, final: Answer) -> Answer:
        """The answer with what it took until now."""
        return replace(final, usage=self._usage, timings=replace(self._timings, total_s=self._now()))

    def _now(self) -> float:
        return round(time.perf_counter() - self._start, 4)
