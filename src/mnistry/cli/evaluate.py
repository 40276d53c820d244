"""`mnistry evaluate`: scores a model on a data set."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistry import reading_process
from mnistry.cli.data import DATA_HELP, Json
from mnistry.errors import DataError, DataWarning, RunError, UsageError, needs_extra, visible
from mnistry.reading_process import Kind
from mnistry.run.model_file import model_file

if TYPE_CHECKING:
    from mnistry.classifier.classifier import Classifier
    from mnistry.data.dataset import Dataset
    from mnistry.run.evaluation import EvaluationRecord, ExtensionResult, PagesRecord
    from mnistry.run.folder import Run


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model.onnx or a run folder.", metavar="MODEL|RUN")],
    data: Annotated[str | None, typer.Option(help=DATA_HELP, show_default="what it was trained on")] = None,
    split: Annotated[str, typer.Option(help="test or validation", metavar="SPLIT")] = "test",
    out: Annotated[Path | None, typer.Option(help="Write figures and report into this folder.")] = None,
    corruptions: Annotated[bool, typer.Option("--corruptions", help="Score it on corrupted images too.")] = False,
    as_json: Json = False,
) -> None:
    """Score a model on a data set's test or validation images; a detector on pages that are drawn for it.

    A run's own test images renew the figures and the report in its folder; otherwise only --out writes files.
    """
    if split not in ("test", "validation"):
        raise UsageError(f"--split {split}: wanted test or validation")

    run = _run_at(model)
    kind = try_out(model)
    folder = out or (run.folder if run and split == "test" and data is None else None)
    report = folder / "report.html" if folder else None
    if kind == "detector":
        _refuse({"--data": data, "--split": split != "test", "--corruptions": corruptions}, model)
    with _writing(folder):
        if kind == "detector":
            found = _score_detector(run.model if run else model, run, folder)
            print_pages(found, run.folder if run else None, report, as_json)
            return
        result = _score(model, run, data, split, corruptions, folder)
    print_result(result, run.folder if run else None, report, as_json)


def _refuse(given: dict[str, object], model: Path) -> None:
    """Raise `UsageError` if any of these options, which do not go with a detector, is given."""
    if named := [name for name, value in given.items() if value]:
        raise UsageError(f"{model}: is a detector, which is scored on pages drawn for it: leave out {', '.join(named)}")


@contextmanager
def _writing(folder: Path | None) -> Iterator[None]:
    """Lock a folder, if there is one, and turn what cannot be written there into an error that says so."""
    if folder is None:
        yield
        return
    from mnistry.run.folder import Run
    from mnistry.safety.atomic_write import writing

    with Run(folder).locked(), writing(folder, "make room there, or choose another folder with --out"):
        yield


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


def _score_detector(model: Path, run: "Run | None", folder: Path | None) -> "PagesRecord":
    with needs_extra("train", "scoring a detector"):
        from mnistry.training.detector import evaluate as pages
        from mnistry.training.detector import report
    from mnistry.detector.detector import Detector
    from mnistry.run.evaluation import PagesRecord

    detector = Detector(model)
    evaluation = pages.evaluate(detector)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        report.write(evaluation, detector, folder, run.history if run else [])
    return PagesRecord.of(detector.metadata.origin, evaluation.summary())


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


def try_out(*given: Path | None) -> Kind:
    """Let foreign models answer once in a separate process with limits, before they run in this one.

    Returns the kind of the last one.
    """
    kind: Kind = "classifier"
    for path in filter(None, given):
        try:
            model = model_file(path)
        except RunError:  # said later, by the option's own check
            continue
        if model.suffix != ".json":  # a record of a calibration
            kind = reading_process.check_model(model)
    return kind


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
    report = run.folder / "report.html"
    if run.config.kind and (found := run.page_evaluation):
        print_pages(found, run.folder, report, as_json)
        return
    if run.config.kind or (result := run.evaluation) is None:
        raise RunError(f"{run.folder}: has no evaluation.json: renew it with: mnistry evaluate {run.folder}")
    print_result(result, run.folder, report, as_json)


def print_pages(result: "PagesRecord", run: Path | None, report: Path | None, as_json: bool) -> None:
    """Print a detector's result for people, or as one JSON object."""
    if as_json:
        print(json.dumps({**result.to_json(), "run": str(run) if run else None}))
        return
    right, exact = 100 * result.digits_right, 100 * result.lines_exact
    print(
        f"{result.right:,} of {result.total:,} digits right ({right:.1f} %) on {result.pages:,} pages; "
        f"{result.exact:,} of {result.lines:,} lines exact ({exact:.1f} %); "
        f"false alarms on {result.empty - result.silent:,} of {result.empty:,} pages without digits"
    )
    _print_places(run, report)


def _print_places(run: Path | None, report: Path | None) -> None:
    if run:
        print(f"run     {visible(str(run))}")
    if report:
        print(f"report  {visible(str(report))}")


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
    _print_places(run, report)
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
