"""Embedding together what several readers ask at the same moment: the model reads its weights once for all of them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class BatchedEncoder:
    """An embedding function for many threads: whoever comes while it computes is served by the next batch.

    A batch holds what `most` callers brought. Databases write their logs in this manner ("group commit": DeWitt et al.,
    SIGMOD 1984).
    """

    def __init__(self, encode: Callable[[Sequence[str]], Rows], most: int = 8) -> None:
        self._encode, self._most = encode, most
        self._waiting: deque[tuple[Sequence[str], Future[Rows]]] = deque()
        self._computing = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Rows:
        """A row for each text; raises what computing the batch raised."""
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
