"""The pictures of docs/reading.md and README.md: a page that is read, and digits that are misread, and why.

python docs/figures/illustrations.py   # needs chromium; renews reading.png and misread/ beside it

Each misreading is the first that is found among pictures drawn for it, so that they are the bundled model's own.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from mnistry import Reader
from mnistry.data import load_dataset
from mnistry.ocr import explain
from mnistry.ocr.decode import decode
from mnistry.ocr.page import Page

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import paper

FIGURES = Path(__file__).parent
PHOTO = paper.Paper(60, "squares", shadow=0.45, perspective=0.03, slant=2.5, blur=0.7, noise=3, contrast=0.85, jpeg=70)
PLAIN = paper.Paper(64, noise=0, jpeg=100)
TRIES = 2000
BLUE, ORANGE = "#1769aa", "#c2410c"


def main() -> None:
    reader = Reader()
    _reading(reader, FIGURES / "reading.png")
    (FIGURES / "misread").mkdir(exist_ok=True)
    for draw in (touching, faint, broken, ruled, unusual):
        pixels, wanted, page = _misread(draw, reader)
        _show(pixels, wanted, page, FIGURES / "misread" / f"{draw.__name__}.png")
        print(f"{draw.__name__}: {wanted!r} was read {page.text!r}, {len(page.rejected)} rejected")


def _reading(reader: Reader, out: Path) -> None:
    """The page that --explain writes of a photo, as Chromium shows it."""
    drawn = paper.sheet(load_dataset(), np.random.default_rng(3), PHOTO, 2, 7)
    picture = decode(drawn.pixels)
    with tempfile.TemporaryDirectory() as folder:
        page, section = Path(folder) / "why.html", explain.section("photo.jpg", picture, reader.read_picture(picture))
        page.write_text(explain.page([section], "bundled"), "utf-8")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=900,780", f"--screenshot={out}"]
        subprocess.run(["chromium", *options, page.as_uri()], check=True, stderr=subprocess.DEVNULL)


def _misread(
    draw: Callable[[np.random.Generator], tuple[NDArray[np.uint8], str]], reader: Reader
) -> tuple[NDArray[np.uint8], str, Page]:
    rng = np.random.default_rng(0)
    for _ in range(TRIES):
        pixels, wanted = draw(rng)
        page = reader.read(pixels)
        if page.text.replace(" ", "") != wanted:
            return pixels, wanted, page
    sys.exit(f"none of {TRIES} pictures of {draw.__name__} was misread")


def touching(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    return _sheet(rng, PLAIN, 2, touching=True)


def faint(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """One digit much fainter than the others, on noisy paper."""
    strong = paper.sheet(load_dataset(), rng, replace(PLAIN, noise=4), 1, 2)
    weak = paper.sheet(load_dataset(), rng, replace(PLAIN, noise=4, contrast=0.07), 1, 1)
    height = min(strong.pixels.shape[0], weak.pixels.shape[0])
    return np.hstack([strong.pixels[:height], weak.pixels[:height]]), strong.lines[0] + weak.lines[0]


def broken(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """A pen that left a gap from top to bottom."""
    pixels, wanted = _sheet(rng, PLAIN, 1)
    dark = np.flatnonzero((pixels < 128).any(axis=(0, 2)))
    middle = int(dark.mean())
    pixels[:, middle - 4 : middle + 4] = 255
    return pixels, wanted


def ruled(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """Rulings as thick and as dark as the pen."""
    pixels, wanted = _sheet(rng, PLAIN, 3)
    for y in range(12, pixels.shape[0], 40):
        cv2.line(pixels, (0, y), (pixels.shape[1], y), (40, 40, 40), 6)
    return pixels, wanted


def unusual(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    return _sheet(rng, PLAIN, 1)


def _sheet(
    rng: np.random.Generator, on: paper.Paper, digits: int, *, touching: bool = False
) -> tuple[NDArray[np.uint8], str]:
    drawn = paper.sheet(load_dataset(), rng, on, 1, digits, touching=touching)
    return drawn.pixels, drawn.lines[0]


def _show(pixels: NDArray[np.uint8], wanted: str, page: Page, out: Path) -> None:
    """The picture with its boxes, and beside it what the network saw of each."""
    pieces = [(digit.box, digit.image, f"{digit.value}  {100 * digit.confidence:.0f} %", BLUE) for digit in page.digits]
    pieces += [(one.box, one.image, one.reason, ORANGE) for one in page.rejected]
    pieces = sorted(pieces, key=lambda piece: piece[0][0])[:3]
    figure = Figure(figsize=(5.4, 1.3), dpi=150, layout="constrained")
    axes = figure.subplots(1, 4, width_ratios=[2.4, 1, 1, 1])
    axes[0].imshow(pixels)
    axes[0].set_title(f"written: {wanted}", fontsize=8, color="0.3")
    for axis in axes:
        axis.axis("off")
    for (x, y, width, height), _, _, colour in pieces:
        axes[0].add_patch(Rectangle((x - 2, y - 2), width + 4, height + 4, fill=False, edgecolor=colour, linewidth=1.5))
    for axis, (_, image, result, colour) in zip(axes[1:], pieces, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_title(result, fontsize=8, color=colour)
    with mpl.rc_context({"savefig.facecolor": "white"}):
        figure.savefig(out, metadata={"Software": None})
    Image.open(out).convert("RGB").quantize(255).save(out, optimize=True)


if __name__ == "__main__":
    main()
