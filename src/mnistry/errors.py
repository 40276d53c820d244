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
    ├── UsageError           options that do not go together, or a value out of range
    ├── InterruptedRunError  training was stopped; the message says how to go on
    └── MissingExtraError    an optional part of mnistry is not installed

Every message is one line: it names what arrived and what is wanted. `exit_status` is what the
command line exits with: 1 for input that failed, 2 for wrong use, 130 for Ctrl-C.
"""

import re
import sys
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


class UsageError(MnistryError):
    """Options or arguments do not go together, or a value is out of range."""


class InterruptedRunError(MnistryError):
    """Training was stopped by the user; the message says how to go on."""

    exit_status = 130


class MissingExtraError(MnistryError):
    """An optional part of mnistry is not installed."""


MAX_LINE = 1_000  # characters of an error; what is longer has lost its middle
# What a terminal would act on, or a reader be misled by: controls, line separators, marks that turn the direction.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Text for a terminal, on one line: control characters as their escapes."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_line(message: object) -> str:
    """A message as it is printed: one line, not too long, without what a terminal would act on."""
    line = visible(" ".join(str(message).split()))
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE // 2]} … {line[-MAX_LINE // 2 :]}"


def say_error(message: object) -> None:
    """Print an error for people, where there is a standard error."""
    if sys.stderr:  # print would take standard output for it, which holds results
        print(f"error: {one_line(message)}", file=sys.stderr, flush=True)


def unforeseen(error: Exception) -> str:
    """What is said of an error that nobody meant to raise: it is ours to mend."""
    said = f"something went wrong inside mnistry ({type(error).__name__}: {error})"
    return f"{said}: please report it; MNISTRY_DEBUG=1 shows where"


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
