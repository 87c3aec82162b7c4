"""A cache of the vectors of the texts embedded last: questions read the same articles again and again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class VectorCache:
    """An embedding function with an LRU cache of `most` texts. Safe to use from several threads."""

    def __init__(self, encode: Callable[[Sequence[str]], Rows], most: int) -> None:
        self._encode, self._most = encode, most
        self._rows: OrderedDict[str, Rows] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> list[Rows]:
        """The row of each text; only rows that are not cached are computed."""
        with self._lock:
            rows = {text: self._rows[text] for text in texts if text in self._rows}
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        if missing:
            rows.update(zip(missing, self._encode(missing), strict=True))
        with self._lock:
            for text, row in rows.items():
                self._rows[text] = row.copy()  # A view would keep its whole batch in memory.
                self._rows.move_to_end(text)
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)
        return [rows[text] for text in texts]
