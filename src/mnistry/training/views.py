"""Test-time augmentation: model.onnx looks at every image five times, and means what it means on average.

The image as it is, turned to either side, and slanted to either side, as hands differ: five views that a
network has seen the like of in training, whose mistakes are not all the same. It costs five times the work.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TURN = 0.1  # rad
SLANT = 0.13
VIEWS = ((0.0, 0.0), (TURN, 0.0), (-TURN, 0.0), (0.0, SLANT), (0.0, -SLANT))  # turn, slant


def put_in_front(path: Path) -> None:
    """Let the model of images (n, h, w, c) at `path` give the mean of its logits over the five views.

    What is between pixels is interpolated bilinearly and rounded; what comes from outside is 0.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    body = onnx.compose.add_prefix(model, "view/", rename_inputs=True, rename_outputs=True)
    size = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    classes = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    pixels, shares = _origins(size[1], size[2])
    constants = {
        "pixels": pixels.reshape(-1),
        "shares": shares[..., None],
        "flat": np.array([0, size[1] * size[2], size[3]]),
        "corners": np.array([0, *shares.shape, size[3]]),
        "corner": np.array([3]),
        "images_of_views": np.array([-1, *size[1:]]),
        "views_of_images": np.array([-1, len(VIEWS), classes]),
        "view": np.array([1]),
        "count": np.array(len(VIEWS), np.float32),
    }
    before = [
        helper.make_node("Reshape", ["images", "flat"], ["flat_images"]),
        helper.make_node("Gather", ["flat_images", "pixels"], ["gathered"], axis=1),
        helper.make_node("Reshape", ["gathered", "corners"], ["by_corner"]),
        helper.make_node("Cast", ["by_corner"], ["as_floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", ["as_floats", "shares"], ["weighed"]),
        helper.make_node("ReduceSum", ["weighed", "corner"], ["seen"], keepdims=0),
        helper.make_node("Round", ["seen"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["as_bytes"], to=onnx.TensorProto.UINT8),
        helper.make_node("Reshape", ["as_bytes", "images_of_views"], [body.graph.input[0].name]),
    ]
    after = [
        helper.make_node("Reshape", [body.graph.output[0].name, "views_of_images"], ["of_views"]),
        helper.make_node("ReduceSum", ["of_views", "view"], ["summed"], keepdims=0),
        helper.make_node("Div", ["summed", "count"], ["logits"]),
    ]
    weights = [*body.graph.initializer, *(numpy_helper.from_array(value, key) for key, value in constants.items())]
    nodes = [*before, *body.graph.node, *after]
    graph = helper.make_graph(nodes, "views", list(model.graph.input), list(model.graph.output), weights)
    whole = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(whole)
    onnx.save(whole, path)


def _origins(height: int, width: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For every pixel of each view the four pixels it comes from, and what each of them weighs: (views, h × w, 4)."""
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    rows, columns = np.indices((height, width))
    grid = np.stack([columns, rows], axis=-1).reshape(-1, 2) - middle
    places = np.stack(
        [
            grid @ np.array([[np.cos(turn), -np.sin(turn) + slant], [np.sin(turn), np.cos(turn)]]).T + middle
            for turn, slant in VIEWS
        ]
    )
    first = np.floor(places).astype(np.int64)
    beyond = places - first
    corners = first[:, :, None] + np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    x, y = beyond[..., 0], beyond[..., 1]
    shares = np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], axis=-1)
    inside = ((corners >= 0) & (corners < [width, height])).all(axis=-1)
    kept = np.clip(corners, 0, [width - 1, height - 1])
    return (kept[..., 1] * width + kept[..., 0]).astype(np.int32), (shares * inside).astype(np.float32)
