"""`mnistry evaluate`: scores a model on a data set."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistry import reading_process
from mnistry.cli.data import DATA_HELP, Json
from mnistry.errors import DataError, DataWarning, RunError, UsageError, visible
from mnistry.run.model_file import model_file

if TYPE_CHECKING:
    from mnistry.classifier.classifier import Classifier
    from mnistry.data.dataset import Dataset
    from mnistry.run.evaluation import EvaluationRecord, ExtensionResult
    from mnistry.run.folder import Run


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
        raise UsageError(f"--split {split}: wanted test or validation")

    run = _run_at(model)
    try_out(model)
    folder = out or (run.folder if run and split == "test" and data is None else None)
    if folder is None:
        result = _score(model, run, data, split, corruptions, None)
    else:
        from mnistry.run.folder import Run
        from mnistry.safety.atomic_write import writing

        with Run(folder).locked(), writing(folder, "make room there, or choose another folder with --out"):
            result = _score(model, run, data, split, corruptions, folder)
    print_result(result, run.folder if run else None, folder / "report.html" if folder else None, as_json)


def _score(
    model: Path, run: "Run | None", data: str | None, split: str, corruptions: bool, folder: Path | None
) -> "EvaluationRecord":
    from mnistry.classifier.classifier import Classifier
    from mnistry.data.load import open_dataset
    from mnistry.evaluation import report
    from mnistry.evaluation.evaluate import evaluate as score
    from mnistry.evaluation.evaluate import has_learned_validation, under_corruption
    from mnistry.run.evaluation import EvaluationRecord

    history = run.history if run else []
    classifier = Classifier(run.model if run else model)
    data_set = open_dataset(data, classifier.placement) if data else _own_data(classifier, run)
    if split == "validation" and has_learned_validation(classifier, data_set):
        raise UsageError(
            f"{classifier.path}: learned these validation images itself (--calibrate-from): wanted --split test"
        )
    if corruptions and data_set.image_shape[2] != 1:
        raise UsageError(f"--corruptions: images of {data_set.image_shape[2]} channels: wanted grey ones, of 1")
    part = "test" if split == "test" else "validation"
    evaluation = score(classifier, data_set, part)
    added = None if data or split != "test" else _extension(classifier, run, data_set)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        report.write(evaluation, data_set, classifier, folder, history, added)
    corrupted = under_corruption(classifier, data_set, part) if corruptions else None
    return EvaluationRecord.of(classifier.metadata.origin, evaluation.summary(), extension=added, corruptions=corrupted)


def _extension(classifier: "Classifier", run: "Run | None", data_set: "Dataset") -> "ExtensionResult | None":
    """Score the user's held-out pictures that extended a run's data; what they gave before, if they are gone."""
    if not (run and run.config.extension):
        return None
    from mnistry.training import extension

    try:
        found = extension.find(run.config.extension, data_set)
    except DataError as error:
        warnings.warn(f"{error}: their earlier figures stay", DataWarning, stacklevel=2)
        return run.evaluation.extension if run.evaluation else None
    return found.scored(classifier) if found else None


def try_out(*given: Path | None) -> None:
    """Let foreign models answer once in a separate process with limits, before they run in this one."""
    for path in filter(None, given):
        try:
            model = model_file(path)
        except RunError:  # said later, by the option's own check
            continue
        if model.suffix != ".json":  # a record of a calibration
            reading_process.check_model(model)


def _run_at(path: Path) -> "Run | None":
    """Return the run in a folder, or None if `path` is not a folder."""
    from mnistry.run.folder import open_run

    if path.is_dir():
        run = open_run(path)
        model_file(path)
        return run
    model_file(path)
    return None


def _own_data(classifier: "Classifier", run: "Run | None") -> "Dataset":
    """Load the data a model was trained on, as far as its metadata say; MNIST if they say nothing."""
    from mnistry.data.catalog import PUBLISHED
    from mnistry.data.load import load_again, load_dataset

    data = run.config.data if run else classifier.metadata.data
    source = run.config.data.source if run else data.name if data else "mnist"
    if not run and source not in ("mnist", *PUBLISHED):
        raise UsageError(f"{classifier.path}: was trained on {source}: say with --data where that, or other data, are")
    return load_again(data, str(classifier.path)) if data else load_dataset()


def print_run(run: "Run", as_json: bool) -> None:
    """Print the result of a finished run."""
    if (result := run.evaluation) is None:
        raise RunError(f"{run.folder}: has no evaluation.json: renew it with: mnistry evaluate {run.folder}")
    print_result(result, run.folder, run.folder / "report.html", as_json)


def print_result(result: "EvaluationRecord", run: Path | None, report: Path | None, as_json: bool) -> None:
    """Print a result for people, or as one JSON object."""
    if as_json:
        print(json.dumps({**result.to_json(), "run": str(run) if run else None}))
        return
    low, high = result.accuracy_interval_95
    print(
        f"{result.correct:,} of {result.total:,} {visible(result.split)} images right: "
        f"{100 * result.accuracy:.2f} % (95 % interval {100 * low:.2f} to {100 * high:.2f})"
    )
    if run:
        print(f"run     {visible(str(run))}")
    if report:
        print(f"report  {visible(str(report))}")
    if extension := result.extension:
        bundled = extension.correct_bundled
        beside = "" if bundled is None else f"; the bundled model reads {bundled} of them"
        print(f"{extension.correct} of your {extension.total} held-out pictures right{beside}")
    if corruptions := result.corruptions:
        print(
            f"corrupted in fifteen ways after MNIST-C, mean {100 * sum(corruptions.values()) / len(corruptions):.1f} %:"
        )
        for name, accuracy in corruptions.items():
            print(f"  {visible(name):<14} {100 * accuracy:5.1f} %")
