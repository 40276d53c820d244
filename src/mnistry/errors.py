"""The exceptions that mnistry raises, and how errors are shown to the user.

    MnistryError
    ├── DataError            a data set cannot be read, or is invalid
    ├── PictureError         a picture cannot be read
    │   ├── NotAPictureError     the file is not a picture, or not in a supported format
    │   ├── LargePictureError    the picture exceeds a limit, or needs more memory than there is
    │   └── NoMatchError         no reading of the picture has the digits or the text that were expected
    ├── NoInkError           a piece of a picture contains no ink
    ├── ModelError           a model file cannot be read or run, or does not fit its input
    ├── RunError             a run folder is missing, damaged or in use
    ├── RecipeError          the recipe does not exist, or contradicts itself
    ├── UsageError           options that cannot be combined, or a value out of range
    ├── InterruptedRunError  the user stopped training; the message says how to resume
    └── MissingExtraError    an optional dependency is not installed

`DataWarning` is a warning, for what is probably a mistake in a data set.

Every message is one line that says what was found and what is expected. The command line exits
with the error's `exit_status`: 1 for input that failed, 2 for wrong use, 130 for Ctrl-C.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class MnistryError(Exception):
    """Base class of all errors that mnistry raises deliberately."""

    exit_status: ClassVar[int] = 2


class DataError(MnistryError):
    """A data set cannot be read, or is invalid."""

    exit_status = 1


class PictureError(MnistryError):
    """A picture cannot be read: it is missing, broken, too large, or of an unsupported format."""

    exit_status = 1


class NotAPictureError(PictureError):
    """A file is not a picture, or its format is not supported."""


class LargePictureError(PictureError):
    """A picture exceeds a size limit, or reading it needs more memory than there is."""


class NoMatchError(PictureError):
    """No reading of a picture has the number of digits, or matches the pattern, that was expected."""


class NoInkError(MnistryError):
    """A piece of a picture that should be a digit contains no ink."""

    exit_status = 1


class ModelError(MnistryError):
    """A model file cannot be read or run, or does not fit its input."""


class RunError(MnistryError):
    """A run folder is missing, damaged or in use."""


class RecipeError(MnistryError):
    """A recipe does not exist, or contradicts itself."""


class UsageError(MnistryError):
    """Options or arguments cannot be combined, or a value is out of range."""


class InterruptedRunError(MnistryError):
    """The user stopped training; the message says how to resume."""

    exit_status = 130


class MissingExtraError(MnistryError):
    """An optional dependency of mnistry is not installed."""


class DataWarning(UserWarning):
    """What is probably a mistake in a data set, or was skipped in it; the command line prints it as one line."""


MAX_LINE = 1_000  # characters of an error message; a longer one is cut in the middle
# What a terminal would act on, or what would mislead a reader: control characters, line separators, direction marks.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return the text for a terminal, on one line: control characters are escaped."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_line(message: object) -> str:
    """Return a message as printed: one line of about `MAX_LINE` characters at most, control characters escaped."""
    line = visible(" ".join(str(message).split()))
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE // 2]} … {line[-MAX_LINE // 2 :]}"


def say_error(message: object) -> None:
    """Print an error message to stderr; do nothing if the process has no stderr."""
    if sys.stderr:  # with file=None print would write to stdout, which holds results
        print(f"error: {one_line(message)}", file=sys.stderr, flush=True)


def say_warning(message: object) -> None:
    """Print a warning to stderr; do nothing if the process has no stderr."""
    if sys.stderr:
        print(f"warning: {one_line(message)}", file=sys.stderr, flush=True)


def unforeseen(error: Exception) -> str:
    """Return the message for an unexpected exception, which is a bug in mnistry."""
    said = f"something went wrong inside mnistry ({type(error).__name__}: {error})"
    return f"{said}: please report it; MNISTRY_DEBUG=1 shows where"


@contextmanager
def needs_extra(extra: str, purpose: str) -> Iterator[None]:
    """Turn a failed import of an optional library into a `MissingExtraError` that says how to install it.

    `extra` is the name in `pip install 'mnistry[extra]'`; `purpose` is what needs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{purpose} needs {error.name}, which is not installed: pip install 'mnistry[{extra}]'"
        ) from error
