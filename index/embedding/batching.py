"""Batch concurrent embedding requests, so that the model reads its weights once for several callers."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class BatchedEncoder:
    """An embedding function for many threads: requests that arrive while it computes form the next batch.

    A batch has the requests of up to `most` callers. The scheme is group commit (DeWitt et al., SIGMOD 1984).
    """

    def __init__(self, encode: Callable[[Sequence[str]], Rows], most: int = 8) -> None:
        self._encode, self._most = encode, most
        self._waiting: deque[tuple[Sequence[str], Future[Rows]]] = deque()
        self._computing = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Rows:
        """A row for each text; an error of the batch is raised in all its callers."""
        mine: Future[Rows] = Future()
        self._waiting.append((texts, mine))
        with self._computing:
            while not mine.done():
                self._serve()
        return mine.result()

    def _serve(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            rows = self._encode([text for texts, _ in batch for text in texts])
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for texts, future in batch:
            future.set_result(rows[: len(texts)])
            rows = rows[len(texts) :]
