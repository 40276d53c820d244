"""mnistry: handwritten digits, from training to reading.

This is the reading half, light and without Keras; `mnistry.training` holds the other.
"""

from importlib.metadata import version as _version

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
)
from mnistry.reader import Reader

__version__ = _version("mnistry")

__all__ = [
    "DataError",
    "InterruptedRunError",
    "LargePictureError",
    "MissingExtraError",
    "MnistryError",
    "ModelError",
    "NoInkError",
    "NotAPictureError",
    "PictureError",
    "Reader",
    "RecipeError",
    "RunError",
    "__version__",
]
