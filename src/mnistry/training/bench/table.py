"""Presents what `bench` measured: a table for a terminal, a plot for the README."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mnistry.evaluation import plots
from mnistry.lineage import Machine
from mnistry.training import provenance
from mnistry.training.bench.measure import TARGET
from mnistry.training.bench.row import Row

REFERENCE = "fast"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The rows with the command, software and machine that produced them."""

    what: str = "training, side by side"
    command: str
    elapsed_s: float
    target: float = TARGET
    versions: Mapping[str, str]
    commit: str | None
    machine: Machine
    rows: tuple[Row, ...]


def result(rows: Sequence[Row], arguments: Sequence[str], elapsed_s: float) -> Result:
    """Return the rows with what produced them.

    Each row gets its training time relative to that of `fast` with the same threads and share.
    """
    beside = {(row.threads, row.share): row.training_s for row in rows if row.recipe == REFERENCE}
    references = [beside.get((row.threads, row.share)) for row in rows]
    return Result(
        command=shlex.join(["mnistry", *_without_places(arguments)]),
        elapsed_s=round(elapsed_s, 1),
        versions=provenance.versions(),
        commit=provenance.commit(),
        machine=provenance.machine(),
        rows=tuple(
            replace(row, times_fast=row.training_s / reference_s if reference_s else None)
            for row, reference_s in zip(rows, references, strict=True)
        ),
    )


def show(result: Result, console: Console) -> None:
    """Print cost and results first, then the work behind them, and what the columns mean."""
    rows, machine = result.rows, result.machine
    varied = _varied(rows)
    reached = ("training", "× fast", "to model", "accuracy", "99.19 % at")
    for headings in (reached, ("runs", "MFLOP", "GFLOP/s", "of sgemm", "memory")):
        table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
        table.add_column("recipe", no_wrap=True)
        for heading in (*varied, *headings):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            cells, varying = figures(row), [f"{getattr(row, key):g}" for key in varied]
            table.add_row(_name(row), *varying, *(cells[heading] for heading in headings))
        # A long line is better than truncated names and figures.
        whole = console.measure(table, options=console.options.update(max_width=200)).maximum
        console.width = max(console.width, whole)
        console.print(table, "")
    notes = [
        "training: seconds of learning alone. to model: from the command to model.onnx. 99.19 % at: seconds of "
        "training until an epoch first ends with this share of the test images right. MFLOP: to learn one image. "
        f"of sgemm: against the GFLOP/s of a matrix product. {machine.cores} cores, {machine.processor}."
    ]
    if any(row.estimated for row in rows):
        notes.append("≈ from the median step of a part of one epoch; without --quick all is trained and scored.")
    console.print(*notes, sep="\n", style="dim", highlight=False)


def figures(row: Row) -> dict[str, str]:
    """Return a row's figures, formatted for people, by column heading."""
    estimated = "≈ " if row.estimated else ""
    return {
        "training": estimated + seconds(row.training_s),
        "× fast": f"{row.times_fast:.1f}" if row.times_fast else "–",
        "to model": estimated + seconds(row.command_to_model_s),
        "accuracy": accuracy(row),
        "99.19 % at": held(row),
        "runs": str(row.n),
        "MFLOP": f"{1000 * row.gflop_per_image:.1f}",
        "GFLOP/s": f"{estimated}{row.gflop_s:.0f}",
        "of sgemm": f"{estimated}{100 * row.sgemm_share:.0f} %",
        # A process that trains on a sample uses less memory than one with all images.
        "memory": f"{row.peak_memory_mb:.0f} MB" if row.peak_memory_mb and not row.estimated else "–",
    }


def held(row: Row) -> str:
    """Format the median time of the runs that held the target, if most did, and their number if not all did."""
    if row.held_s is None:
        return "–"
    return seconds(row.held_s) + ("" if row.held_n == row.n else f" ({row.held_n} of {row.n})")


def seconds(time_s: float) -> str:
    """Format a time for people."""
    return f"{time_s:.1f} s" if time_s < 100 else f"{time_s:,.0f} s"


def accuracy(row: Row) -> str:
    """Format mean ± sd over the runs, in per cent."""
    if row.accuracy_mean is None:
        return "–"
    spread = f" ± {100 * row.accuracy_sd:.2f}" if row.accuracy_sd is not None else ""
    return f"{100 * row.accuracy_mean:.2f} %{spread}"


def save_plot(rows: Sequence[Row], path: Path) -> None:
    """Plot the error of every epoch of every run over the seconds of training."""
    whole = [row for row in rows if not row.estimated]
    varied = _varied(rows)
    curves: list[tuple[str, list[list[tuple[float, float]]]]] = [
        (
            " ".join([_name(row), *(f"{key} {getattr(row, key):g}" for key in varied)]),
            [
                [(sum(run.epoch_train_s[: i + 1]), accuracy) for i, accuracy in enumerate(run.epoch_accuracy)]
                for run in row.runs
            ],
        )
        for row in whole
    ]
    plots.save_race(curves, TARGET, path)


def _name(row: Row) -> str:
    return row.recipe if row.backend == "torch" else f"{row.recipe} ({row.backend})"


def _varied(rows: Sequence[Row]) -> list[str]:
    """Return which of threads and share differ between rows."""
    return [key for key in ("threads", "share") if len({getattr(row, key) for row in rows}) > 1]


def _without_places(arguments: Sequence[str]) -> list[str]:
    """Return a command line without the paths it writes to, and with only the names of other paths."""
    files = {"--out", "--plot"}
    before = ["", *arguments]
    kept = [w for w, last in zip(arguments, before, strict=False) if last not in files and w.split("=")[0] not in files]
    return [_shortened(word) for word in kept]


def _shortened(word: str) -> str:
    option, equals, value = word.rpartition("=")
    return option + equals + (Path(value).name if "/" in value else value)
