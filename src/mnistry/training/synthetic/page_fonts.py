"""Fonts of synthetic pages: handwriting, print and displays, of several scripts, fetched with npm and cached.

A family is in one split alone. Those of validation and of the figures are none that `fonts` draws
for the classifier, so that a page of them is of writing that neither network has seen.
"""

import csv
import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from mnistry.assets import ASSETS
from mnistry.data.catalog import cache_folder
from mnistry.errors import DataError
from mnistry.training.synthetic import packages

LIST = ASSETS / "page_fonts.tsv"
FETCHED_AT_ONCE = 4
SEGMENTS = frozenset("0123456789-")  # seven-segment letters look as digits do: S is 5, O is 0

Kind = Literal["hand", "print", "display"]
Script = Literal["latin", "greek", "cyrillic", "arabic"]
SplitName = Literal["training", "validation", "figures"]


@dataclass(frozen=True)
class PageFont:
    """A font's file within an npm package, and what it is drawn for."""

    package: str
    version: str
    licence: str
    file: str
    kind: Kind
    script: Script
    split: SplitName
    sha256: str

    @property
    def family(self) -> str:
        """The typeface, as `caveat`; a package that has several keeps each in a folder."""
        scope, _, name = self.package.rpartition("/")
        return name if scope == "@fontsource" else Path(self.file).parent.name

    @property
    def path(self) -> Path:
        """The file in the cache, whether it is there or not."""
        return cache_folder("fonts") / f"{Path(self.file).stem}-{self.version}{Path(self.file).suffix}"


@cache
def known() -> tuple[PageFont, ...]:
    """Return the fonts of all splits, in the order of the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return tuple(PageFont(**cast(dict, row)) for row in csv.DictReader(file, delimiter="\t"))


def fetch(font: PageFont) -> Path:
    """Return the font's file, from the cache or from npm; all listed files of its package come with it.

    Raises `DataError` if none has the right checksum.
    """
    if not font.path.exists():
        missing = {one.file: one.path for one in known() if one.package == font.package and not one.path.exists()}
        packages.unpack("npm", font.package, font.version, missing | {font.file: font.path}, "fonts")
    if hashlib.sha256(font.path.read_bytes()).hexdigest() != font.sha256:
        raise DataError(
            f"{font.path}: is not {font.file} of {font.package} {font.version} (SHA-256 differs): "
            "remove it to fetch it again"
        )
    return font.path


def fetch_all(fonts: Iterable[PageFont]) -> None:
    """Fetch the fonts that are not in the cache, several packages at once. Raises `DataError` as `fetch` does."""
    packages: dict[str, list[PageFont]] = {}
    for font in fonts:
        packages.setdefault(font.package, []).append(font)
    with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
        list(pool.map(lambda group: [fetch(font) for font in group], packages.values()))


@cache
def characters(font: PageFont) -> frozenset[str]:
    """Return the characters that the font has ink for: none is drawn as the box that stands for a missing glyph."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of dates in old fonts
    with TTFont(fetch(font), lazy=True) as opened:
        glyphs = opened.getGlyphSet()

        def outline(name: str) -> tuple:
            pen = DecomposingRecordingPen(glyphs)
            glyphs[name].draw(pen)
            return tuple(pen.value)

        missing = outline(".notdef") if ".notdef" in glyphs else ()
        found = {chr(code): outline(name) for code, name in opened.getBestCmap().items()}
    drawn = frozenset(character for character, ink in found.items() if ink and ink != missing)
    return drawn & SEGMENTS if font.package == "dseg" else drawn
