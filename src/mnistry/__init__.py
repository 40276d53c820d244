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
    DataWarning,
    InterruptedRunError,
    LargePictureError,
    MissingExtraError,
    MnistryError,
    ModelError,
    NoInkError,
    NoMatchError,
    NotAPictureError,
    PictureError,
    RecipeError,
    RunError,
    UsageError,
)
from mnistry.lazy_imports import lazy_imports as _lazy_imports

if _TYPE_CHECKING:
    from mnistry.classifier.classifier import Classifier
    from mnistry.classifier.metadata import CalibratingRun, ModelMetadata
    from mnistry.data.dataset import Dataset
    from mnistry.data.load import load_dataset
    from mnistry.data.split import Split
    from mnistry.detector.detector import Detector
    from mnistry.detector.metadata import DetectorMetadata
    from mnistry.evaluation.evaluate import Evaluation, evaluate
    from mnistry.lineage import (
        Calibration,
        DataIdentity,
        EnsembleMember,
        ExtensionRecord,
        Machine,
        Origin,
        PageScores,
        RecipeRecord,
        RecipeSettings,
        Rejection,
        Teacher,
        ValidationScores,
    )
    from mnistry.ocr.confidence import Confidence
    from mnistry.ocr.decode import Picture
    from mnistry.ocr.detections import CloseUp, Detection, Detections
    from mnistry.ocr.page import (
        Digit,
        DigitJson,
        Line,
        LineJson,
        Page,
        PageJson,
        Rejected,
        RejectedJson,
        Sign,
        SignJson,
    )
    from mnistry.ocr.peaks import Maps
    from mnistry.reader import Reader
    from mnistry.run.config import RunConfig
    from mnistry.run.evaluation import (
        ClassScores,
        EvaluatedData,
        EvaluationRecord,
        EvaluationSummary,
        ExtensionResult,
        PagesRecord,
        PagesSummary,
        ReliabilityBin,
    )
    from mnistry.run.folder import Run, open_run

__version__ = _version("mnistry")

_LAZY = {
    "CalibratingRun": "mnistry.classifier.metadata",
    "Calibration": "mnistry.lineage",
    "ClassScores": "mnistry.run.evaluation",
    "Classifier": "mnistry.classifier.classifier",
    "CloseUp": "mnistry.ocr.detections",
    "Confidence": "mnistry.ocr.confidence",
    "DataIdentity": "mnistry.lineage",
    "Dataset": "mnistry.data.dataset",
    "Detection": "mnistry.ocr.detections",
    "Detections": "mnistry.ocr.detections",
    "Detector": "mnistry.detector.detector",
    "DetectorMetadata": "mnistry.detector.metadata",
    "Digit": "mnistry.ocr.page",
    "DigitJson": "mnistry.ocr.page",
    "EnsembleMember": "mnistry.lineage",
    "EvaluatedData": "mnistry.run.evaluation",
    "Evaluation": "mnistry.evaluation.evaluate",
    "EvaluationRecord": "mnistry.run.evaluation",
    "EvaluationSummary": "mnistry.run.evaluation",
    "ExtensionRecord": "mnistry.lineage",
    "ExtensionResult": "mnistry.run.evaluation",
    "Line": "mnistry.ocr.page",
    "LineJson": "mnistry.ocr.page",
    "Machine": "mnistry.lineage",
    "Maps": "mnistry.ocr.peaks",
    "ModelMetadata": "mnistry.classifier.metadata",
    "Origin": "mnistry.lineage",
    "Page": "mnistry.ocr.page",
    "PageJson": "mnistry.ocr.page",
    "PageScores": "mnistry.lineage",
    "PagesRecord": "mnistry.run.evaluation",
    "PagesSummary": "mnistry.run.evaluation",
    "Picture": "mnistry.ocr.decode",
    "Reader": "mnistry.reader",
    "RecipeRecord": "mnistry.lineage",
    "RecipeSettings": "mnistry.lineage",
    "Rejected": "mnistry.ocr.page",
    "RejectedJson": "mnistry.ocr.page",
    "Rejection": "mnistry.lineage",
    "ReliabilityBin": "mnistry.run.evaluation",
    "Run": "mnistry.run.folder",
    "RunConfig": "mnistry.run.config",
    "Sign": "mnistry.ocr.page",
    "SignJson": "mnistry.ocr.page",
    "Split": "mnistry.data.split",
    "Teacher": "mnistry.lineage",
    "ValidationScores": "mnistry.lineage",
    "evaluate": "mnistry.evaluation.evaluate",
    "load_dataset": "mnistry.data.load",
    "open_run": "mnistry.run.folder",
}
__getattr__, __dir__ = _lazy_imports(__name__, _LAZY)

__all__ = [
    "CalibratingRun",
    "Calibration",
    "ClassScores",
    "Classifier",
    "CloseUp",
    "Confidence",
    "DataError",
    "DataIdentity",
    "DataWarning",
    "Dataset",
    "Detection",
    "Detections",
    "Detector",
    "DetectorMetadata",
    "Digit",
    "DigitJson",
    "EnsembleMember",
    "EvaluatedData",
    "Evaluation",
    "EvaluationRecord",
    "EvaluationSummary",
    "ExtensionRecord",
    "ExtensionResult",
    "InterruptedRunError",
    "LargePictureError",
    "Line",
    "LineJson",
    "Machine",
    "Maps",
    "MissingExtraError",
    "MnistryError",
    "ModelError",
    "ModelMetadata",
    "NoInkError",
    "NoMatchError",
    "NotAPictureError",
    "Origin",
    "Page",
    "PageJson",
    "PageScores",
    "PagesRecord",
    "PagesSummary",
    "Picture",
    "PictureError",
    "Reader",
    "RecipeError",
    "RecipeRecord",
    "RecipeSettings",
    "Rejected",
    "RejectedJson",
    "Rejection",
    "ReliabilityBin",
    "Run",
    "RunConfig",
    "RunError",
    "Sign",
    "SignJson",
    "Split",
    "Teacher",
    "UsageError",
    "ValidationScores",
    "__version__",
    "evaluate",
    "load_dataset",
    "open_run",
]
