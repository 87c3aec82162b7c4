"""Write e5.onnx: the network of multilingual-e5-small, without its weights.

    make graph

This needs the onnx package, which is why the file is kept in the repository: what runs does not need onnx. The weights are
ONNX external data: convert.py writes them beside the network. They stay in 4 bits; sums are in 32-bit floating point.
"""

from collections.abc import Sequence
from typing import Any

from index.embedding import e5_files
from index.embedding.convert import BLOCK, GRAPH, LAYERS, WIDTH, Tensor, matrices, tensors

_HEADS, _EPSILON = 12, 1e-12
_MICROSOFT = "com.microsoft"  # onnxruntime's own operators: one pass where standard ones take several.


def graph() -> bytes:
    """The network as ONNX.

    Inputs: token_embeddings, float32 [texts, tokens, 384], word embeddings without position; attention_mask, int32
    [texts, tokens], 1 for a token and 0 for padding. Output: means, float32 [texts, 384], over the tokens of each text.
    """
    from onnx import TensorProto, helper

    nodes: list[Any] = []

    def node(operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(name: str, rows: int, columns: int, inputs: str) -> str:
        # accuracy_level 1: 32-bit sums. At 4 it rounds its inputs to 8 bits, which was measured to be no faster.
        attributes = {"K": columns, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": 1}
        weights = [f"{name}.halves", f"{name}.scales", "", "", f"{name}.b"]
        return node("MatMulNBits", [inputs, *weights], name, _MICROSOFT, **attributes)

    def normed(name: str, inputs: str) -> str:
        return node("LayerNormalization", [inputs, f"{name}.w", f"{name}.b"], name, axis=-1, epsilon=_EPSILON)

    def residual(name: str, inputs: str, more: str) -> str:
        return normed(name, node("Add", [inputs, more], f"{name}.sum"))

    length = node("Shape", ["token_embeddings"], "length", start=1, end=2)
    places = node("Slice", ["positions", "first", length, "first"], "places")
    x = normed("emb.ln", node("Add", ["token_embeddings", places], "embeddings"))
    for n in range(LAYERS):
        layer = f"l{n}."
        shapes = {name.removeprefix(layer): (name, rows, columns) for name, rows, columns in matrices(layer)}
        query, key, value = (linear(*shapes[part], x) for part in "qkv")
        heads = [query, key, value, "", "attention_mask"]
        seen = node("MultiHeadAttention", heads, layer + "attention", _MICROSOFT, num_heads=_HEADS)
        x = residual(layer + "aln", x, linear(*shapes["ao"], seen))
        wide = node("Gelu", [linear(*shapes["fi"], x)], layer + "gelu", _MICROSOFT)
        x = residual(layer + "oln", x, linear(*shapes["fo"], wide))
    mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    shares = node("Div", [mask, node("ReduceSum", [mask, "second"], "tokens_of_text", keepdims=1)], "shares")
    rows = node("MatMul", [node("Unsqueeze", [shares, "second"], "shares_row"), x], "means_row")
    node("Squeeze", [rows, "second"], "means")
    return _model(nodes)


def _model(nodes: Sequence[Any]) -> bytes:
    """The nodes with their inputs, their output and their weights."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    constants = {"first": [0], "second": [1]}
    float32, size = TensorProto.FLOAT, ["texts", "tokens"]
    made = helper.make_graph(
        nodes,
        e5_files.MODEL,
        [
            helper.make_tensor_value_info("token_embeddings", float32, [*size, WIDTH]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT32, size),
        ],
        [helper.make_tensor_value_info("means", float32, ["texts", WIDTH])],
        [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in constants.items()]
        + [_external(tensor) for tensor in tensors()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString(deterministic=True))


def _external(tensor: Tensor) -> Any:
    """A weight that is in the file beside the network."""
    from onnx import TensorProto

    kind = TensorProto.UINT8 if tensor.dtype == "u1" else TensorProto.FLOAT
    made = TensorProto(name=tensor.name, data_type=kind, dims=tensor.shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", e5_files.WEIGHTS), ("offset", tensor.start), ("length", tensor.length)):
        made.external_data.add(key=key, value=str(value))
    return made


if __name__ == "__main__":
    GRAPH.write_bytes(graph())
