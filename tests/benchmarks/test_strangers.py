"""benchmarks/strangers.py: pictures of one thing each are read and counted."""

import numpy as np

from mnistry.data import load_dataset
from mnistry.reader import Reader


def test_pictures_of_one_thing_are_counted() -> None:
    import strangers

    validation = load_dataset().validation
    images, blank = validation.images[:20, ..., 0], np.zeros((5, 28, 28), np.uint8)
    assert strangers.measure(Reader(), images, validation.labels[:20])["right"] > 0.9
    assert strangers.measure(Reader(), images, (validation.labels[:20] + 1) % 10)["right"] < 0.1
    assert strangers.measure(Reader(), blank, None) == {"pictures": 5, "no_digit": 1.0}
