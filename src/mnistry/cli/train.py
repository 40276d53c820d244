"""`mnistry train` trains a network; `mnistry ensemble` averages several into one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mnistry.cli.data import DATA_HELP, Json, PlacementOption
from mnistry.cli.evaluate import print_run, try_out
from mnistry.errors import UsageError

DETECTOR = "detector"  # the one recipe that is of no classifier (`training.DETECTORS`)
OF_DETECTORS = ("recipe", "seed", "epochs", "out")


def train(
    recipe: Annotated[str | None, typer.Argument(help="A recipe's name.", show_default="tutorial")] = None,
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="mnist")] = None,
    placement: PlacementOption = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same CPU: same weights.", show_default="0")] = None,
    epochs: Annotated[int | None, typer.Option(help="Overrides the recipe's number.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.", show_default="one under runs/")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    calibrate_from: Annotated[
        Path | None, typer.Option(help="Learn validation images too; calibrate as this run did.")
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="A model or run to distil from; given again, several take turns.", metavar="<path>"),
    ] = None,
    extend: Annotated[Path | None, typer.Option(help="A folder of class folders: pictures to learn too.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the recipes: cost and recorded accuracy.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network, score it on the test images, and write a run folder with its report.

    The recipe "detector" trains the network that finds digits on pages, on pages that it draws itself.
    """
    places = {"out": out, "calibrate_from": calibrate_from, "teacher": teacher or None, "extend": extend}
    chosen = {"recipe": recipe, "placement": placement, "seed": seed, "epochs": epochs, **places}
    _check(chosen, data, resume, listed=listed)

    try_out(calibrate_from, *(teacher or ()))

    from rich.console import Console

    import mnistry.training as training
    from mnistry.training import recipe_table
    from mnistry.training.progress import Display

    if listed:
        print(recipe_table.as_text()) if as_json else recipe_table.show(Console())
        return

    given = {name: value for name, value in {**chosen, "data": data}.items() if value is not None}
    start = training.train_detector if recipe == DETECTOR else training.train
    with Display(Console(stderr=True)) as watch:
        run = training.resume(resume, data=data, watch=watch) if resume else start(**given, watch=watch)
    print_run(run, as_json)


def _check(chosen: Mapping[str, object], data: str | None, resume: Path | None, *, listed: bool) -> None:
    """Raise `UsageError` for options that do not go together."""
    if listed:
        _refuse({**chosen, "data": data, "resume": resume}, "--list lists all recipes")
    elif resume:
        _refuse(chosen, "--resume goes on with a run as it was started")
    elif chosen["recipe"] == DETECTOR:
        of_classifiers = {name: value for name, value in chosen.items() if name not in OF_DETECTORS}
        _refuse({"data": data, **of_classifiers}, "a detector learns from pages that it draws")


def _refuse(given: Mapping[str, object], why: str) -> None:
    """Raise `UsageError` if any of these options, which would have no effect, is given."""
    options = {"recipe": "RECIPE"}  # the other options have the names of their parameters
    named = [options.get(name, f"--{name.replace('_', '-')}") for name, value in given.items() if value is not None]
    if named:
        raise UsageError(f"{why}: leave out {', '.join(named)}")


def ensemble(
    members: Annotated[list[Path], typer.Argument(help="Folders of finished runs of the same data.", metavar="RUN...")],
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="what they were trained on")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.", show_default="one under runs/")] = None,
    as_json: Json = False,
) -> None:
    """Average several trained networks into one model, and score it on the test images."""
    try_out(*members)

    from mnistry.training.export.ensemble import ensemble as put_together

    run = put_together(members, out, data)
    print_run(run, as_json)
