"""What a detector's pages are made of: MNIST's digits, fonts and photos, none of which is in two splits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mnistry.data.load import load_dataset
from mnistry.lineage import DataIdentity
from mnistry.training.synthetic import page_fonts, photos

if TYPE_CHECKING:
    from mnistry.training.synthetic.page_fonts import SplitName
    from mnistry.training.synthetic.pages.materials import Materials

NAME = "pages"


def split_materials(split: SplitName) -> Materials:
    """Return what a split's pages are made of; those of the figures have MNIST's test digits, and are opened last.

    Fonts and photos are fetched once and cached. Raises `DataError` if they cannot be fetched.
    """
    from mnistry.training.synthetic.pages.materials import materials

    digits = load_dataset()
    if split == "figures":
        return materials(split, digits.test)
    return materials(split, digits.train if split == "training" else digits.validation)


def fetch() -> None:
    """Fetch the fonts and photos of all splits, so that none turns out to be missing after training.

    Raises `DataError` if they cannot be fetched.
    """
    page_fonts.fetch_all(page_fonts.known())
    photos.fetch_all(photos.known())


def identity(pictures: int, pages: int) -> DataIdentity:
    """Return what identifies the material: the SHA-256 of MNIST and of each font and photo.

    `pictures` is the number of pictures drawn for training, `pages` that of the validation pages.
    """
    found = hashlib.sha256(load_dataset().sha256.encode())
    for one in (*page_fonts.known(), *photos.known()):
        found.update(one.sha256.encode())
    return DataIdentity(name=NAME, source="mnist", sha256=found.hexdigest(), train=pictures, validation=pages)
