"""`mnistry classify`: labels images that are digits already, e.g. for a submission to Kaggle."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistry.assets import MODEL
from mnistry.cli.data import PLACEMENT_HELP
from mnistry.cli.evaluate import try_out
from mnistry.errors import UsageError, one_line, say_error, visible
from mnistry.lineage import Placement
from mnistry.run.model_file import model_file

IMAGES_HELP = "A CSV, IDX or npz file, a picture, a folder of pictures, or a data set's name."

if TYPE_CHECKING:
    from mnistry.classifier.classifier import Classifier
    from mnistry.data.unlabelled import Unlabelled


def classify(
    data: Annotated[str, typer.Argument(help=IMAGES_HELP, metavar="DATA")],
    model: Annotated[
        Path | None, typer.Option(help="A model.onnx or a run folder.", show_default="the bundled one")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The CSV file to write.", show_default="standard output")] = None,
    confidence: Annotated[bool, typer.Option("--confidence", help="Add a column with the confidence.")] = False,
    placement: Annotated[
        Placement | None, typer.Option(help=PLACEMENT_HELP, show_default="as the model was trained")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per image.")] = False,
) -> int:
    """Classify images of one digit each, in the data's order.

    Writes CSV: ImageId,Label, counted from 1, as Kaggle wants it; for pictures, file,label,confidence.
    """
    if out:
        _check(out)
    file = model_file(model) if model else MODEL
    if model:
        try_out(file)

    from mnistry.classifier.classifier import Classifier
    from mnistry.data.unlabelled import load_images

    classifier = Classifier(file)
    found = load_images(data, placement, classifier.placement)
    for message in found.failed.values():
        say_error(message)
    rows = list(_rows(classifier, found))
    if as_json:
        _print_json(rows, found)
    if out or not as_json:
        _write(_as_csv(rows, found, confidence), out)
    if out and not as_json:
        print(f"{len(rows):,} labels in {visible(str(out))}")
    return int(bool(found.failed))


def _write(text: str, out: Path | None) -> None:
    """Write the CSV file, or print it."""
    from mnistry.safety.atomic_write import replace

    if out:
        replace(out, lambda path: path.write_text(text, encoding="utf-8", errors="surrogateescape", newline=""))
    else:
        print(text, end="")


def _check(out: Path) -> None:
    """Raise `UsageError`, before anything is read, if the CSV file cannot be written there."""
    if out.suffix.lower() != ".csv" or out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"--out {out}: wanted a name that ends in .csv, in a folder that is there")


def _rows(classifier: "Classifier", found: "Unlabelled") -> Iterator[tuple[str, str, float]]:
    """Yield number or file, class and confidence of each image; say how many labels agree, if the data have any."""
    probabilities = classifier.classify(found.images)
    chosen = [classifier.class_names[label] for label in probabilities.argmax(axis=1)]
    if found.labels and set(found.labels) & set(classifier.class_names):  # or the classes have other names
        right = sum(a == b for a, b in zip(chosen, found.labels, strict=True))
        print(f"{right:,} of {len(chosen):,} agree with the labels in the data", file=sys.stderr)
    keys = map(str, found.files) if found.files is not None else map(str, range(1, len(chosen) + 1))
    for key, label, confidence in zip(keys, chosen, probabilities.max(axis=1), strict=True):
        yield key, label, float(confidence)


def _as_csv(rows: Iterable[tuple[str, str, float]], found: "Unlabelled", confidence: bool) -> str:
    are_files = found.files is not None
    header = ("file", "label", "confidence") if are_files else ("ImageId", "Label", "Confidence")
    columns = 3 if are_files or confidence else 2
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header[:columns])
    writer.writerows((key, label, f"{share:.4f}")[:columns] for key, label, share in rows)
    return text.getvalue()


def _print_json(rows: Iterable[tuple[str, str, float]], found: "Unlabelled") -> None:
    """Print one object per image, and one per picture that could not be used."""
    for key, label, share in rows:
        name = {"image": int(key)} if found.files is None else {"file": key}
        print(json.dumps({**name, "label": label, "confidence": share}))
    for file, message in found.failed.items():
        print(json.dumps({"file": file, "error": one_line(message)}))
