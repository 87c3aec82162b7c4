"""A stopwatch that stamps an answer with the seconds since its question was asked."""

import time
from dataclasses import replace

from rag.answer import Answer, Timings


class Stopwatch:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def evidence(self, draft: Answer) -> Answer:
        return replace(draft, timings=Timings(retrieve_s=self._now(), first_evidence_s=self._now()))

    def writing(self, draft: Answer) -> Answer:
        first = draft.timings.first_token_s or self._now()
        return replace(draft, timings=replace(draft.timings, first_token_s=first))

    def finished(self, final: Answer) -> Answer:
        return replace(final, timings=replace(final.timings, total_s=self._now()))

    def _now(self) -> float:
        return round(time.perf_counter() - self._start, 4)
