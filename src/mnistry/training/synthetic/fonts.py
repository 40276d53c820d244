"""Digits and letters of handwriting fonts under the SIL Open Font License, fetched with npm and cached.

What ships is a network trained on them; its model card lists the fonts' names and versions.
"""

import csv
import hashlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import ASSETS
from mnistry.data.catalog import cache_folder
from mnistry.data.split import Split
from mnistry.errors import DataError
from mnistry.ocr import geometry
from mnistry.training.synthetic import packages
from mnistry.training.synthetic.nondigits import LETTERS

SIZE_PX = 72
LIST = ASSETS / "fonts.tsv"


def digits(n: int, rng: np.random.Generator) -> Split:
    """Draw `n` digits, classes balanced, in randomly chosen fonts: images (n, 28, 28, 1)."""
    labels = rng.permutation(np.resize(np.arange(10), n))
    return Split(_drawn([str(label) for label in labels], rng), labels.astype(np.int64))


def letters(n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw `n` letters that no writing style writes as a digit (n, 28, 28, 1)."""
    return _drawn([LETTERS[k] for k in rng.integers(0, len(LETTERS), n)], rng)


def _drawn(characters: list[str], rng: np.random.Generator) -> NDArray[np.uint8]:
    names = list(known())
    return np.stack([draw(one, names[rng.integers(len(names))], rng) for one in characters])[..., None]


@cache
def known() -> dict[str, tuple[str, str]]:
    """Return the fonts by name: version and SHA-256 of the file."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["version"], row["sha256"]) for row in csv.DictReader(file, delimiter="\t")}


def draw(character: str, name: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a character of a font in MNIST's geometry (28, 28), its strokes broadened by a random amount, or not."""
    import cv2

    ink = _glyph(character, name)
    r = int(rng.integers(0, 5))
    if r:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (r + 1, r + 1))
        ink = cv2.dilate(ink, disc).astype(np.uint8)
    return geometry.to_mnist(ink, 4.0)


@cache
def _glyph(character: str, name: str) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(fetch(name)), SIZE_PX)
    canvas = Image.new("L", (4 * SIZE_PX, 4 * SIZE_PX))
    ImageDraw.Draw(canvas).text((SIZE_PX, SIZE_PX), character, fill=255, font=font)
    return np.array(canvas)


def fetch(name: str) -> Path:
    """Return the font's file, from the cache or from npm. Raises `DataError` if none has the right checksum."""
    version, sha256 = known()[name]
    path = cache_folder("fonts") / f"{name}-{version}.woff"
    if not path.exists():
        packages.unpack("npm", f"@fontsource/{name}", version, {f"files/{name}-latin-400-normal.woff": path}, "fonts")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise DataError(f"{path}: is not the font {name} {version} (SHA-256 differs): remove it to fetch it again")
    return path
