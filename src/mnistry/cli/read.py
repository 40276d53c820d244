"""`mnistry read`: reads digits from pictures."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mnistry.assets import MODEL
from mnistry.cli.data import DetectorOption
from mnistry.errors import PictureError, UsageError, one_line, say_error, visible
from mnistry.ocr import best_reading, picture_folder, picture_formats
from mnistry.reading_process import ReadingProcess
from mnistry.reading_tasks import PageFailure, PageResult, PictureTask
from mnistry.run.model_file import model_file
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import read_at_most, why

DAY_S = 86_400


def read(
    image: Annotated[
        list[str], typer.Argument(help="Pictures, TIFFs and PDFs, folders of them, or - for stdin.", metavar="IMAGE...")
    ],
    model: Annotated[
        Path | None, typer.Option(help="A model.onnx or a run folder.", show_default="the bundled one")
    ] = None,
    detector: DetectorOption = None,
    min_confidence: Annotated[float, typer.Option(help="Reject what is read with less, 0 to 1.")] = 0.0,
    explain: Annotated[Path | None, typer.Option(help="Write an HTML page that shows how it was read.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Read the pictures in subfolders too.")] = False,
    signs: Annotated[bool, typer.Option("--signs", help="Print signs too, e.g. 12/05/2026.")] = False,
    expect: Annotated[int | None, typer.Option(help="The number of digits on each page.", metavar="N")] = None,
    pattern: Annotated[
        str | None, typer.Option(help="A regular expression that each line matches as a whole.", metavar="REGEX")
    ] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds that one page may take.")] = LIMITS.reading_s,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per page.")] = False,
) -> int:
    """Read the digits in photos, scans and drawings.

    One picture prints its text. Several print a line for each of their lines, with the file's name and a tab before it.
    So do the pages of a TIFF or PDF, and the frames of an animation that differ, as scan.pdf#1, scan.pdf#2.
    """
    _check(min_confidence, time_limit, expect, pattern)
    if explain:
        _refuse(explain)
    file_of_model = model_file(model) if model else MODEL
    name = "bundled" if model is None else str(file_of_model)
    several = len(image) > 1 or _is_folder(image[0])
    failed = False
    sections: list[str] = []
    with ReadingProcess(file_of_model, time_limit, model_file(detector) if detector else None) as reading:
        for file, source in _sources(image, recursive):
            task = PictureTask("", file, min_confidence, explain is not None, signs, expect, pattern)
            for result in _results(reading, task, source):
                if isinstance(result, PageFailure):
                    failed = True
                    _say_failed(file, result, as_json)
                    continue
                _say(file, result, several, name, as_json)
                sections += [result.explained] if result.explained else []
    if explain:
        _write(explain, sections, name)
    return int(failed)


def _results(
    reading: ReadingProcess, task: PictureTask, source: str | bytes | PictureError
) -> Iterator[PageResult | PageFailure]:
    if isinstance(source, PictureError):
        yield PageFailure(None, str(source))
    else:
        yield from reading.read(replace(task, source=source))


def _check(min_confidence: float, time_limit: float, expect: int | None, pattern: str | None) -> None:
    if not 0 <= min_confidence <= 1:
        raise UsageError(f"--min-confidence {min_confidence:g}: wanted 0 to 1")
    if not 0 < time_limit <= DAY_S:
        raise UsageError(f"--time-limit {time_limit:g}: wanted more than 0 seconds, and at most {DAY_S:,}, a day")
    try:
        best_reading.compiled(expect, pattern)
    except UsageError as error:
        raise UsageError(f"--{error}") from error


def _refuse(explain: Path) -> None:
    """Raise `UsageError`, before anything is read, if the HTML page cannot be written there."""
    named = explain.suffix.lower() in (".html", ".htm") and not explain.is_dir()
    if not (named and explain.parent.is_dir()):
        raise UsageError(f"--explain {explain}: wanted a name that ends in .html, in a folder that is there")
    if not os.access(explain.parent, os.W_OK):
        raise UsageError(f"--explain {explain}: this folder cannot be written to")


def _write(explain: Path, sections: list[str], model: str) -> None:
    from mnistry.ocr import explain as explaining
    from mnistry.safety.atomic_write import replace

    text = explaining.page(sections, model)
    try:
        replace(explain, lambda part: part.write_text(text, encoding="utf-8", errors="backslashreplace"))
    except OSError as error:
        raise UsageError(f"--explain {explain}: cannot be written ({error.strerror})") from error


def _sources(images: list[str], recursive: bool) -> Iterator[tuple[str, str | bytes | PictureError]]:
    """Yield each picture with its name as given; those of a folder sorted by name. Warns of what is skipped there."""
    for given in images:
        if given == "-":
            yield given, _standard_input()
        elif given and _is_folder(given):
            found = picture_folder.find(Path(given), recursive, documents=True)
            yield from ((name, PictureError(message)) for name, message in found.failed)
            folders = "hidden, or a link" if recursive else "--recursive reads those too"
            skipped = [(found.others, "file", "not called pictures"), (found.hidden, "file", "hidden")]
            picture_folder.warn_of_skipped([*skipped, (found.folders, "folder", folders)], Path(given))
            yield from ((str(file), str(file)) for file in found.files)
            if not (found.files or found.failed):
                yield (
                    given,
                    PictureError(f"{given}: no pictures in this folder: {picture_formats.wanted(documents=True)}"),
                )
        else:
            yield given, given if given else PictureError("an empty name: wanted a picture, a folder or -")


def _standard_input() -> bytes | PictureError:
    if not sys.stdin:
        return PictureError("-: standard input is closed")
    try:
        found = read_at_most(sys.stdin.buffer, LIMITS.picture_bytes)
    except OSError as error:  # e.g. it is open for writing only
        return PictureError(f"-: standard input cannot be read ({why(error)})")
    if found is None:
        return PictureError(f"-: standard input is too large: wanted at most {LIMITS.picture_bytes / 1e6:g} MB")
    return found


def _is_folder(given: str) -> bool:
    try:
        return Path(given).is_dir()
    except OSError:  # e.g. a name that is too long, which opening it reports
        return False


def _say(file: str, result: PageResult, several: bool, model: str, as_json: bool) -> None:
    page = result.page
    if as_json:
        print(json.dumps({"file": file, **page, "model": model}), flush=True)
    elif several or "page" in page:
        print("\n".join(f"{visible(result.name)}\t{line}" for line in page["text"].split("\n")), flush=True)
    else:
        print(page["text"], flush=True)


def _say_failed(file: str, failure: PageFailure, as_json: bool) -> None:
    message = one_line(failure.message)
    if as_json:
        page = {} if failure.number is None else {"page": failure.number}
        print(json.dumps({"file": file, **page, "error": message}), flush=True)
    say_error(message)
