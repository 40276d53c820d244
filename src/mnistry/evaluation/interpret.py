"""Looks inside a network while it reads one image: its layers' feature maps, and which ink decided.

Both need only model.onnx. A second session has the layers' activations as outputs; which ink decided is
found by blanking patches of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier
from mnistry.classifier.network import Network
from mnistry.errors import ModelError, needs_extra, one_line

ACTIVATIONS = {"Relu", "LeakyRelu", "Elu", "Selu", "Gelu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Mish"}
PATCH_PX = 5
STEP_PX = 3


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer's activations for one image: `maps` (channels, h, w) float32; (units, 1, 1) for a dense layer."""

    name: str
    maps: NDArray[np.float32]


class Inside:
    """The layers of a classifier's network.

    Raises `ModelError` if it has none that can be shown, `MissingExtraError` if the library `onnx` is not installed.
    """

    def __init__(self, classifier: Classifier) -> None:
        with needs_extra("serve", "looking into a network"):
            import onnx
        try:
            graph = onnx.load_model_from_string(classifier.data)
        except Exception as error:  # protobuf's own, even for models that ONNX Runtime reads
            raise ModelError(f"{classifier.path}: cannot be looked into ({one_line(error)})") from error
        found = [node.output[0] for node in graph.graph.node if node.op_type in ACTIVATIONS and node.output]
        if not found:
            raise ModelError(f"{classifier.path}: has no layers whose activations can be shown")
        known = {output.name for output in graph.graph.output}
        graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in found if name not in known)
        self._network = Network(graph.SerializeToString(), classifier.path.parent, 1, str(classifier.path))
        self._where, self._found = str(classifier.path), found

    def layers(self, image: NDArray[np.uint8]) -> list[Layer]:
        """Return the activations for one image (h, w) or (h, w, c), from the first to the last hidden layer."""
        image = image[..., None] if image.ndim == 2 else image
        given = self._network.run(self._found, image[None])
        if strange := [name for name, array in zip(self._found, given, strict=True) if array.ndim not in (2, 4)]:
            raise ModelError(f"{self._where}: its layer {strange[0]} is neither dense nor a convolution's")
        return [Layer(name, _maps(tensor[0])) for name, tensor in zip(_names(given), given, strict=True)]

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the last hidden layer's activations: (n, h, w, c) → (n, features)."""
        parts = np.array_split(images, max(1, len(images) // 500))
        last = [self._network.run(self._found[-1:], part)[0] for part in parts]
        return np.concatenate([part.reshape(len(part), -1) for part in last])


def deciding(classifier: Classifier, image: NDArray[np.uint8], label: int) -> NDArray[np.float32]:
    """Return which ink supports a class: (h, w) uint8 → (h, w) float32, from -1 (against it) to 1 (for it).

    Patches of 5×5 px are blanked one at a time, every 3 px. A pixel's value is the mean drop in the class's log
    probability over the patches that contain it, divided by the largest absolute mean.

    Source: Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks.
    """
    height, width = image.shape
    corners = [
        (y, x)
        for y in range(1 - STEP_PX, height, STEP_PX)
        for x in range(1 - STEP_PX, width, STEP_PX)
        if image[max(0, y) : y + PATCH_PX, max(0, x) : x + PATCH_PX].any()
    ]
    blanked = np.repeat(image[None], len(corners) + 1, axis=0)
    for k, (y, x) in enumerate(corners):
        blanked[k, max(0, y) : y + PATCH_PX, max(0, x) : x + PATCH_PX] = 0
    likely = np.log(np.maximum(classifier.calibrated(classifier.logits(blanked))[:, label], 1e-6))
    lost, times = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for (y, x), drop in zip(corners, likely[-1] - likely[:-1], strict=True):
        window = np.s_[max(0, y) : y + PATCH_PX, max(0, x) : x + PATCH_PX]
        lost[window] += drop
        times[window] += 1
    mean = np.where(image > 0, lost / np.maximum(times, 1), 0)
    return (mean / max(float(np.abs(mean).max()), 1e-6)).astype(np.float32)


def _maps(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return maps with channels first, whatever the network's layout; Keras puts them last."""
    if tensor.ndim == 1:
        return tensor[:, None, None]
    channels_last = tensor.shape[0] == tensor.shape[1]
    return tensor.transpose(2, 0, 1) if channels_last else tensor


def _names(given: list[NDArray[np.float32]]) -> list[str]:
    """Name each layer by its kind and its number among the layers of that kind."""
    names, turns = [], {True: 0, False: 0}
    for tensor in given:
        spatial = tensor.ndim == 4
        turns[spatial] += 1
        names.append(f"convolution {turns[spatial]}" if spatial else f"dense {turns[spatial]}")
    return names
