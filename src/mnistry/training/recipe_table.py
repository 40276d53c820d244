"""The table of recipes that users choose from: the cost of each, and the results of its recorded runs."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from mnistry.assets import ASSETS
from mnistry.training.loops import backend
from mnistry.training.recipes import RECIPES

# Written by benchmarks/tables.py from records/, which does not ship.
RECORDED = ASSETS / "recorded.json"


def rows() -> list[dict[str, Any]]:
    """Return one dict per recipe: the model's parameters, MFLOP per MNIST image, epochs, and recorded results.

    `accuracy_mean` and `accuracy_sd` are fractions of MNIST's test images over `n` runs; `elapsed_s` is the median
    training time in seconds. They are None if no run is recorded, or none was timed.
    """
    backend.choose()
    from mnistry.training import flops, models

    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    found = []
    for recipe in RECIPES.values():
        model = models.build(recipe.model, (28, 28, 1), 10)
        row = {"recipe": recipe.name, "parameters": model.count_params()}
        row |= {"mflop": round(recipe.views * flops.forward_flop(model) / 1e6, 2), "epochs": recipe.epochs}
        none = dict.fromkeys(("n", "accuracy_mean", "accuracy_sd", "elapsed_s", "machine"))
        found.append(row | none | recorded.get(recipe.name, {}))
    return found


def show(console: Console) -> None:
    """Print the recipes as a table."""
    headings = ("recipe", "parameters", "MFLOP", "epochs", "training", "test accuracy", "runs")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i else "left", no_wrap=True)
    found = rows()
    for row in found:
        spread = f" ± {100 * row['accuracy_sd']:.2f}" if (row["n"] or 0) > 1 else ""
        reached = f"{100 * row['accuracy_mean']:.2f} %{spread}" if row["n"] else "–"
        cells = (row["recipe"], f"{row['parameters']:,}", f"{row['mflop']:.1f}", row["epochs"], _time(row["elapsed_s"]))
        table.add_row(*map(str, cells), reached, str(row["n"] or "–"))
    console.print(table)
    machines = "; ".join(dict.fromkeys(row["machine"] for row in found if row["machine"]))
    mflop = "MFLOP: of reading one image, in all its views."
    note = f"{mflop} Training times and accuracies as recorded, without a GPU ({machines})."
    console.print(f"\n{note}", style="dim", highlight=False)


def _time(elapsed_s: float | None) -> str:
    if elapsed_s is None:
        return "–"
    return f"{elapsed_s / 60:.0f} min" if elapsed_s > 90 else f"{elapsed_s:.1f} s"
