"""mnistry trains networks on handwritten digits and reads digits from pictures.

    import mnistry

    page = mnistry.Reader().read("scan.jpg")          # a picture → Page: .text .lines .digits .rejected
    probabilities = mnistry.Classifier().classify(images)  # (n, 28, 28) uint8 → (n, 10) float32

`import mnistry` loads only the reading half, which never imports Keras; `mnistry.training` trains networks.
"""

from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING

from mnistry.errors import (
    DataError,
    InterruptedRunError,
    LargePictureError,
    MissingExtraError,
    MnistryError,
    ModelError,
    NoInkError,
    NotAPictureError,
    PictureError,
    RecipeError,
    RunError,
    UsageError,
)
from mnistry.lazy_imports import lazy_imports as _lazy_imports

if _TYPE_CHECKING:
    from mnistry.classifier.classifier import Classifier
    from mnistry.data.dataset import Dataset
    from mnistry.data.load import load_dataset
    from mnistry.data.split import Split
    from mnistry.evaluation.evaluate import Evaluation, evaluate
    from mnistry.ocr.decode import Picture
    from mnistry.ocr.page import Digit, Line, Page, Rejected
    from mnistry.reader import Reader
    from mnistry.run.folder import Run, open_run

__version__ = _version("mnistry")

_LAZY = {
    "Classifier": "mnistry.classifier.classifier",
    "Dataset": "mnistry.data.dataset",
    "Digit": "mnistry.ocr.page",
    "Evaluation": "mnistry.evaluation.evaluate",
    "Line": "mnistry.ocr.page",
    "Page": "mnistry.ocr.page",
    "Picture": "mnistry.ocr.decode",
    "Reader": "mnistry.reader",
    "Rejected": "mnistry.ocr.page",
    "Run": "mnistry.run.folder",
    "Split": "mnistry.data.split",
    "evaluate": "mnistry.evaluation.evaluate",
    "load_dataset": "mnistry.data.load",
    "open_run": "mnistry.run.folder",
}
__getattr__, __dir__ = _lazy_imports(__name__, _LAZY)

__all__ = [
    "Classifier",
    "DataError",
    "Dataset",
    "Digit",
    "Evaluation",
    "InterruptedRunError",
    "LargePictureError",
    "Line",
    "MissingExtraError",
    "MnistryError",
    "ModelError",
    "NoInkError",
    "NotAPictureError",
    "Page",
    "Picture",
    "PictureError",
    "Reader",
    "RecipeError",
    "Rejected",
    "Run",
    "RunError",
    "Split",
    "UsageError",
    "__version__",
    "evaluate",
    "load_dataset",
    "open_run",
]
