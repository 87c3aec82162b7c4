"""The vectors of the texts that were embedded last: readers come back to the same articles, and so do their questions."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class VectorCache:
    """An embedding function that remembers its last `most` texts. Safe to use from several threads."""

    def __init__(self, encode: Callable[[Sequence[str]], Rows], most: int) -> None:
        self._encode, self._most = encode, most
        self._rows: OrderedDict[str, Rows] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> list[Rows]:
        """The row of each text; only those that are not remembered are computed."""
        with self._lock:
            rows = {text: self._rows[text] for text in texts if text in self._rows}
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        if missing:
            rows.update(zip(missing, self._encode(missing), strict=True))
        with self._lock:
            for text, row in rows.items():
                self._rows[text] = row.copy()  # Else it would keep all those alive that it was computed with.
                self._rows.move_to_end(text)
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)
        return [rows[text] for text in texts]
