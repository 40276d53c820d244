"""The trained network, run by ONNX Runtime: pictures in, digits with believable confidence out."""

import json
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry import decode, geometry, transcribe
from mnistry.decode import Picture
from mnistry.errors import ModelError
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

    Raises `ModelError` if the file is not there, or not a model of this kind.
    """

    def __init__(self, model: str | Path = BUNDLED, threads: int | None = None, *, data: bytes | None = None) -> None:
        self.path = Path(model)
        if data is None and not self.path.is_file():
            raise ModelError(f"{self.path}: no such model file")
        try:
            self.data = self.path.read_bytes() if data is None else data
            self._session = session(self.data, self.path.parent, threads or 0)
            self.metadata = _metadata(self._session.get_modelmeta().custom_metadata_map)
        except Exception as error:  # ONNX Runtime has an exception class for each status code, and no common one
            raise ModelError(f"{self.path}: not an ONNX model that can be run: {error}".splitlines()[0]) from error
        self.image_shape, classes = self._signature()
        temperature = self.metadata.get("temperature", 1.0)
        if not isinstance(temperature, int | float) or not temperature > 0:
            raise ModelError(f"{self.path}: its temperature is {temperature!r}: wanted a number above 0")
        self.temperature = float(temperature)
        threshold = (self.told("rejection", dict) or {}).get("threshold", -np.inf)
        if not isinstance(threshold, int | float):
            raise ModelError(f"{self.path}: its rejection threshold is {threshold!r}: wanted a number")
        self.threshold = float(threshold)
        names = self.metadata.get("class_names", [str(label) for label in range(classes)])
        if not isinstance(names, list) or len(names) != classes:
            raise ModelError(f"{self.path}: gives {classes} logits but names the classes {names!r}")
        self.class_names: tuple[str, ...] = tuple(map(str, names))

    def told(self, key: str, kind: type | UnionType) -> Any:
        """What the metadata say under `key`, or None if that is not there or not of this kind."""
        value = self.metadata.get(key)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    def read(self, source: decode.Source, min_confidence: float = 0.0) -> Page:
        """Read every digit of a picture, in reading order: lines from top to bottom, digits from left to right.

        `source` is a path, the bytes of a file, a PIL image or an array: see `decode.decode`. What is
        read with less than `min_confidence` is rejected, and so is what is not a digit: whose
        log-sum-exp of logits is below the threshold that the model carries.

        Raises `PictureError` if the picture cannot be decoded, `ModelError` if the model does not
        take 28×28 pixels.
        """
        return self.read_picture(decode.decode(source), min_confidence)

    def read_picture(self, picture: Picture, min_confidence: float = 0.0) -> Page:
        """Read a picture that is decoded already; otherwise as `read`."""
        if self.image_shape != (geometry.SIDE_PX, geometry.SIDE_PX, 1):
            size = "×".join(map(str, self.image_shape))
            raise ModelError(f"{self.path}: takes images of {size}: wanted a model of 28×28×1 to read pictures with")
        return transcribe.transcribe(picture, self._scores, self.class_names, min_confidence)

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Calibrated probabilities of each class: (n, h, w) or (n, h, w, c) uint8 → (n, classes) float32.

        `images` are 0–255, white ink on black, of the size the model was trained on (28×28 for the
        bundled one). The logits are divided by the temperature fitted on validation images.
        Raises `ModelError` if dtype or shape are others.

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
        return np.concatenate([self._session.run(["logits"], {"images": batch})[0] for batch in batches])

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
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        found = [(i.name, i.type, len(i.shape)) for i in (*inputs, *outputs)]
        if found != [("images", "tensor(uint8)", 4), ("logits", "tensor(float)", 2)]:
            said = ", ".join(f"{name}: {kind}, {axes} axes" for name, kind, axes in found)
            raise ModelError(f"{self.path}: has {said}: wanted images (uint8, n h w c) and logits (float32, n classes)")
        height, width, channels = inputs[0].shape[1:]
        classes = outputs[0].shape[1]
        if not all(isinstance(size, int) for size in (height, width, channels, classes)):
            raise ModelError(f"{self.path}: only the number of images may be open, its shape is {inputs[0].shape}")
        return (height, width, channels), classes


def session(model: bytes, folder: Path, threads: int) -> Any:
    """A network that can be run; weights that lie beside it are looked for in `folder`."""
    import onnxruntime  # on first use: it takes longer to load than the rest of the package

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what matters is raised as well
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    return onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Logits (n, classes) → probabilities (n, classes), each row summing to 1."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def _metadata(strings: dict[str, str]) -> dict[str, Any]:
    """ONNX metadata holds strings; ours are JSON. Others' are left as they are."""
    values: dict[str, Any] = {}
    for key, string in strings.items():
        try:
            values[key] = json.loads(string)
        except json.JSONDecodeError:
            values[key] = string
    return values
