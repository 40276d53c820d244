"""Changes to the graph of a small model, each to be asked for by its numbers: graphs.py has the list."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

Change = Callable[[onnx.ModelProto, Path], onnx.ModelProto | None]


def sizes(*, images: list[int | str] | None = None, logits: list[int | str] | None = None) -> Change:
    """Other sizes than the network's own are declared."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        for value, sizes in ((model.graph.input[0], images), (model.graph.output[0], logits)):
            if sizes is not None:
                kind = value.type.tensor_type.elem_type
                value.CopyFrom(helper.make_tensor_value_info(value.name, kind, sizes))

    return change


def weights(fill: float | None = None, classes: int = 10, pixels: int = 784) -> Change:
    """Others: all of one number, for this many classes."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        weights = np.full((pixels, classes), 0.01 if fill is None else fill, np.float32)
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "weights"))
        sizes(logits=["n", classes])(model, path)

    return change


def then(
    *nodes: onnx.NodeProto, kind: int = TensorProto.FLOAT, shape: list[int | str] | None = None, **given: object
) -> Change:
    """More is done to the logits, which the network now calls "raw"; `given` are constants."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        model.graph.node[-1].output[0] = "raw"
        model.graph.node.extend(nodes)
        model.graph.initializer.extend(numpy_helper.from_array(np.asarray(one), name) for name, one in given.items())
        model.graph.output[0].CopyFrom(helper.make_tensor_value_info("logits", kind, shape or ["n", 10]))

    return change


def node(op: str, *inputs: str, out: str = "logits", **attributes: Any) -> onnx.NodeProto:
    """A node that gives the logits, if it gives nothing else."""
    return helper.make_node(op, list(inputs), [out], **attributes)


def memory(size: int) -> Change:
    """N bytes of one number, whose sum goes into each logit."""
    vast = node("ConstantOfShape", "vast", out="much")
    total = node("ReduceSum", "much", out="total", keepdims=0)
    return then(vast, total, node("Add", "raw", "total"), vast=np.array([size // 4], np.int64))


def loop(times: int, body: list[onnx.NodeProto]) -> Change:
    """The logits go through a loop."""
    boolean, number = TensorProto.BOOL, TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("before", boolean, []),
        helper.make_tensor_value_info("carried", number, None),
    ]
    outputs = [helper.make_tensor_value_info("after", boolean, []), helper.make_tensor_value_info("next", number, None)]
    graph = helper.make_graph([node("Identity", "before", out="after"), *body], "body", inputs, outputs)
    loop = helper.make_node("Loop", ["times", "yes", "raw"], ["logits"], body=graph)
    return then(loop, times=np.int64(times), yes=np.bool_(True))


def within(depth: int) -> Change:
    """Branches within branches."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        inner = helper.make_graph([node("Identity", "raw", out="b0")], "g0", [], [_value("b0")])
        for n in range(1, depth):
            branch = helper.make_node("If", ["yes"], [f"b{n}"], then_branch=inner, else_branch=_short(n))
            inner = helper.make_graph([branch], f"g{n}", [], [_value(f"b{n}")])
        last = helper.make_node("If", ["yes"], ["logits"], then_branch=inner, else_branch=_short(depth))
        then(last, yes=np.bool_(True))(model, path)

    return change


def _short(n: int) -> onnx.GraphProto:
    return helper.make_graph([node("Identity", "raw", out=f"e{n}")], f"s{n}", [], [_value(f"e{n}")])


def _value(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def beside(location: str, offset: int | None = None, length: int | None = None) -> Change:
    """The weights lie in another file."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        weights = model.graph.initializer[0]
        path.with_name("weights.bin").write_bytes(weights.raw_data)
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            if value is not None:
                weights.external_data.add(key=key, value=str(value))

    return change


def calling_itself(model: onnx.ModelProto, path: Path) -> None:
    """A function whose body is a call of it."""
    call, opset = helper.make_node("Again", ["x"], ["y"], domain="own"), [helper.make_opsetid("own", 1)]
    model.functions.append(helper.make_function("own", "Again", ["x"], ["y"], [call], opset))
    model.opset_import.append(helper.make_opsetid("own", 1))
    then(helper.make_node("Again", ["raw"], ["logits"], domain="own"))(model, path)


def doubling(model: onnx.ModelProto, path: Path) -> None:
    """Functions that each call the next twice: 2³⁰ nodes, once they are put in."""
    opset = [helper.make_opsetid("own", 1), helper.make_opsetid("", 20)]
    for n in range(30):
        last = n == 29
        calls = [
            helper.make_node("Identity" if last else f"F{n + 1}", [a], [b], domain="" if last else "own")
            for a, b in (("x", "m"), ("m", "y"))
        ]
        model.functions.append(helper.make_function("own", f"F{n}", ["x"], ["y"], calls, opset))
    model.opset_import.append(helper.make_opsetid("own", 1))
    then(helper.make_node("F0", ["raw"], ["logits"], domain="own"))(model, path)


def many_nodes(number: int) -> Change:
    """N nodes, one behind the other."""
    names = ["raw", *(f"x{n}" for n in range(number - 1)), "logits"]
    return then(*(node("Neg", a, out=b) for a, b in pairwise(names)))


def circle(model: onnx.ModelProto, path: Path) -> None:
    """Nodes that wait for each other."""
    then(node("Add", "raw", "back", out="there"), node("Neg", "there", out="back"), node("Neg", "back"))(model, path)


def renamed(old: str, new: str) -> Change:
    """An input or output of another name."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        for value in (*model.graph.input, *model.graph.output):
            value.name = new if value.name == old else value.name
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [new if name == old else name for name in names]

    return change


def typed(kind: int) -> Change:
    """Images of another type."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        model.graph.input[0].type.tensor_type.elem_type = kind

    return change


def set_field(field: str, value: object) -> Change:
    """A field of the model itself."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        setattr(model, field, value)

    return change


def without(field: str) -> Change:
    """With a part left out."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        (model if field in ("graph", "opset_import") else model.graph).ClearField(field)

    return change


def second(part: str) -> Change:
    """Another input or output."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        name = "flat" if part == "output" else "more"
        getattr(model.graph, part).append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 784]))

    return change


def opset(version: int, domain: str = "") -> Change:
    """Of another version, or domain, of operators."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        model.opset_import[0].version, model.opset_import[0].domain = version, domain

    return change


def tensor(**fields: object) -> Change:
    """The weights say other things of themselves than they hold."""

    def change(model: onnx.ModelProto, path: Path) -> None:
        weights = model.graph.initializer[0]
        for field, value in fields.items():
            if field == "dims":
                weights.ClearField("dims")
                weights.dims.extend(value)  # pyright: ignore[reportArgumentType]
            else:
                setattr(weights, field, value)

    return change


def no_attribute_type(model: onnx.ModelProto, path: Path) -> None:
    """An attribute that says another type than it has."""
    model.graph.node[0].attribute[0].type = AttributeProto.STRING
