"""Models that a test makes: small networks of the right form, with something wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8


def model(
    path: Path,
    last: Sequence[onnx.NodeProto] | None = None,
    weights: np.ndarray | None = None,
    classes: int = 10,
    extra: dict[str, np.ndarray] | None = None,
    image: tuple[Any, ...] = ("n", 28, 28, 1),
    logits: tuple[Any, ...] | None = None,
    **metadata: str,
) -> Path:
    """One dense layer of `weights`, by default zeros; `last` makes "logits" of "flat" (n, classes) in its place."""
    weights = np.zeros((784, classes), np.float32) if weights is None else weights
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=FLOAT),
        helper.make_node("Flatten", ["numbers"], ["pixels"]),
        helper.make_node("MatMul", ["pixels", "weights"], ["flat"]),
        *(last or [helper.make_node("Identity", ["flat"], ["logits"])]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("images", UINT8, image)],
        [helper.make_tensor_value_info("logits", FLOAT, logits or ("n", classes))],
        [numpy_helper.from_array(array, name) for name, array in {"weights": weights, **(extra or {})}.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(made, metadata)
    onnx.save(made, path)
    return path


def endless(path: Path) -> Path:
    """A loop whose condition stays true."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", FLOAT, None),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("y", FLOAT, None)],
    )
    loop = helper.make_node("Loop", ["", "true", "flat"], ["logits"], body=body)
    return model(path, [loop], extra={"true": np.array(True)})


def greedy(path: Path) -> Path:
    """It asks for eight gigabytes as it runs, and uses them."""
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["much"]),
        helper.make_node("ReduceSum", ["much"], ["sum"], keepdims=0),
        helper.make_node("Add", ["flat", "sum"], ["logits"]),
    ]
    return model(path, nodes, extra={"size": np.array([2_000_000_000], np.int64)})


def detector(
    path: Path, *, glyphs: int = 31, scale: float = 0.1, channels: Any = 3, last: Any = None, **metadata: str
) -> Path:
    """A detector of the right form: each map is the picture's mean over channels, or `scale` times that.

    `last` are nodes that replace those that make some of the outputs.
    """
    maps = {"glyph": ("half", glyphs), "size": ("half", 2), "offset": ("half", 2), "owner": ("half", 2)}
    maps |= {"text": ("eighth", 2)}
    nodes = [
        helper.make_node("Cast", ["picture"], ["numbers"], to=FLOAT),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("ReduceMean", ["planes"], ["grey"], axes=[1]),
        helper.make_node("AveragePool", ["grey"], ["half"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("AveragePool", ["grey"], ["eighth"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Sigmoid", ["half"], ["warm"]),
        helper.make_node("Sigmoid", ["grey"], ["dark"]),
        helper.make_node("Squeeze", ["warm", "axis"], ["heat"]),
        helper.make_node("Squeeze", ["dark", "axis"], ["ink"]),
        *(helper.make_node("Conv", [of, f"{name}_weights"], [name]) for name, (of, _) in maps.items()),
    ]
    replaced = {name for node in last or () for name in node.output}
    nodes = [node for node in nodes if not replaced & set(node.output)] + list(last or ())
    weights = {f"{name}_weights": np.full((n, 1, 1, 1), scale, np.float32) for name, (_, n) in maps.items()}
    sides = {"heat": ("n", "h2", "w2"), "ink": ("n", "h", "w")}
    sides |= {name: ("n", n, f"{of}_h", f"{of}_w") for name, (of, n) in maps.items()}
    order = ("heat", "glyph", "size", "offset", "owner", "ink", "text")
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("picture", UINT8, ("n", "height", "width", channels))],
        [helper.make_tensor_value_info(name, FLOAT, sides[name]) for name in order],
        [numpy_helper.from_array(array, name) for name, array in {**weights, "axis": np.array([1])}.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(made, metadata)
    onnx.save(made, path)
    return path
