"""Export a trained reader: python -m rag.reader.training.export RUN/reader.npz OUT.onnx [--bits 8]

Needs the onnx package. The network is the embedding model's with three heads; its matrices are stored in 8 bits.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, LAYERS, HEADS, EPSILON = 384, 12, 12, 1e-12
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


def export(weights: Mapping[str, NDArray[Any]], out: Path, bits: int) -> None:
    """Write the network; with 8 bits, matrices by channel and their inputs as they come (dynamic quantization)."""
    if bits == 32:
        out.write_bytes(network(weights))
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = out.with_suffix(".32.onnx")
    whole.write_bytes(network(weights))
    quantize_dynamic(
        whole,
        out,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,  # 7 bits: AVX2 adds pairs of products in 16 bits, which 8 bits overflow.
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": 1},  # FLOAT: onnx cannot infer what onnxruntime's own operators return.
    )
    whole.unlink()


def network(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """The network as ONNX in 32-bit floats.

    Inputs: token_embeddings, float32 [rows, tokens, 384]; attention_mask, int32 [rows, tokens]. Outputs: span [rows,
    tokens, 2], yes_no [rows, 3], verdict [rows, 3].
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    tensors: dict[str, NDArray[Any]] = {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "first": np.array(0, np.int64),
    }

    def node(operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(name: str, inputs: str, output: str = "") -> str:
        tensors[f"{name}.weight"] = np.ascontiguousarray(weights[f"{name}.weight"].astype(np.float32).T)
        tensors[f"{name}.bias"] = weights[f"{name}.bias"].astype(np.float32)
        product = node("MatMul", [inputs, f"{name}.weight"], f"{name}.product")
        return node("Add", [product, f"{name}.bias"], output or f"{name}.sum")

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
    first = node("Gather", [x, "first"], "first.token", axis=1)
    for head in ("yes_no", "verdict"):
        hidden = node("Gelu", [linear(f"{head}.0", first)], f"{head}.gelu", _MICROSOFT)
        linear(f"{head}.2", hidden, head)

    float32 = TensorProto.FLOAT
    made = helper.make_graph(
        nodes,
        "onrecord-reader",
        [
            helper.make_tensor_value_info("token_embeddings", float32, ["rows", "tokens", WIDTH]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT32, ["rows", "tokens"]),
        ],
        [
            helper.make_tensor_value_info("span", float32, ["rows", "tokens", 2]),
            helper.make_tensor_value_info("yes_no", float32, ["rows", 3]),
            helper.make_tensor_value_info("verdict", float32, ["rows", 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
