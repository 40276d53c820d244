"""`mnistry read`: digits from pictures."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistry.errors import NoInkError, PictureError, RecipeError, RunError

if TYPE_CHECKING:
    from mnistry.page import Page

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pnm", ".ppm", ".pgm", ".pbm"),
)


def read(
    image: Annotated[list[str], typer.Argument(help="Pictures, folders of them, or - for stdin.", metavar="IMAGE...")],
    model: Annotated[
        Path | None, typer.Option(help="A model.onnx or a run folder.", show_default="the bundled one")
    ] = None,
    min_confidence: Annotated[float, typer.Option(help="Reject what is read with less, 0 to 1.")] = 0.0,
    explain: Annotated[Path | None, typer.Option(help="Write an HTML page that shows how it was read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a picture.")] = False,
) -> int:
    """Read the digits in photos, scans and drawings.

    One picture prints its text. Several print a line for each of their lines, with the file's name and a tab before it.
    """
    if not 0 <= min_confidence <= 1:
        raise RecipeError(f"--min-confidence {min_confidence:g}: wanted 0 to 1")
    if explain:
        _refuse(explain)
    if model and model.is_dir():  # a run
        model /= "model.onnx"

    from mnistry import decode
    from mnistry.reader import BUNDLED, Reader

    reader = Reader(model or BUNDLED)
    several = len(image) > 1 or _is_folder(image[0])
    name = "bundled" if model is None else str(model)
    failed = False
    sections: list[str] = []
    for file, source in _sources(image):
        try:
            if isinstance(source, PictureError):
                raise source
            picture = decode.decode(source, file)
            page = reader.read_picture(picture, min_confidence)
        except (PictureError, NoInkError) as error:
            failed = True
            _say_failed(file, str(error), as_json)
            continue
        _say(file, page, several, {"model": name}, as_json)
        if explain:
            from mnistry import explain as explaining

            sections.append(explaining.section(file, picture, page))
    if explain:
        _write(explain, sections, name)
    return int(failed)


def _refuse(explain: Path) -> None:
    """Before anything is read."""
    named = explain.suffix.lower() in (".html", ".htm") and not explain.is_dir()
    if not (named and explain.parent.is_dir()):
        raise RunError(f"--explain {explain}: wanted a name that ends in .html, in a folder that is there")
    if not os.access(explain.parent, os.W_OK):
        raise RunError(f"--explain {explain}: this folder cannot be written to")


def _write(explain: Path, sections: list[str], model: str) -> None:
    from mnistry import explain as explaining
    from mnistry.run import replace

    text = explaining.page(sections, model)
    try:
        replace(explain, lambda part: part.write_text(text, encoding="utf-8", errors="backslashreplace"))
    except OSError as error:
        raise RunError(f"--explain {explain}: cannot be written ({error.strerror})") from error


def _sources(images: list[str]) -> Iterator[tuple[str, str | bytes | PictureError]]:
    """Every picture under the name it was given; a folder's in the order of their names."""
    for given in images:
        if given == "-":
            yield given, sys.stdin.buffer.read() if sys.stdin else PictureError("-: standard input is closed")
        elif given and _is_folder(given):
            try:
                files = _pictures(Path(given))
            except OSError as error:
                yield given, PictureError(f"{given}: this folder cannot be read ({error.strerror})")
                continue
            yield from ((str(file), str(file)) for file in files)
            if not files:
                yield given, PictureError(f"{given}: no pictures in this folder: wanted {', '.join(sorted(SUFFIXES))}")
        else:
            yield given, given if given else PictureError("an empty name: wanted a picture, a folder or -")


def _is_folder(given: str) -> bool:
    try:
        return Path(given).is_dir()
    except OSError:  # a name that is too long: said when it is opened
        return False


def _pictures(folder: Path) -> list[Path]:
    found = (f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith("."))
    return sorted(f for f in found if not f.is_dir())


def _say(file: str, page: "Page", several: bool, told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": file, **page.as_json(), **told}), flush=True)
    elif several:
        print("\n".join(f"{file}\t{line}" for line in page.text.split("\n")), flush=True)
    else:
        print(page.text, flush=True)


def _say_failed(file: str, message: str, as_json: bool) -> None:
    message = " ".join(message.split())
    if as_json:
        print(json.dumps({"file": file, "error": message}), flush=True)
    print(f"error: {message}", file=sys.stderr, flush=True)
