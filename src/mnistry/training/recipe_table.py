"""The table of recipes that users choose from: the cost of each, and the results of its recorded runs."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from mnistry.assets import ASSETS
from mnistry.safety.json_record import as_json, from_json
from mnistry.training.detector.recipe import DETECTORS
from mnistry.training.loops import backend
from mnistry.training.recipes import RECIPES

# Written by benchmarks/tables.py from records/, which does not ship.
RECORDED = ASSETS / "recorded.json"
PICTURE_PX = 112  # sides of the picture that a detector's cost is told of


@dataclass(frozen=True, kw_only=True)
class RecordedResult:
    """The results of a recipe's recorded runs.

    `accuracy_mean` and `accuracy_sd` are fractions of MNIST's test images over `n` runs; `elapsed_s` is the median
    training time in seconds. They are None if no run is recorded, or none was timed.
    """

    n: int | None = None
    accuracy_mean: float | None = None
    accuracy_sd: float | None = None
    elapsed_s: float | None = None
    machine: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecipeCost:
    """A recipe's name, its model's parameters, MFLOP per MNIST image (or a detector's picture), and epochs."""

    recipe: str
    parameters: int
    mflop: float
    epochs: int


@dataclass(frozen=True, kw_only=True)
class Row(RecordedResult, RecipeCost):
    """A recipe's cost and recorded results."""


def rows() -> list[Row]:
    """Return one row per recipe, those of detectors last."""
    backend.choose()
    from mnistry.training import flops, models
    from mnistry.training.detector import network

    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    found: list[Row] = []
    for recipe in RECIPES.values():
        model = models.build(recipe.model, (28, 28, 1), 10)
        mflop = round(recipe.views * flops.forward_flop(model) / 1e6, 2)
        result = from_json(RecordedResult, recorded.get(recipe.name, {}))
        cost = {"parameters": model.count_params(), "mflop": mflop, "epochs": recipe.epochs}
        found.append(Row(recipe=recipe.name, **cost, **vars(result)))
    for recipe in DETECTORS.values():
        model = network.build(recipe.widths, recipe.deep, sides=(PICTURE_PX, PICTURE_PX))
        mflop = round(flops.forward_flop(model) / 1e6, 2)
        found.append(Row(recipe=recipe.name, parameters=model.count_params(), mflop=mflop, epochs=recipe.epochs))
    return found


def as_text() -> str:
    """Return the rows as a JSON object."""
    return json.dumps({"recipes": [as_json(row) for row in rows()]})


def show(console: Console) -> None:
    """Print the recipes as a table."""
    headings = ("recipe", "parameters", "MFLOP", "epochs", "training", "test accuracy", "runs")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i else "left", no_wrap=True)
    found = rows()
    for row in found:
        spread = f" ± {100 * row.accuracy_sd:.2f}" if row.accuracy_sd is not None and (row.n or 0) > 1 else ""
        reached = f"{100 * row.accuracy_mean:.2f} %{spread}" if row.accuracy_mean is not None and row.n else "–"
        cells = (row.recipe, f"{row.parameters:,}", f"{row.mflop:.1f}", row.epochs, _time(row.elapsed_s))
        table.add_row(*map(str, cells), reached, str(row.n or "–"))
    console.print(table)
    machines = "; ".join(dict.fromkeys(row.machine for row in found if row.machine))
    mflop = f"MFLOP: of reading one image, in all its views; a detector's, of {PICTURE_PX}×{PICTURE_PX} px."
    note = f"{mflop} Training times and accuracies as recorded, without a GPU ({machines})."
    console.print(f"\n{note}", style="dim", highlight=False)


def _time(elapsed_s: float | None) -> str:
    if elapsed_s is None:
        return "–"
    return f"{elapsed_s / 60:.0f} min" if elapsed_s > 90 else f"{elapsed_s:.1f} s"
