"""Runs a trained network with ONNX Runtime: images → calibrated class probabilities."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import MODEL
from mnistry.classifier import metadata
from mnistry.classifier.network import Network, model_bytes
from mnistry.errors import ModelError
from mnistry.lineage import Placement
from mnistry.safety.limits import LIMITS

BATCH = 512  # images per run of the network: enough to keep it busy, with little memory
CONVERTED = {  # types often passed by mistake, and how to convert them to images
    "list": "np.array(images, np.uint8)",
    "tuple": "np.array(images, np.uint8)",
    "Tensor": "images.cpu().numpy()",
    "bool": "255 * images.astype(np.uint8)",
}


class Classifier:
    """Classifies images with a `model.onnx`; without a path it uses the bundled one.

    `class_names` names the columns of what `classify` returns. `metadata` is the file's metadata: recipe,
    seed, validation metrics, temperature and so on; empty for a bare model. `data` are the file's bytes;
    if they are passed to the constructor, the file is not read. `threads` limits the network's threads:
    None means one per core. A classifier can be pickled; the pickle contains the file's bytes.

    Raises `ModelError` if the file does not exist, is not a model of this kind, or exceeds `limits.LIMITS`. The memory
    that a network takes is not limited, because this process's limits are not changed; `mnistry read` and the server
    run foreign models in separate processes with limits.
    """

    def __init__(self, model: str | Path = MODEL, threads: int | None = None, *, data: bytes | None = None) -> None:
        self.path, self._threads = Path(model), threads
        where = str(self.path)
        self.data = model_bytes(self.path) if data is None else data
        self._network = Network(self.data, self.path.parent, threads or 0, where)
        self.metadata = metadata.read(self._network.metadata, where)
        self.image_shape, classes = self._signature()
        self.temperature = metadata.temperature(self.metadata, where)
        self.threshold = metadata.threshold(self.metadata, where)
        self.class_names: tuple[str, ...] = metadata.names(self.metadata, classes, where)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the file's bytes, so that unpickling needs no file."""
        return _loaded, (type(self), self.path, self._threads, self.data)

    @property
    def placement(self) -> Placement:
        """How pictures of folders are placed for it: as those that it was trained on, by default as reading does."""
        data, extension = self.metadata.data, self.metadata.extension
        return (data and data.placement) or (extension and (extension.placement or "pad")) or "mnist"

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return calibrated class probabilities: (n, h, w) or (n, h, w, c) uint8 → (n, classes) float32.

        `images` are 0–255, white ink on black, of the size the model was trained on (28×28 for the
        bundled one). The logits are divided by the temperature fitted on validation images.
        Raises `ModelError` if dtype or shape are wrong, if the images are a mask of 0 and 1, or if the network fails,
        gives logits that are not finite or exceed `LIMITS.logit`, or takes more than `LIMITS.run_s` seconds.

        Source: Guo et al. 2017, On Calibration of Modern Neural Networks (temperature scaling).
        """
        images = self._checked(images)
        if images.size and images.max() == 1:
            raise ModelError("`images` are 0 and 1, as a mask is: wanted 0–255, white ink on black: 255 * images")
        return self.calibrated(self.logits(images))

    def calibrated(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits (n, classes) → probabilities (n, classes) float32: divided by the temperature, then softmax."""
        return softmax(logits / self.temperature)

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the outputs before temperature and softmax: images as for `classify` → (n, classes) float32."""
        images = self._checked(images)
        if not len(images):
            return np.empty((0, len(self.class_names)), np.float32)
        batches = (images[i : i + BATCH] for i in range(0, len(images), BATCH))
        logits = np.concatenate([self._network.run(["logits"], batch)[0] for batch in batches])
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.path}: returns logits that are not numbers (NaN or infinite): train it again")
        if (largest := float(np.abs(logits).max())) > LIMITS.logit:
            raise ModelError(f"{self.path}: returns a logit of {largest:g}: wanted at most {LIMITS.logit:g}")
        return logits

    def _checked(self, images: Any) -> NDArray[np.uint8]:
        """Return the images as (n, h, w, c). Raises `ModelError`, which says what is expected, for anything else."""
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
            kind = str(getattr(images, "dtype", "")) if isinstance(images, np.ndarray) else type(images).__name__
            how = CONVERTED.get(kind, "")
            if kind.startswith("float"):
                how = "(255 * images).astype(np.uint8) if they are 0 to 1"
            wanted = "wanted a uint8 array, 0–255, white ink on black"
            raise ModelError(f"`images` are {kind}: {wanted}" + (f": {how}" if how else ""))
        if images.ndim == 3:
            images = images[..., None]
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            size = "×".join(map(str, self.image_shape))
            raise ModelError(f"`images` are {images.shape}: wanted (n, h, w) or (n, h, w, c) with h×w×c = {size}")
        return images

    def _signature(self) -> tuple[tuple[int, int, int], int]:
        """Return ((height, width, channels), number of classes), after checking names, types and sizes."""
        inputs, outputs = self._network.inputs, self._network.outputs
        found = [(name, kind, len(shape)) for name, kind, shape in (*inputs, *outputs)]
        if found != [("images", "tensor(uint8)", 4), ("logits", "tensor(float)", 2)]:
            if found[:1] == [("picture", "tensor(uint8)", 4)] and outputs:
                raise ModelError(
                    f"{self.path}: is a detector, which finds digits: "
                    "wanted a classifier, which says what they are, e.g. from: mnistry train"
                )
            said = ", ".join(f"{name}: {kind}, {axes} axes" for name, kind, axes in found[:4])
            raise ModelError(f"{self.path}: has {said}: wanted images (uint8, n h w c) and logits (float32, n classes)")
        (_, height, width, channels), (_, classes) = inputs[0][2], outputs[0][2]
        sizes = (height, width, channels, classes)
        if not all(isinstance(size, int) and size > 0 for size in sizes) or isinstance(inputs[0][2][0], int):
            said = f"takes images {inputs[0][2]} and returns logits {outputs[0][2]}"
            raise ModelError(f"{self.path}: {said}: wanted a variable number of images, and no other variable axis")
        if height * width * channels > LIMITS.image_values or classes > LIMITS.classes:
            said = f"images of {height}×{width}×{channels}, {classes} classes"
            wanted = f"wanted at most {LIMITS.image_values:,} values per image and {LIMITS.classes:,} classes"
            raise ModelError(f"{self.path}: {said}: {wanted}")
        return (height, width, channels), classes


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Logits (n, classes) → probabilities (n, classes), each row summing to 1."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def rejection_scores(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Logits (n, classes) → (n,): how likely each image is any of the classes; below the threshold it is rejected.

    Source: Liu et al. 2020, Energy-based Out-of-distribution Detection (log-sum-exp of logits).
    """
    return np.logaddexp.reduce(logits, axis=1)


def _loaded(kind: type[Classifier], path: Path, threads: int | None, data: bytes) -> Classifier:
    return kind(path, threads, data=data)
