"""Test-time augmentation (TTA): model.onnx averages its logits over five views of every image.

The views are the image as it is, turned to either side, and slanted to either side, by about as much as in the
recipes' augmentation (docs/design/0009 has the gain, and why this is in the graph). It costs five times the work.

Source: Krizhevsky, Sutskever & Hinton 2012, ImageNet Classification with Deep Convolutional Neural
Networks, section 4.1, who average over ten crops.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TURN = 0.1  # rad
SLANT = 0.13  # px sideways per px down
VIEWS = ((0.0, 0.0), (TURN, 0.0), (-TURN, 0.0), (0.0, SLANT), (0.0, -SLANT))  # turn, slant
OTHER = re.compile(r"(^|/)views/[1-9]\d*/")  # in the names of tensors of all views except the first


def average(path: Path) -> None:
    """Make the model of images (n, h, w, c) at `path` return the mean of its logits over the five views.

    Values between pixels are interpolated bilinearly and rounded to whole levels; outside the image they are 0.
    The file's metadata is lost: call this before it is written.
    """
    import onnx
    from onnx import compose, helper, numpy_helper

    model = onnx.load(path)
    image, logits = model.graph.input[0], model.graph.output[0]
    _, height, width, channels = (dim.dim_value for dim in image.type.tensor_type.shape.dim)
    # All images are moved alike: GridSample gets them as the channels of one image.
    constants = {"one": np.array([1, -1, height, width]), "each": np.array([-1, channels, height, width])}
    nodes = [
        helper.make_node("Transpose", [image.name], ["views/bytes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["views/bytes"], ["views/levels"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Reshape", ["views/levels", "views/one"], ["views/all"]),
    ]
    # The views pass through the network one after the other, on the same weights: memory is that of one.
    bodies = [compose.add_prefix(model, f"views/{i}/", rename_initializers=False) for i in range(len(VIEWS))]
    for i, (body, view) in enumerate(zip(bodies, VIEWS, strict=True)):
        constants[f"{i}/grid"] = grid(*view, height, width)
        nodes += [*_moved(i, body.graph.input[0].name), *body.graph.node]
    nodes.append(helper.make_node("Mean", [body.graph.output[0].name for body in bodies], [logits.name]))
    weights = [numpy_helper.from_array(value, f"views/{name}") for name, value in constants.items()]
    graph = helper.make_graph(nodes, "views", [image], [logits], [*model.graph.initializer, *weights])
    whole = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(whole)
    onnx.save(whole, path)


def once(path: Path, out: Path) -> None:
    """Write to `out` the model at `path` reduced to its first view, in an ensemble's members too.

    A model without other views is written unchanged.
    """
    import onnx

    model = onnx.load(path)
    nodes = [node for node in model.graph.node if not any(map(OTHER.search, node.output))]
    for node in nodes:
        if node.op_type == "Mean" and any(map(OTHER.search, node.input)):
            node.CopyFrom(onnx.helper.make_node("Identity", node.input[:1], node.output))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, out)


def _moved(i: int, out: str) -> list[Any]:
    """Return the nodes from `views/all`, floats (1, n × c, h, w), to the uint8 images (n, h, w, c) of one view."""
    from onnx import TensorProto, helper

    of = f"views/{i}"
    return [
        helper.make_node("GridSample", ["views/all", f"{of}/grid"], [f"{of}/seen"], align_corners=1),
        helper.make_node("Round", [f"{of}/seen"], [f"{of}/rounded"]),
        helper.make_node("Reshape", [f"{of}/rounded", "views/each"], [f"{of}/apart"]),
        helper.make_node("Cast", [f"{of}/apart"], [f"{of}/bytes"], to=TensorProto.UINT8),
        helper.make_node("Transpose", [f"{of}/bytes"], [out], perm=[0, 2, 3, 1]),
    ]


def grid(turn: float, slant: float, height: int, width: int) -> NDArray[np.float32]:
    """Return where a view's pixels come from: x and y, -1 to 1 from first to last pixel, (1, h, w, 2)."""
    matrix = np.array([[np.cos(turn), slant - np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    half = np.array([(width - 1) / 2, (height - 1) / 2])
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return ((np.stack([columns, rows], axis=-1) - half) @ matrix.T / half)[None].astype(np.float32)
