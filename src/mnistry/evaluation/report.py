"""Writes an evaluation's files: metrics, predictions, confusion matrix, and one self-contained HTML page."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.assets import ASSETS, WEB
from mnistry.classifier.classifier import Classifier
from mnistry.classifier.metadata import CalibratingRun
from mnistry.data.dataset import Dataset
from mnistry.errors import needs_extra
from mnistry.evaluation import plots
from mnistry.evaluation.evaluate import Evaluation
from mnistry.lineage import DataIdentity, Origin, Placement, Teacher
from mnistry.run.evaluation import EvaluationRecord, ExtensionResult
from mnistry.run.folder import Run

TEMPLATE = ASSETS / "report.html"
SPRITE_COLUMNS = 32
GALLERY = 60  # mistakes that the page shows without a click


@dataclass(frozen=True, kw_only=True)
class Facts(Origin):
    """What the page says of a model's training; None for what its metadata do not say."""

    version: str | None
    trained_on: DataIdentity | None
    of_epochs: int | None
    members: tuple[str, ...]
    calibrated_from: CalibratingRun | None
    views: int
    teachers: tuple[Teacher, ...]
    extended: bool
    placement: Placement
    temperature: float


@dataclass(frozen=True)
class Mistake:
    """A misread image of the gallery; `image` is a data URI."""

    index: int
    true: str
    read: str
    confidence: float
    image: str


class ClassCells(TypedDict):
    """A row of the matrix. `members` are indices into the split, in the order of the sprite's tiles."""

    sprite: str | None
    members: list[int]
    read: list[int]
    confidence: list[float]


class Cells(TypedDict):
    """What the page's script needs to open a cell: a sprite of images for each true class."""

    names: list[str]
    height: int
    width: int
    columns: int
    numbered: bool
    classes: list[ClassCells]


def write(
    evaluation: Evaluation,
    dataset: Dataset,
    classifier: Classifier,
    folder: Path,
    history: list[dict[str, float]],
    extension: ExtensionResult | None = None,
) -> None:
    """Write evaluation.json, predictions.npz, confusion_matrix.png and report.html into a folder.

    `history` is that of the model's run, for the learning curves; empty if there is none. `extension`
    is the result on the held-out pictures of those that extended the data (`train --extend`).
    Each file is replaced atomically, report.html last.
    """
    run = Run(folder)
    record = EvaluationRecord.of(classifier.metadata.origin, evaluation.summary(), extension)
    run.write_json("evaluation.json", record.to_json())
    run.write("predictions.npz", lambda path: _write_predictions(evaluation, path))
    title = f"{evaluation.data_name}, {evaluation.split} images: {_headline(evaluation)}"
    run.write("confusion_matrix.png", lambda path: plots.save_confusion(evaluation, title, path))
    part = dataset.test if evaluation.split == "test" else dataset.validation
    run.write_text("report.html", page(evaluation, part.images, classifier, history))


def page(
    evaluation: Evaluation, images: NDArray[np.uint8], classifier: Classifier, history: list[dict[str, float]]
) -> str:
    """Return the report as one HTML page without external resources.

    `images` (n, h, w, c) are those evaluated. The page contains all of them, so that each cell of the
    confusion matrix can show its images.
    """
    with needs_extra("report", "writing the report"):
        from jinja2 import Environment, StrictUndefined
    # Trimmed: with hundreds of classes, most of the page would be white space between empty cells. For the same reason
    # the template closes no cell, and the buttons are left to the script.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        evaluation=evaluation,
        headline=_headline(evaluation),
        origin=_facts(classifier),
        matrix_css=(WEB / "confusion-matrix.css").read_text(encoding="utf-8"),
        matrix_script=(WEB / "confusion-matrix.js").read_text(encoding="utf-8"),
        curves=_data_uri("image/svg+xml", plots.learning_curves(history).encode()) if len(history) > 1 else None,
        reliability=_data_uri("image/svg+xml", plots.reliability_diagram(evaluation).encode()),
        mistakes=[_mistake(evaluation, images, index) for index in evaluation.mistakes[:GALLERY]],
        cells=_cells(evaluation, images),
    )


def _headline(evaluation: Evaluation) -> str:
    return f"{evaluation.correct:,} of {evaluation.total:,} right ({100 * evaluation.accuracy:.2f} %)"


def _facts(classifier: Classifier) -> Facts:
    metadata, recipe = classifier.metadata, classifier.metadata.recipe
    data = metadata.data
    members = (recipe.members if recipe else None) or ()
    return Facts(
        **vars(metadata.origin),
        version=metadata.mnistry,
        trained_on=data if data and None not in (data.train, data.validation) else None,
        of_epochs=recipe.epochs if recipe else None,
        members=tuple(f"{one.recipe.name} (seed {one.seed})" for one in members),
        calibrated_from=metadata.calibrated_from,
        views=recipe.views if recipe else 1,
        teachers=metadata.teachers,
        extended=metadata.extension is not None,
        placement=classifier.placement,
        temperature=classifier.temperature,
    )


def _mistake(evaluation: Evaluation, images: NDArray[np.uint8], index: int) -> Mistake:
    return Mistake(
        index=int(index),
        true=evaluation.class_names[evaluation.labels[index]],
        read=evaluation.class_names[evaluation.predictions[index]],
        confidence=float(evaluation.confidences[index]),
        image=_png(images[index]),
    )


def _cells(evaluation: Evaluation, images: NDArray[np.uint8]) -> Cells:
    classes: list[ClassCells] = []
    for label in range(len(evaluation.class_names)):
        members = np.flatnonzero(evaluation.labels == label)
        classes.append(
            {
                "sprite": _png(_sprite(images[members])) if len(members) else None,
                "members": members.tolist(),
                "read": evaluation.predictions[members].tolist(),
                "confidence": evaluation.confidences[members].astype(float).round(4).tolist(),
            }
        )
    height, width = images.shape[1:3]
    return {
        "names": list(evaluation.class_names),
        "height": height,
        "width": width,
        "columns": SPRITE_COLUMNS,
        "numbered": len(evaluation.class_names) <= plots.MAX_NUMBERED,
        "classes": classes,
    }


def _sprite(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, h, w, c) → one picture of them, `SPRITE_COLUMNS` per row."""
    n, height, width, channels = images.shape
    rows = -(-n // SPRITE_COLUMNS)
    padded = np.zeros((rows * SPRITE_COLUMNS, height, width, channels), np.uint8)
    padded[:n] = images
    grid = padded.reshape(rows, SPRITE_COLUMNS, height, width, channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * height, SPRITE_COLUMNS * width, channels)


def _png(image: NDArray[np.uint8]) -> str:
    """Encode an image (h, w, c) as a PNG data URI."""
    data = io.BytesIO()
    # `optimize` would take ten times as long and save 3 % of the size.
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(data, "PNG")
    return _data_uri("image/png", data.getvalue())


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _write_predictions(evaluation: Evaluation, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, labels=evaluation.labels, probabilities=evaluation.probabilities)
