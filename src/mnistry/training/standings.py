"""What `bench` measured, for people: a table for a terminal, a plot for the README."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from mnistry import plots
from mnistry.training import provenance
from mnistry.training.bench import TARGET

REFERENCE = "fast"


def result(rows: list[dict[str, Any]], arguments: Sequence[str]) -> dict[str, Any]:
    """The rows with what produced them, and how many times longer each trains than `fast` beside it."""
    for row in rows:
        place = (row["threads"], row["share"])
        beside = [r["training_s"] for r in rows if r["recipe"] == REFERENCE and (r["threads"], r["share"]) == place]
        # A cut row's seconds are those of all the images, so it stands beside the whole of `fast`.
        beside = beside or [r["training_s"] for r in rows if r["recipe"] == REFERENCE and row["cut"]]
        row["times_fast"] = row["training_s"] / beside[0] if beside else None
    command = shlex.join(["mnistry", *(word for word in arguments if not word.startswith("/"))])
    return {
        "what": "training, side by side",
        "command": command,
        "target": TARGET,
        **provenance.describe(),
        "rows": rows,
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print what it takes and reaches, then the work behind it, and what the columns mean."""
    rows, machine = result["rows"], result["machine"]
    varied = [key for key in ("threads", "share") if len({row[key] for row in rows if not row["cut"]}) > 1]
    for headings in (
        ("training", "× fast", "to model", "accuracy", "99.19 % at"),
        ("MFLOP", "GFLOP/s", "of sgemm", "memory"),
    ):
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("recipe", "backend", *varied):
            table.add_column(heading)
        for heading in headings:
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            told = figures(row)
            names = row["recipe"], row["backend"], *(f"{row[key]:g}" for key in varied)
            table.add_row(*names, *(told[heading] for heading in headings))
        console.print(table, "")
    notes = [
        "training: seconds of learning alone. to model: from the command to model.onnx. 99.19 % at: seconds of "
        "training when an epoch first ends with so much of the test images read right. MFLOP: to learn one image. "
        f"of sgemm: against the GFLOP/s of a matrix product. {machine['cores']} cores, {machine['processor']}."
    ]
    if any(row["cut"] for row in rows):
        notes.append("≈ from the median step of a part of one epoch; without --quick all is trained and scored.")
    console.print(*notes, sep="\n", style="dim", highlight=False)


def figures(row: dict[str, Any]) -> dict[str, str]:
    """A row's figures, as people read them, under their headings."""
    estimated = "≈ " if row["cut"] else ""
    return {
        "training": estimated + seconds(row["training_s"]),
        "× fast": f"{row['times_fast']:.1f}" if row["times_fast"] else "–",
        "to model": estimated + seconds(row["command_to_model_s"]),
        "accuracy": accuracy(row),
        "99.19 % at": "–" if row["held_s"] is None else seconds(row["held_s"]),
        "MFLOP": f"{1000 * row['gflop_per_image']:.1f}",
        "GFLOP/s": f"{row['gflop_s']:.0f}",
        "of sgemm": f"{100 * row['sgemm_share']:.0f} %",
        "memory": f"{row['peak_memory_mb']:.0f} MB",
    }


def seconds(time_s: float) -> str:
    """As people say it."""
    return f"{time_s:.1f} s" if time_s < 100 else f"{time_s:,.0f} s"


def accuracy(row: dict[str, Any]) -> str:
    """Mean ± sd (runs), in per cent."""
    if row["accuracy_mean"] is None:
        return "–"
    spread = f" ± {100 * row['accuracy_sd']:.2f}" if row["accuracy_sd"] is not None else ""
    return f"{100 * row['accuracy_mean']:.2f} %{spread} ({row['n']})"


def save_plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the error of every epoch of every run over the seconds of training."""
    curves: list[tuple[str, list[list[tuple[float, float]]]]] = [
        (
            f"{row['recipe']} ({row['backend']})" if row["recipe"] == "keras-example" else row["recipe"],
            [
                [(sum(run["epoch_train_s"][: i + 1]), accuracy) for i, accuracy in enumerate(run["epoch_accuracy"])]
                for run in row["runs"]
            ],
        )
        for row in rows
        if not row["cut"]
    ]
    plots.save_race(curves, TARGET, path)
