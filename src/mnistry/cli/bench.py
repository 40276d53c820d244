"""`mnistry bench`: benchmarks mnistry's recipes and published ones on this machine."""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from mnistry.cli.data import DATA_HELP, Json
from mnistry.errors import UsageError
from mnistry.safety import json_record

app = typer.Typer(
    help="Measure mnistry and its peers on this machine.",
    epilog="Example: [bold]mnistry bench train --quick[/bold]",
    rich_markup_mode="rich",
)


@app.callback()
def _group() -> None:
    pass  # without a callback, Typer would merge a single command with its group


@app.command(epilog="Example: [bold]mnistry bench train fast keras-example --seeds 3[/bold]")
def train(
    recipe: Annotated[list[str] | None, typer.Argument(help="Recipes by name.", show_default="all")] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each, with the seeds from 0.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Long recipes: an eighth of one epoch.")] = False,
    threads: Annotated[list[int] | None, typer.Option(help="May be given again.", show_default="all cores")] = None,
    share: Annotated[list[float] | None, typer.Option(help="Of the images; again for more.", show_default="1")] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of the recipes' own numbers.")] = None,
    data: Annotated[str, typer.Option(help=DATA_HELP)] = "mnist",
    plot: Annotated[Path | None, typer.Option(help="Draw the error over time into this PNG.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the JSON here too, after each run.")] = None,
    as_json: Json = False,
) -> None:
    """Train published recipes and mnistry's own on torch, one after the other; compare time and accuracy."""
    _refuse_folders(plot, out)

    from rich.console import Console

    from mnistry.safety.atomic_write import replace
    from mnistry.training.bench import measure, table, worker
    from mnistry.training.loops import backend

    if os.environ.get("KERAS_BACKEND") not in (None, "", "torch") or backend.choose() != "torch":
        raise UsageError("bench train measures on torch, beside it Keras' example on tensorflow: unset KERAS_BACKEND")
    started = time.perf_counter()

    wanted = measure.cells(recipe or (), threads or (), share or (1.0,))
    wanted = measure.quick(wanted, epochs) if quick else wanted
    if plot and all(cell.estimated for cell in wanted):
        raise UsageError("--plot draws what is trained whole: leave out --quick, or add a recipe of one epoch")
    worker.hide_other_backends("torch")
    console = Console(stderr=True)
    result = None
    try:
        with tempfile.TemporaryDirectory() as scratch, console.status("loading") as status:
            for rows in measure.measure(wanted, seeds, Path(scratch), data=data, epochs=epochs, say=status.update):
                result = table.result(rows, sys.argv[1:], time.perf_counter() - started)
                if out:
                    text = json.dumps(json_record.as_json(result), indent=1) + "\n"
                    replace(out, lambda part, text=text: part.write_text(text, encoding="utf-8"))
    finally:  # show what was measured, even after a failure or Ctrl-C
        if result and as_json:
            print(json.dumps(json_record.as_json(result)))
        elif result:
            table.show(result, Console())
    if plot and result:
        table.save_plot(result.rows, plot)


def _refuse_folders(*paths: Path | None) -> None:
    """Raise `UsageError`, before anything is measured, unless each path is that of a file in an existing folder."""
    for path in filter(None, paths):
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}")
        if path.is_dir():
            raise UsageError(f"{path}: is a folder: wanted the name of a file")
