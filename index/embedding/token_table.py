"""The tokenizer and the token embeddings of multilingual-e5-small, shared by all models of the process.

    table = open_token_table()
    encodings = table.encode([("Who is late?", "The ferry is late.")])
    vectors = table.embed([encoding.ids for encoding in encodings])    # pad ids to one length first, with PAD

The ids are those of XLM-RoBERTa's pieces without its offset: <s> is 0, <pad> 1, </s> 2, unknown 3.
"""

import os
import re
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from index.embedding import e5_files, e5_setup
from index.errors import ModelFileError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

BEGIN, PAD, END = 0, 1, 2
"""The ids of <s>, <pad> and </s>."""
Input = str | tuple[str, str]
"""A text, or a pair such as a question and a passage."""
_LATIN_TEXT = re.compile(
    "[\u0000-\u00b4\u00b6-\u0148\u014a-\u024f\u0300-\u0330\u1e00-\u1e99\u1e9b-\u1eff\u2000-\u2016\u2018-\u206f\u20a0-\u20cf\u2122"
    "\u2190-\u2193\u2212\ufb00-\ufb06\ufeff]*"
)
"""A text whose pieces are all in the small tokenizer: its characters, normalized, are those of convert.py's pieces."""
_opening = threading.Lock()


class TokenTable:
    """Texts to ids, and ids to vectors. Safe to use from several threads.

    Loading all pieces takes 0.6 s and 290 MB, those of Latin script half of it. The others are loaded with the first text
    that needs them; the ids of a text are the same with both.
    """

    def __init__(self, folder: Path) -> None:
        """Load from the model's folder, whose files were checked; raises ModelFileError."""
        self._folder = folder
        self._loading = threading.Lock()
        self._whole: Tokenizer | None = None
        try:
            table = np.load(folder / e5_files.TABLE, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise _unreadable(folder / e5_files.TABLE, error) from error
        self._blocks: NDArray[Any] = np.asarray(table)  # the mapping itself: memmap's own indexing is slower
        self.width = 32 * self._blocks.shape[1]
        self._latin = _load(folder / e5_files.LATIN_TOKENIZER)

    @property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer with all pieces, loaded if need be. It is shared: set neither padding nor truncation."""
        with self._loading:
            if self._whole is None:
                self._whole = _load(self._folder / e5_files.TOKENIZER)
                self._latin = self._whole  # It reads everything: the small one is not needed any more.
            return self._whole

    def tokenizer_for(self, inputs: Iterable[Input]) -> "Tokenizer":
        """The smallest tokenizer that reads these inputs. It is shared: set neither padding nor truncation."""
        if self._whole is None:
            texts = (text for one in inputs for text in ((one,) if isinstance(one, str) else one))
            if all(_LATIN_TEXT.fullmatch(text) for text in texts):
                return self._latin
        return self.tokenizer

    def encode(self, inputs: Sequence[Input], special: bool = True) -> "list[Encoding]":
        """Token ids and character offsets of each text or pair; with `special`, <s> A </s> or <s> A </s> </s> B </s>.

        A lone surrogate is read as "?", a NUL as a space; both keep the offsets of what follows.
        """
        clean = [readable(one) if isinstance(one, str) else (readable(one[0]), readable(one[1])) for one in inputs]
        return self.tokenizer_for(clean).encode_batch(clean, add_special_tokens=special)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, without special tokens."""
        clean = [readable(text) for text in texts]
        encodings = self.tokenizer_for(clean).encode_batch_fast(clean, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def embed(self, ids: ArrayLike) -> NDArray[np.float32]:
        """The word embeddings of ids, without positions: an integer array [...] becomes float32 [..., 384]."""
        wanted = np.asarray(ids, np.int64)
        blocks = self._blocks[wanted.ravel()]
        low, high = blocks["halves"] & 15, blocks["halves"] >> 4
        signed = np.concatenate([low, high], axis=-1).astype(np.float32) - 8
        return (signed * blocks["scale"].astype(np.float32)[..., None]).reshape(*wanted.shape, self.width)


def open_token_table() -> TokenTable:
    """The shared table; made from the installed wheel if the model cache lacks it. Raises ModelFileError."""
    with _opening:
        return _table(e5_setup.obtain())


def readable(text: str) -> str:
    """The text with lone surrogates and NULs replaced, at the same length."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


@lru_cache(1)
def _table(folder: Path) -> TokenTable:
    return TokenTable(folder)


def _load(path: Path) -> "Tokenizer":
    # The model uses all cores already, and tokenizers warns about forks otherwise.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing more specific.
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"The file {str(path)!r} of the embedding model cannot be loaded ({error}). Run: onrecord models pull {e5_files.MODEL}."
    )
