"""Runs a trained detector with ONNX Runtime: the pixels of a view → maps of where glyphs are."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import DETECTOR
from mnistry.classifier.network import Network, model_bytes
from mnistry.detector import metadata
from mnistry.errors import ModelError
from mnistry.ocr.confidence import Confidence
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import STRIDE, TEXT_STRIDE, Maps
from mnistry.ocr.views import MULTIPLE
from mnistry.safety.limits import LIMITS

# Each map: its channels (None if it has no such axis) and its stride.
OUTPUTS = {
    "heat": (None, STRIDE),
    "glyph": (len(GLYPHS), STRIDE),
    "size": (2, STRIDE),
    "offset": (2, STRIDE),
    "owner": (2, STRIDE),
    "ink": (None, 1),
    "text": (2, TEXT_STRIDE),
}
PROBABILITIES = ("heat", "ink")
INPUT = ("picture", "tensor(uint8)", 4)  # name, type and number of axes


class Detector:
    """Finds glyphs with a detector's `model.onnx`; without a path it uses the bundled one.

    `metadata` is the file's metadata: recipe, seed, validation scores and so on; empty for a bare model. `data` are
    the file's bytes; if they are passed to the constructor, the file is not read. `threads` limits the network's
    threads: None means one per core. A detector can be pickled; the pickle contains the file's bytes.

    Raises `ModelError` if the file does not exist, is no detector, tells other glyphs apart than
    `ocr.glyph_classes.GLYPHS`, or exceeds `limits.LIMITS`. As for a `Classifier`, memory is not limited here.
    """

    def __init__(self, model: str | Path = DETECTOR, threads: int | None = None, *, data: bytes | None = None) -> None:
        self.path, self._threads = Path(model), threads
        where = str(self.path)
        if data is None and self.path == DETECTOR and not DETECTOR.exists():
            raise ModelError(f"{where}: no detector is bundled: wanted one of your own, from: mnistry train detector")
        self.data = model_bytes(self.path) if data is None else data
        self._network = Network(self.data, self.path.parent, threads or 0, where)
        self._check_signature()
        self.metadata = metadata.read(self._network.metadata, where)
        metadata.check_names(self.metadata, where)
        self.confidence = self.metadata.confidence or Confidence()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the file's bytes, so that unpickling needs no file."""
        return _loaded, (type(self), self.path, self._threads, self.data)

    def detect(self, pixels: NDArray[np.uint8]) -> Maps:
        """Return what the network says of a view: pixels (h, w, 3) uint8, RGB, whose sides are multiples of 16.

        Raises `ModelError` if dtype or shape are wrong, or if the network fails, gives maps of another shape or values
        that are no numbers, no probabilities or no distances in a picture, or takes more than `LIMITS.run_s` seconds.
        """
        pixels = _checked(pixels)
        found = self._network.run(list(OUTPUTS), pixels[None])
        for (name, (channels, stride)), array in zip(OUTPUTS.items(), found, strict=True):
            sides = tuple(-(-side // stride) for side in pixels.shape[:2])
            wanted = (1, *sides) if channels is None else (1, channels, *sides)
            if array.shape != wanted:
                said = f"returns {name} {array.shape} for a picture of {pixels.shape}"
                raise ModelError(f"{self.path}: {said}: wanted {wanted}")
            self._check_values(name, array[0])
        return Maps(*(array[0] for array in found))

    def _check_values(self, name: str, values: NDArray[np.float32]) -> None:
        lowest, highest = (0.0, 1.0) if name in PROBABILITIES else (-LIMITS.logit, LIMITS.logit)
        if name in ("size", "offset", "owner", "text"):
            lowest, highest = -float(LIMITS.side_px), float(LIMITS.side_px)
        low, high = float(values.min(initial=0)), float(values.max(initial=0))
        if np.isnan(low) or np.isnan(high):
            raise ModelError(f"{self.path}: returns {name} that is not a number (NaN): train it again")
        if not (lowest <= low and high <= highest):
            worst = low if low < lowest else high
            raise ModelError(f"{self.path}: returns {name} of {worst:g}: wanted {lowest:g} to {highest:g}")

    def _check_signature(self) -> None:
        """Check names, types and axes of the graph's input and outputs."""
        inputs, outputs = self._network.inputs, self._network.outputs
        found = [(name, kind, len(shape)) for name, kind, shape in (*inputs, *outputs)]
        axes = {name: 3 if channels is None else 4 for name, (channels, _) in OUTPUTS.items()}
        if found[:1] == [("images", "tensor(uint8)", 4)] and "logits" in {name for name, _, _ in outputs}:
            raise ModelError(
                f"{self.path}: is a classifier, which says what a digit is: "
                "wanted a detector, which finds them, from: mnistry train detector"
            )
        wanted = [INPUT, *((name, "tensor(float)", n) for name, n in axes.items())]
        if found != wanted:
            said = ", ".join(f"{name}: {kind}, {n} axes" for name, kind, n in found[:4])
            raise ModelError(
                f"{self.path}: has {said}: wanted picture (uint8, n h w 3) and {', '.join(OUTPUTS)} (float32)"
            )
        n, height, width, channels = inputs[0][2]
        if channels != 3 or any(isinstance(side, int) for side in (n, height, width)):
            raise ModelError(
                f"{self.path}: takes pictures {inputs[0][2]}: wanted any number, of any height and width, of 3"
            )
        if (glyphs := outputs[1][2][1]) not in (len(GLYPHS), None) and isinstance(glyphs, int):
            raise ModelError(f"{self.path}: tells {glyphs} glyphs apart: wanted {len(GLYPHS)}")


def is_detector(path: Path) -> bool:
    """Whether a model takes pictures as a detector does. Raises `ModelError` if it is not a model.

    It is loaded for that: someone else's in a separate process, please (`reading_process.check_model`).
    """
    inputs = Network(model_bytes(path), path.parent, 1, str(path)).inputs
    return [(name, kind, len(shape)) for name, kind, shape in inputs] == [INPUT]


def _checked(pixels: Any) -> NDArray[np.uint8]:
    """Return the pixels. Raises `ModelError`, which says what is expected, for anything else."""
    wanted = f"wanted a uint8 array (h, w, 3), RGB, whose sides are multiples of {MULTIPLE}"
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        kind = str(getattr(pixels, "dtype", type(pixels).__name__))
        raise ModelError(f"`pixels` are {kind}: {wanted}")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or any(side % MULTIPLE or not side for side in pixels.shape[:2]):
        raise ModelError(f"`pixels` are {pixels.shape}: {wanted}")
    return pixels


def _loaded(kind: type[Detector], path: Path, threads: int | None, data: bytes) -> Detector:
    return kind(path, threads, data=data)
