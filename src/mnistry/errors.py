"""What can go wrong, and what to do about it.

    MnistryError
    ├── DataError            a data set that cannot be read, or is not what it should be
    ├── PictureError         a picture that cannot be read
    │   ├── NotAPictureError     a file that is none
    │   └── LargePictureError    one of too many pixels
    ├── NoInkError           a piece of a picture in which nothing is written
    ├── ModelError           a model file that cannot be read, or does not fit what it is given
    ├── RunError             a run folder that is not there, not whole, or not free
    ├── RecipeError          no such recipe, or one that contradicts itself
    ├── InterruptedRunError  training was stopped; the message says how to go on
    └── MissingExtraError    an optional part of mnistry is not installed

Every message is one line: it names what arrived and what is wanted. `exit_status` is what the
command line exits with: 1 for input that failed, 2 for wrong use, 130 for Ctrl-C.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class MnistryError(Exception):
    """The root of all errors that mnistry raises on purpose."""

    exit_status: ClassVar[int] = 2


class DataError(MnistryError):
    """A data set cannot be read, or is not what it should be."""

    exit_status = 1


class PictureError(MnistryError):
    """A picture cannot be read: it is not there, broken, too large, or of a kind that is not known."""

    exit_status = 1


class NotAPictureError(PictureError):
    """A file is no picture, or of a kind that is not known."""


class LargePictureError(PictureError):
    """A picture has more pixels than are taken."""


class NoInkError(MnistryError):
    """There is nothing written where a digit was to be placed."""

    exit_status = 1


class ModelError(MnistryError):
    """A model file cannot be read, or does not fit what it is given."""


class RunError(MnistryError):
    """A run folder is not there, not whole, or not free."""


class RecipeError(MnistryError):
    """There is no such recipe, or it contradicts itself."""


class InterruptedRunError(MnistryError):
    """Training was stopped by the user; the message says how to go on."""

    exit_status = 130


class MissingExtraError(MnistryError):
    """An optional part of mnistry is not installed."""


@contextmanager
def needs_extra(extra: str, purpose: str) -> Iterator[None]:
    """Turn a failed import of an optional library into a kind `MissingExtraError`.

    `extra` is the name in `pip install 'mnistry[extra]'`, `purpose` what needs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{purpose} needs {error.name}, which is not installed: pip install 'mnistry[{extra}]'"
        ) from error
