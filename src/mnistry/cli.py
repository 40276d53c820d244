"""The command line: thin, one function a command.

Results go to stdout; progress and errors to stderr, an error as one line. Exit status: 0 all done,
1 some input failed, 2 wrong use or a model or run that is not there, 130 stopped by Ctrl-C.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistry import (
    __version__,
    bench_commands,
    data_commands,
    memory,
    program,
    read_commands,
    reading_process,
    serve_commands,
    worker,
)
from mnistry.data_commands import DATA_HELP, Json
from mnistry.errors import DataError, RecipeError, RunError, visible

if TYPE_CHECKING:
    from mnistry.dataset import Dataset
    from mnistry.reader import Reader
    from mnistry.run import Run

MEMORY_SHARE = 0.75  # of this machine's memory, which a command may take
LIBRARIES = 3  # that begin a thread a core: NumPy's, OpenCV, ONNX Runtime
UNBOUNDED = ("train", "ensemble", "bench")  # what a GPU's memory is mapped into has no bound that would fit
DECODING = ("data", "evaluate", "train", "ensemble", "bench")  # pictures, in this process
FOREIGN = ("evaluate", "train", "ensemble")  # models, in this process

app = typer.Typer(
    name="mnistry",
    help="Handwritten digits, from training to reading.",
    epilog="Example: [bold]mnistry train[/bold]",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(data_commands.app, name="data")
app.add_typer(bench_commands.app, name="bench")
app.command("read", epilog="Example: [bold]mnistry read photo.jpg[/bold]")(read_commands.read)
app.command("serve", epilog="Example: [bold]mnistry serve[/bold], then open http://127.0.0.1:8000")(
    serve_commands.serve
)


def main() -> None:
    """Run the command line and exit."""
    program.run(app)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        print(f"mnistry {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())
    if context.invoked_subcommand in DECODING and not os.environ.get("MNISTRY_DEBUG"):
        worker.mute_native_stderr()
    if context.invoked_subcommand not in UNBOUNDED:
        memory.bound(int(MEMORY_SHARE * memory.memory_bytes()), LIBRARIES * (os.cpu_count() or 1))
    if context.invoked_subcommand in FOREIGN:
        from mnistry import network

        network.stuck = program.give_up


@app.command(epilog="Example: [bold]mnistry train tutorial --seed 1[/bold]")
def train(
    recipe: Annotated[str | None, typer.Argument(help="A recipe's name.", show_default="tutorial")] = None,
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="mnist")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same CPU: same weights.", show_default="0")] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of the recipe's own number.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.", show_default="one under runs/")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    twin: Annotated[Path | None, typer.Option(help="Learn validation images too; calibrate as this run did.")] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="A model or run to learn from; given again, several by turns.", metavar="<path>"),
    ] = None,
    extend: Annotated[Path | None, typer.Option(help="A folder of class folders: pictures to learn too.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the recipes: cost and recorded accuracy.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network, score it on the test images, and write a run folder with its report."""
    teacher = teacher or None  # where none is given there may be an empty list
    given = {"RECIPE": recipe, "--seed": seed, "--epochs": epochs, "--out": out, "--twin": twin, "--teacher": teacher}
    given["--extend"] = extend
    refusal = "--resume goes on with a run as it was begun"
    if listed:
        given, refusal = {**given, "--data": data, "--resume": resume}, "--list lists all recipes"
    if (resume or listed) and (surplus := [name for name, value in given.items() if value is not None]):
        raise RunError(f"{refusal}: leave out {', '.join(surplus)}")

    _try_out(twin, *(teacher or ()))

    from rich.console import Console

    import mnistry.training as training
    from mnistry.training import listing
    from mnistry.training.progress import Display

    if listed:
        print(json.dumps({"recipes": listing.rows()})) if as_json else listing.show(Console())
        return

    with Display(Console(stderr=True)) as watch:
        if resume:
            run = training.resume(resume, data=data, watch=watch)
        else:
            places = {"data": data or "mnist", "out": out, "twin": twin, "teacher": teacher, "extend": extend}
            run = training.train(recipe or "tutorial", seed=seed or 0, epochs=epochs, watch=watch, **places)
    _print_result(run.evaluation or {}, run.folder, run.folder / "report.html", as_json)


@app.command(epilog="Example: [bold]mnistry ensemble runs/a runs/b runs/c[/bold]")
def ensemble(
    members: Annotated[list[Path], typer.Argument(help="Folders of finished runs of the same data.", metavar="RUN...")],
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="what they were trained on")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.", show_default="one under runs/")] = None,
    as_json: Json = False,
) -> None:
    """Average several trained networks into one model, and score it on the test images."""
    _try_out(*members)

    from mnistry.training.ensemble import ensemble as put_together

    run = put_together(members, out, data)
    _print_result(run.evaluation or {}, run.folder, run.folder / "report.html", as_json)


@app.command(epilog="Example: [bold]mnistry evaluate runs/latest[/bold]")
def evaluate(
    model: Annotated[Path, typer.Argument(help="A model.onnx or a run folder.", metavar="MODEL|RUN")],
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="what it was trained on")] = None,
    split: Annotated[str, typer.Option(help="test or validation", metavar="SPLIT")] = "test",
    out: Annotated[Path | None, typer.Option(help="Write figures and report into this folder.")] = None,
    corruptions: Annotated[bool, typer.Option("--corruptions", help="Score it on corrupted images too.")] = False,
    as_json: Json = False,
) -> None:
    """Score a model on a data set's test or validation images.

    A run's own test images renew the figures and the report in its folder; otherwise only --out writes files.
    """
    if split not in ("test", "validation"):
        raise RecipeError(f"--split {split}: wanted test or validation")

    run = _run_at(model)
    _try_out(model)
    folder = out or (run.folder if run and split == "test" and data is None else None)
    if folder is None:
        result = _score(model, run, data, split, corruptions, None)
    else:
        from mnistry.replace import writing
        from mnistry.run import Run

        with Run(folder).locked(), writing(folder, "make room there, or choose another folder with --out"):
            result = _score(model, run, data, split, corruptions, folder)
    _print_result(result, run.folder if run else None, folder / "report.html" if folder else None, as_json)


def _score(
    model: Path, run: "Run | None", data: str | None, split: str, corruptions: bool, folder: Path | None
) -> dict[str, Any]:
    from mnistry import report
    from mnistry.dataset import load
    from mnistry.evaluate import evaluate as score
    from mnistry.evaluate import has_learned_validation, origin, under_corruption
    from mnistry.reader import Reader

    history = run.history if run else []
    reader = Reader(run.model if run else model)
    data_set = load(data) if data else _own_data(reader, run)
    if split == "validation" and has_learned_validation(reader, data_set):
        raise RunError(f"{reader.path}: learned these validation images itself (--twin): wanted --split test")
    if corruptions and data_set.image_shape[2] != 1:
        raise RunError(f"--corruptions: images of {data_set.image_shape[2]} channels: wanted grey ones, of 1")
    evaluation = score(reader, data_set, "test" if split == "test" else "validation")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        report.write(evaluation, data_set, reader, folder, history)
    result = {**origin(reader), **evaluation.summary()}
    if corruptions:
        result["corruptions"] = under_corruption(reader, data_set, "test" if split == "test" else "validation")
    return result


def _try_out(*given: Path | None) -> None:
    """Let other people's models answer once in a process apart, with limits, before they are run in this one."""
    for path in filter(None, given):
        model = path / "model.onnx" if path.is_dir() else path
        if model.is_file() and model.suffix != ".json":
            reading_process.check_model(model)


def _run_at(path: Path) -> "Run | None":
    """The run in a folder, or None where `path` is not a folder."""
    from mnistry.run import open_run

    if not path.exists():
        raise RunError(f"{path}: no such model or run")
    if not path.is_dir():
        return None
    run = open_run(path)
    if not run.model.exists():
        raise RunError(f"{path}: has no model yet: go on with: mnistry train --resume {path}")
    return run


def _own_data(reader: "Reader", run: "Run | None") -> "Dataset":
    """The data a model was trained on, as far as it tells; MNIST for a model that tells nothing."""
    from mnistry.dataset import load
    from mnistry.publishers import PUBLISHED

    told = run.description["data"] if run else reader.told("data", dict) or {"name": "mnist"}
    source = str(told["source"] if run else told.get("name"))
    if not run and source not in ("mnist", *PUBLISHED):
        raise RunError(f"{reader.path}: was trained on {source}: say with --data where that, or other data, are")
    try:
        found = load(source)
    except DataError as error:
        raise DataError(f"{error}; --data says where the data are now") from error
    if told.get("sha256", found.sha256) != found.sha256:
        raise DataError(
            f"{source}: is not what {reader.path} was trained on (SHA-256 differs): say with --data what to use"
        )
    return found


def _print_result(result: dict[str, Any], run: Path | None, report: Path | None, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**result, "run": str(run) if run else None}))
        return
    low, high = result["accuracy_interval_95"]
    print(
        f"{result['correct']:,} of {result['total']:,} {visible(result['split'])} images right: "
        f"{100 * result['accuracy']:.2f} % (95 % interval {100 * low:.2f} to {100 * high:.2f})"
    )
    if run:
        print(f"run     {visible(str(run))}")
    if report:
        print(f"report  {visible(str(report))}")
    if extension := result.get("extension"):
        bundled = extension.get("correct_bundled")
        beside = "" if bundled is None else f"; the bundled model reads {bundled} of them"
        print(f"{extension['correct']} of your {extension['total']} pictures that were held apart right{beside}")
    if corruptions := result.get("corruptions"):
        print(
            f"corrupted in fifteen ways after MNIST-C, mean {100 * sum(corruptions.values()) / len(corruptions):.1f} %:"
        )
        for name, accuracy in corruptions.items():
            print(f"  {visible(name):<14} {100 * accuracy:5.1f} %")
