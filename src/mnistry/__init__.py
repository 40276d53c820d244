"""mnistry: handwritten digits, from training to reading.

This is the reading half, light and without Keras; `mnistry.training` holds the other.
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
)

if _TYPE_CHECKING:
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


def __getattr__(name: str) -> object:
    """`Reader` on first use: what it loads takes most of an import's time, and the command line does without."""
    if name != "Reader":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mnistry.reader import Reader

    globals()["Reader"] = Reader
    return Reader


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
