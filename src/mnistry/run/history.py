"""Reads and formats history.csv: the metrics of a run, one row per epoch."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mnistry.errors import RunError
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import read_bytes, why
from mnistry.safety.strict_json import short

COLUMNS = frozenset({"epoch", "loss", "accuracy"})  # that every history has; a detector's has a score instead


def read_history(path: Path) -> list[dict[str, float]]:
    """Read one dict per epoch; an empty list if there is no such file. NaN or infinity means that the run diverged.

    An empty cell is NaN too. Raises `RunError` if the file cannot be read, or holds something else.
    """
    if not os.path.lexists(path):
        return []
    try:
        return _parsed(read_bytes(path, LIMITS.history_bytes).decode("utf-8"))
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({why(error)}): fix or remove it") from error
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path}: cannot be read ({error}): fix or remove it") from error


def _parsed(text: str) -> list[dict[str, float]]:
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True) if text else [[]]
    known = {"accuracy" if name == "score" else name for name in header}
    if len(set(header)) < len(header) or not known >= COLUMNS:
        raise ValueError(f"its columns are {short(header)}: wanted {', '.join(sorted(COLUMNS))} and others, once each")
    if len(rows) > LIMITS.epochs:
        raise ValueError(f"it has {len(rows)} rows: wanted {LIMITS.epochs} at most")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} cells: wanted {len(header)}")
    found = [{name: _number(cell) for name, cell in zip(header, row, strict=True)} for row in rows]
    if wrong := next((row for row in found if not 1 <= row["epoch"] <= LIMITS.epochs), None):
        raise ValueError(f"an epoch is {wrong['epoch']:g}: wanted 1 to {LIMITS.epochs}")
    return found


def _number(cell: str) -> float:
    try:
        return float(cell or "nan")
    except ValueError:
        raise ValueError(f"a cell holds {short(cell)}: wanted a number") from None


def as_text(rows: Sequence[Mapping[str, float]]) -> str:
    """Format one or more rows as the file's text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
