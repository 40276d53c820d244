"""Runs the command line: every failure becomes one line on stderr and an exit status.

0 all done, 1 some input failed, 2 wrong use or a model or run that does not exist, 130 stopped by Ctrl-C.
"""

import errno
import io
import os
import sys
import warnings
from typing import NoReturn, TextIO

import typer

from mnistry.errors import DataWarning, MnistryError, say_error, say_warning, unforeseen
from mnistry.safety.regular_file import why

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def run(app: typer.Typer) -> NoReturn:
    """Run a command line and exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file name may not be valid text
        sys.stdout.reconfigure(errors="surrogateescape" if sys.stdout.encoding == "utf-8" else "backslashreplace")
    warnings.showwarning = _show_warning
    warnings.simplefilter("default", DataWarning)  # whatever PYTHONWARNINGS says
    try:
        status = app(standalone_mode=False)
    except MnistryError as error:
        status = _fail(str(error), error.exit_status)
    except typer.TyperException as error:
        status = _fail(error.format_message(), 2)
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:  # the reader of our output has closed the pipe
        status = 1
    except OSError as error:
        status = _fail(": ".join(filter(None, [_named(error), why(error)])), 2)
    except MemoryError:
        status = _fail("this takes more memory than there is", 2)
    except Exception as error:
        if os.environ.get("MNISTRY_DEBUG"):
            raise
        status = _fail(unforeseen(error), 2)
    status = status if isinstance(status, int) else 0
    if (error := _flush()) and not status:
        status = 1 if isinstance(error, BrokenPipeError) else _fail(f"standard output: {why(error)}", 2)
    sys.exit(status)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print our own warnings as one line; those of libraries as Python does."""
    if issubclass(category, DataWarning):
        say_warning(message)
    elif stream := file or sys.stderr:
        stream.write(warnings.formatwarning(message, category, filename, lineno, line))


def give_up(message: str) -> None:
    """Exit immediately with an error, whatever the threads do: a last resort."""
    say_error(message)
    os._exit(2)


def _named(error: OSError) -> str:
    """Return what an error is about: a file, or stdout. Errors of all other writes have a file name (`replace`)."""
    if isinstance(error.filename, str | bytes):
        return os.fsdecode(error.filename)
    return "standard output" if error.errno in FULL else ""


def _flush() -> OSError | None:
    """Flush stdout; return the error if that fails, and keep Python from trying again at exit."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None


def _fail(message: str, status: int) -> int:
    say_error(message)
    return status
