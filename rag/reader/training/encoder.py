"""The embedding model's weights as 32-bit floats, which training starts from."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from index.embedding import e5_files as files
from index.embedding import e5_setup
from index.embedding.convert import LAYERS, matrices, tensors


def encoder_weights() -> dict[str, NDArray[np.float32]]:
    """The weights by the names of network.py; made from the model cache, whose files are checked. Raises ModelFileError."""
    data = (e5_setup.obtain() / files.WEIGHTS).read_bytes()
    stored = {
        tensor.name: np.frombuffer(data, tensor.dtype, int(np.prod(tensor.shape)), tensor.start).reshape(tensor.shape)
        for tensor in tensors()
    }
    weights = {"places": stored["positions"], "norm.weight": stored["emb.ln.w"], "norm.bias": stored["emb.ln.b"]}
    for n in range(LAYERS):
        for name, rows, columns in matrices(f"l{n}."):
            part = f"layers.{n}.{name.rpartition('.')[2]}"
            weights[f"{part}.weight"] = _whole(stored, name).reshape(rows, columns)
            weights[f"{part}.bias"] = stored[f"{name}.b"]
        for norm in ("aln", "oln"):
            weights[f"layers.{n}.{norm}.weight"] = stored[f"l{n}.{norm}.w"]
            weights[f"layers.{n}.{norm}.bias"] = stored[f"l{n}.{norm}.b"]
    return weights


def _whole(stored: Mapping[str, NDArray[np.uint8]], name: str) -> NDArray[np.float32]:
    """A matrix of 4-bit values around 8, two a byte, the first in its low half, with one scale for 32 of them."""
    halves = stored[f"{name}.halves"]
    values = np.stack([halves & 15, halves >> 4], axis=-1).reshape(*halves.shape[:-1], 32).astype(np.float32) - 8
    return values * stored[f"{name}.scales"].reshape(*halves.shape[:-1], 1)
