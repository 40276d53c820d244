import numpy as np
import pytest

from mnistry.data import Dataset
from mnistry.errors import NoInkError
from mnistry.ocr import decode, placement
from mnistry.reader import Reader


def test_a_symbol_is_placed_as_reading_places_it(mnist: Dataset) -> None:
    reader = Reader()
    for image in mnist.validation.images[:20, ..., 0]:
        large = np.kron(255 - image, np.ones((4, 4), np.uint8))
        picture = decode.decode(np.pad(large, ((90, 10), (10, 200)), constant_values=255))
        (digit,) = reader.read_picture(picture).digits
        assert np.array_equal(placement.symbol(picture, "a"), digit.image)


def test_all_parts_of_a_symbol_are_in_it() -> None:
    drawn = np.full((160, 120), 255, np.uint8)
    drawn[20:32, 40:80] = drawn[70:82, 20:100] = drawn[120:132, 40:80] = 0  # three bars
    image = placement.symbol(decode.decode(drawn), "bars")
    rows = np.flatnonzero(image.max(axis=1) > 127)
    assert (np.diff(rows) > 1).sum() == 2


def test_a_blank_picture_has_no_symbol() -> None:
    with pytest.raises(NoInkError, match=r"^blank\.png: no ink in it: wanted a picture of one symbol$"):
        placement.symbol(decode.decode(np.full((100, 100), 200, np.uint8)), "blank.png")
