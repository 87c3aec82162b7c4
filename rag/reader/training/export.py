"""Export a trained reader: python -m rag.reader.training.export RUN/reader.npz OUT.onnx [--bits 8]

Needs the onnx package. The network is the embedding model's with three heads; its matrices are stored in 8 bits.
"""

import argparse
from collections.abc import Mapping
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
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    tensors: dict[str, NDArray[Any]] = {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "two": np.array([2], np.int64),
        "first": np.array(0, np.int64),
        "unit": np.array(1.0, np.float32),
        "much": np.array(1e4, np.float32),
    }

    def node(operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(name: str, inputs: str, output: str = "") -> str:
        tensors[f"{name}.bias"] = weights[f"{name}.bias"].astype(np.float32)
        product = node("MatMul", [inputs, matrix(f"{name}.weight")], f"{name}.product")
        return node("Add", [product, f"{name}.bias"], output or f"{name}.sum")

    def matrix(name: str) -> str:
        values = np.ascontiguousarray(weights[name].astype(np.float32).T)
        if bits == 32:
            tensors[name] = values
            return name
        tensors[f"{name}.rounded"], tensors[f"{name}.scales"] = rounded(values)
        whole = node("Cast", [f"{name}.rounded"], f"{name}.whole", to=TensorProto.FLOAT)
        return node("Mul", [whole, f"{name}.scales"], name)

    def normed(name: str, inputs: str) -> str:
        for part in ("weight", "bias"):
            tensors[f"{name}.{part}"] = weights[f"{name}.{part}"].astype(np.float32)
        return node(
            "LayerNormalization", [inputs, f"{name}.weight", f"{name}.bias"], f"{name}.out", axis=-1, epsilon=EPSILON
        )

    tensors["places"] = weights["places"].astype(np.float32)
    length = node("Shape", ["token_embeddings"], "length", start=1, end=2)
    places = node("Slice", ["places", "zero", length, "zero"], "places.used")
    x = normed("norm", node("Add", ["token_embeddings", places], "embeddings"))
    for n in range(LAYERS):
        layer = f"layers.{n}."
        query, key, value = (linear(layer + part, x) for part in "qkv")
        seen = node(
            "MultiHeadAttention", [query, key, value, "", "attention_mask"], layer + "seen", _MICROSOFT, num_heads=HEADS
        )
        x = normed(layer + "aln", node("Add", [x, linear(layer + "ao", seen)], layer + "aln.sum"))
        wide = node("Gelu", [linear(layer + "fi", x)], layer + "gelu", _MICROSOFT)
        x = normed(layer + "oln", node("Add", [x, linear(layer + "fo", wide)], layer + "oln.sum"))
    linear("span", x, "span")
    asked = node("Unsqueeze", ["asked", "two"], "asked.wide")
    count = node("ReduceSum", ["asked", "one"], "asked.count", keepdims=1)
    outside = node("Mul", [node("Sub", [asked, "unit"], "asked.outside"), "much"], "asked.lowered")

    def pool(x: str, name: str) -> str:
        first = node("Gather", [x, "first"], f"{name}.first", axis=1)
        total = node("ReduceSum", [node("Mul", [x, asked], f"{name}.asked"), "one"], f"{name}.total", keepdims=0)
        mean = node("Div", [total, count], f"{name}.mean")
        highest = node("ReduceMax", [node("Add", [x, outside], f"{name}.raised"), "one"], f"{name}.max", keepdims=0)
        return node("Concat", [first, mean, highest], name, axis=-1)

    pooled = pool(x, "pooled")
    for head in ("yes_no", "verdict"):
        hidden = node("Gelu", [linear(f"{head}.0", pooled)], f"{head}.gelu", _MICROSOFT)
        linear(f"{head}.2", hidden, head)
    middle = [pool(f"layers.{n}.oln.out", f"pooled.{n}") for n in FORM_LAYERS]
    linear("form", node("Concat", middle, "pooled.middle", axis=-1), "form")

    float32 = TensorProto.FLOAT
    made = helper.make_graph(
        nodes,
        "onrecord-reader",
        [
            helper.make_tensor_value_info("token_embeddings", float32, ["rows", "tokens", WIDTH]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT32, ["rows", "tokens"]),
            helper.make_tensor_value_info("asked", float32, ["rows", "tokens"]),
        ],
        [
            helper.make_tensor_value_info("span", float32, ["rows", "tokens", 2]),
            helper.make_tensor_value_info("yes_no", float32, ["rows", 3]),
            helper.make_tensor_value_info("verdict", float32, ["rows", 3]),
            helper.make_tensor_value_info("form", float32, ["rows", len(FORMS)]),
        ],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString(deterministic=True))


def rounded(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix [inputs, outputs] in 8 bits, and one scale [1, outputs] a column: their product is about the matrix."""
    scales = np.abs(matrix).max(0, keepdims=True) / 127
    scales[scales == 0] = 1.0
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


if __name__ == "__main__":
    main()
