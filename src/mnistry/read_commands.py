"""`mnistry read`: digits from pictures."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistry.errors import NoInkError, PictureError, RecipeError, RunError

if TYPE_CHECKING:
    from mnistry.decode import Picture
    from mnistry.page import Page

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pnm", ".ppm", ".pgm", ".pbm"),
)


def read(
    image: Annotated[list[str], typer.Argument(help="Pictures, folders of them, or - for stdin.", metavar="IMAGE...")],
    model: Annotated[Path | None, typer.Option(help="A model.onnx.", show_default="the bundled one")] = None,
    min_confidence: Annotated[float, typer.Option(help="Reject what is read with less, 0 to 1.")] = 0.0,
    explain: Annotated[Path | None, typer.Option(help="Write an HTML page that shows how it was read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a picture.")] = False,
) -> int:
    """Read the digits in photos, scans and drawings.

    One picture prints its text. Several print a line for each of their lines, with the file's name and a tab before it.
    """
    if not 0 <= min_confidence <= 1:
        raise RecipeError(f"--min-confidence {min_confidence:g}: wanted 0 to 1")
    named = explain is None or (explain.suffix.lower() in (".html", ".htm") and not explain.is_dir())
    if explain and not (named and explain.parent.is_dir()):
        raise RunError(f"--explain {explain}: wanted a name that ends in .html, in a folder that is there")

    from mnistry import decode
    from mnistry.reader import BUNDLED, Reader

    reader = Reader(model or BUNDLED)
    several = len(image) > 1 or _is_folder(image[0])
    name = "bundled" if model is None else str(model)
    failed = False
    readings: list[tuple[str, Picture, Page]] = []
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
            readings.append((file, picture, page))
    if explain:
        from mnistry import explain as explaining
        from mnistry.run import replace

        text = explaining.page(readings, name)
        replace(explain, lambda part: part.write_text(text, encoding="utf-8", errors="backslashreplace"))
    return int(failed)


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
