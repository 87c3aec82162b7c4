"""Export a trained reader: python -m rag.reader.training.to_onnx RUN/reader.npz OUT.onnx [--bits 8]

Needs the onnx package. The network is the embedding model's with four heads; its matrices are stored in 8 bits.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answer import FORMS

WIDTH, LAYERS, HEADS, EPSILON = 384, 12, 12, 1e-12
FORM_LAYERS = (3, 5, 7)
"""The layers, from 0, that tell the form of a question best: .80 right over five folds; the last one .72."""
_MICROSOFT = "com.microsoft"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bits", type=int, choices=(8, 32), default=8)
    options = parser.parse_args()
    weights = dict(np.load(options.weights))
    export(weights, options.out, options.bits)
    print(f"{options.out.stat().st_size:,} bytes")


def export(weights: Mapping[str, NDArray[Any]], out: Path, bits: int = 8) -> None:
    """Write the network. With 8 bits the matrices are rounded; onnxruntime multiplies them out when it loads the file."""
    out.write_bytes(network(weights, bits))


def network(weights: Mapping[str, NDArray[Any]], bits: int) -> bytes:
    """The network as ONNX.

    Inputs: token_embeddings, float32 [rows, tokens, 384]; attention_mask, int32 [rows, tokens]; asked, float32 [rows,
    tokens], 1 for tokens of the question or statement. Outputs: span [rows, tokens, 2], yes_no [rows, 3], verdict [rows, 3],
    form [rows, 9].
    """
    graph = _Graph(weights, bits)
    outputs = graph.encoder()
    graph.heads(outputs)
    return graph.serialized()


class _Graph:
    """A graph in the making: its nodes, and the tensors that they read."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], bits: int) -> None:
        self._weights, self._bits = weights, bits
        self._nodes: list[Any] = []
        self._tensors: dict[str, NDArray[Any]] = {
            "zero": np.array([0], np.int64),
            "one": np.array([1], np.int64),
            "two": np.array([2], np.int64),
            "first": np.array(0, np.int64),
            "unit": np.array(1.0, np.float32),
            "much": np.array(1e4, np.float32),
        }

    def encoder(self) -> list[str]:
        """Twelve layers of BERT; the names of their outputs."""
        self._tensors["places"] = self._weights["places"].astype(np.float32)
        length = self._node("Shape", ["token_embeddings"], "length", start=1, end=2)
        places = self._node("Slice", ["places", "zero", length, "zero"], "places.used")
        x = self._normed("norm", self._node("Add", ["token_embeddings", places], "embeddings"))
        outputs = []
        for n in range(LAYERS):
            x = self._layer(f"layers.{n}.", x)
            outputs.append(x)
        return outputs

    def heads(self, outputs: Sequence[str]) -> None:
        """What is read from the layers: words, yes or no, verdict, and the form of a question."""
        self._linear("span", outputs[-1], "span")
        self._node("Unsqueeze", ["asked", "two"], "asked.wide")
        self._node("ReduceSum", ["asked", "one"], "asked.count", keepdims=1)
        self._node("Mul", [self._node("Sub", ["asked.wide", "unit"], "asked.outside"), "much"], "asked.lowered")
        pooled = self._pool(outputs[-1], "pooled")
        for head in ("yes_no", "verdict"):
            hidden = self._node("Gelu", [self._linear(f"{head}.0", pooled)], f"{head}.gelu", _MICROSOFT)
            self._linear(f"{head}.2", hidden, head)
        middle = [self._pool(outputs[n], f"pooled.{n}") for n in FORM_LAYERS]
        self._linear("form", self._node("Concat", middle, "pooled.middle", axis=-1), "form")

    def serialized(self) -> bytes:
        from onnx import TensorProto, helper, numpy_helper

        def values(name: str, shape: list[str | int], kind: int = TensorProto.FLOAT) -> Any:
            return helper.make_tensor_value_info(name, kind, shape)

        made = helper.make_graph(
            self._nodes,
            "onrecord-reader",
            [
                values("token_embeddings", ["rows", "tokens", WIDTH]),
                values("attention_mask", ["rows", "tokens"], TensorProto.INT32),
                values("asked", ["rows", "tokens"]),
            ],
            [
                values("span", ["rows", "tokens", 2]),
                values("yes_no", ["rows", 3]),
                values("verdict", ["rows", 3]),
                values("form", ["rows", len(FORMS)]),
            ],
            [numpy_helper.from_array(value, name) for name, value in self._tensors.items()],
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
        return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString(deterministic=True))

    def _layer(self, layer: str, x: str) -> str:
        query, key, value = (self._linear(layer + part, x) for part in "qkv")
        inputs = [query, key, value, "", "attention_mask"]
        seen = self._node("MultiHeadAttention", inputs, layer + "seen", _MICROSOFT, num_heads=HEADS)
        x = self._normed(layer + "aln", self._node("Add", [x, self._linear(layer + "ao", seen)], layer + "aln.sum"))
        wide = self._node("Gelu", [self._linear(layer + "fi", x)], layer + "gelu", _MICROSOFT)
        return self._normed(layer + "oln", self._node("Add", [x, self._linear(layer + "fo", wide)], layer + "oln.sum"))

    def _pool(self, x: str, name: str) -> str:
        """The first token beside the mean and the maximum of what was asked, as in `network.pool`."""
        first = self._node("Gather", [x, "first"], f"{name}.first", axis=1)
        asked = self._node("Mul", [x, "asked.wide"], f"{name}.asked")
        total = self._node("ReduceSum", [asked, "one"], f"{name}.total", keepdims=0)
        mean = self._node("Div", [total, "asked.count"], f"{name}.mean")
        raised = self._node("Add", [x, "asked.lowered"], f"{name}.raised")
        highest = self._node("ReduceMax", [raised, "one"], f"{name}.max", keepdims=0)
        return self._node("Concat", [first, mean, highest], name, axis=-1)

    def _linear(self, name: str, inputs: str, output: str = "") -> str:
        self._tensors[f"{name}.bias"] = self._weights[f"{name}.bias"].astype(np.float32)
        product = self._node("MatMul", [inputs, self._matrix(f"{name}.weight")], f"{name}.product")
        return self._node("Add", [product, f"{name}.bias"], output or f"{name}.sum")

    def _matrix(self, name: str) -> str:
        from onnx import TensorProto

        values = np.ascontiguousarray(self._weights[name].astype(np.float32).T)
        if self._bits == 32:
            self._tensors[name] = values
            return name
        self._tensors[f"{name}.rounded"], self._tensors[f"{name}.scales"] = rounded(values)
        whole = self._node("Cast", [f"{name}.rounded"], f"{name}.whole", to=TensorProto.FLOAT)
        return self._node("Mul", [whole, f"{name}.scales"], name)

    def _normed(self, name: str, inputs: str) -> str:
        for part in ("weight", "bias"):
            self._tensors[f"{name}.{part}"] = self._weights[f"{name}.{part}"].astype(np.float32)
        names = [inputs, f"{name}.weight", f"{name}.bias"]
        return self._node("LayerNormalization", names, f"{name}.out", axis=-1, epsilon=EPSILON)

    def _node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output


def rounded(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix [inputs, outputs] in 8 bits, and one scale [1, outputs] a column: their product is about the matrix."""
    scales = np.abs(matrix).max(0, keepdims=True) / 127
    scales[scales == 0] = 1.0
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


if __name__ == "__main__":
    main()
