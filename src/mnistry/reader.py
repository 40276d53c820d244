"""The trained network, run by ONNX Runtime: pictures in, digits with believable confidence out."""

from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry import decode, files, geometry, memory, metadata, transcribe
from mnistry.decode import Picture
from mnistry.errors import ModelError
from mnistry.limits import LIMITS
from mnistry.network import Network
from mnistry.page import Page
from mnistry.transcribe import Scores

BUNDLED = Path(__file__).parent / "assets" / "model.onnx"
UNKNOWN = 10.0  # what a model without a threshold scores all ink: a digit beyond doubt (`lattice.PLAIN`)
BATCH = 512  # images given to the network at once: enough to keep it busy, little memory


class Reader:
    """Reads digits with a `model.onnx`; without a path, with the bundled one.

    `class_names` names the columns of what `classify` gives. `metadata` is what the file says of
    itself: recipe, seed, validation figures, temperature and so on; empty for a bare model. `data` are
    the file's bytes as it was read; given to begin with, they are taken in its place.
    `threads` bounds those that the network uses: None is one a core.

    Raises `ModelError` if the file is not there, not a model of this kind, or beyond `limits.LIMITS`. A network is run
    as it is: one that takes much memory is bounded by no limit of this process, for none is changed; `mnistry read`
    and the server run foreign ones in processes of their own, with limits.
    """

    def __init__(self, model: str | Path = BUNDLED, threads: int | None = None, *, data: bytes | None = None) -> None:
        self.path = Path(model)
        where = str(self.path)
        self.data = _file(self.path) if data is None else data
        self._network = Network(self.data, self.path.parent, threads or 0, where)
        self.metadata = metadata.read(self._network.metadata, where)
        self.image_shape, classes = self._signature()
        self.temperature = metadata.temperature(self.metadata, where)
        self.threshold = metadata.threshold(self.metadata, where)
        self.class_names: tuple[str, ...] = metadata.names(self.metadata, classes, where)

    def told(self, key: str, kind: type | UnionType) -> Any:
        """What the metadata say under `key`, or None if that is not there or not of this kind."""
        value = self.metadata.get(key)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    def read(self, source: decode.Source, min_confidence: float = 0.0) -> Page:
        """Read every digit of a picture, in reading order: lines from top to bottom, digits from left to right.

        `source` is a path, the bytes of a file, a PIL image or an array: see `decode.decode`. What is
        read with less than `min_confidence` is rejected, and so is what is not a digit: whose
        log-sum-exp of logits is below the threshold that the model carries.

        Raises `PictureError` if the picture cannot be decoded, or needs more memory than there is, and `ModelError` if
        the model does not take 28×28 pixels. There is no deadline: a page of much noise may take half a minute.
        """
        return self.read_picture(decode.decode(source), min_confidence)

    def read_picture(self, picture: Picture, min_confidence: float = 0.0, name: str = "the picture") -> Page:
        """Read a picture that is decoded already, which errors call `name`; otherwise as `read`."""
        if self.image_shape != (geometry.SIDE_PX, geometry.SIDE_PX, 1):
            size = "×".join(map(str, self.image_shape))
            raise ModelError(f"{self.path}: takes images of {size}: wanted a model of 28×28×1 to read pictures with")
        with memory.said_of(name):
            return transcribe.transcribe(picture, self._scores, self.class_names, min_confidence)

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Calibrated probabilities of each class: (n, h, w) or (n, h, w, c) uint8 → (n, classes) float32.

        `images` are 0–255, white ink on black, of the size the model was trained on (28×28 for the
        bundled one). The logits are divided by the temperature fitted on validation images.
        Raises `ModelError` if dtype or shape are others, or the network fails, gives no numbers (NaN), or none in
        `LIMITS.run_s` seconds.

        Source: Guo et al. 2017, On Calibration of Modern Neural Networks (temperature scaling).
        """
        return softmax(self.logits(images) / self.temperature)

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's raw outputs, before temperature and softmax: as `classify`, (n, classes) float32."""
        wanted = "×".join(map(str, self.image_shape))
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
            kind = getattr(images, "dtype", type(images).__name__)
            raise ModelError(f"`images` are {kind}: wanted a uint8 array, 0–255, white ink on black")
        if images.ndim == 3:
            images = images[..., None]
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            raise ModelError(f"`images` are {images.shape}: wanted (n, h, w) or (n, h, w, c) with h×w×c = {wanted}")
        if not len(images):
            return np.empty((0, len(self.class_names)), np.float32)
        batches = (images[i : i + BATCH] for i in range(0, len(images), BATCH))
        logits = np.concatenate([self._network.run(["logits"], batch)[0] for batch in batches])
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.path}: gives logits that are no numbers (NaN or infinite): train it again")
        if (largest := float(np.abs(logits).max())) > LIMITS.logit:
            raise ModelError(f"{self.path}: gives a logit of {largest:g}: wanted at most {LIMITS.logit:g}")
        return logits

    def _scores(self, images: NDArray[np.uint8]) -> Scores:
        """What `transcribe` decides by.

        Source: Liu et al. 2020, Energy-based Out-of-distribution Detection (log-sum-exp of logits).
        """
        logits = self.logits(images)
        known = np.isfinite(self.threshold)
        margin = np.logaddexp.reduce(logits, axis=1) - self.threshold if known else np.full(len(logits), UNKNOWN)
        return Scores(softmax(logits / self.temperature), margin.astype(np.float32))

    def _signature(self) -> tuple[tuple[int, int, int], int]:
        """((height, width, channels), number of classes), after a check of names and types."""
        inputs, outputs = self._network.inputs, self._network.outputs
        found = [(name, kind, len(shape)) for name, kind, shape in (*inputs, *outputs)]
        if found != [("images", "tensor(uint8)", 4), ("logits", "tensor(float)", 2)]:
            said = ", ".join(f"{name}: {kind}, {axes} axes" for name, kind, axes in found[:4])
            raise ModelError(f"{self.path}: has {said}: wanted images (uint8, n h w c) and logits (float32, n classes)")
        (_, height, width, channels), (_, classes) = inputs[0][2], outputs[0][2]
        sizes = (height, width, channels, classes)
        if not all(isinstance(size, int) and size > 0 for size in sizes) or isinstance(inputs[0][2][0], int):
            said = f"takes images {inputs[0][2]} and gives logits {outputs[0][2]}"
            raise ModelError(f"{self.path}: {said}: wanted the number of images open, and nothing else")
        if height * width * channels > LIMITS.image_values or classes > LIMITS.classes:
            said = f"images of {height}×{width}×{channels}, {classes} classes"
            wanted = f"wanted at most {LIMITS.image_values:,} values an image and {LIMITS.classes:,} classes"
            raise ModelError(f"{self.path}: {said}: {wanted}")
        return (height, width, channels), classes


def _file(path: Path) -> bytes:
    try:
        return files.read_bytes(path, LIMITS.model_bytes)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such model file") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({files.why(error)})") from error


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Logits (n, classes) → probabilities (n, classes), each row summing to 1."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
