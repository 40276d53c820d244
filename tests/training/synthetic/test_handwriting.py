import numpy as np

from mnistry.reader import Reader
from mnistry.training.synthetic import handwriting


def test_every_digit_as_often_and_the_same_for_the_same_generator() -> None:
    drawn = handwriting.digits(200, np.random.default_rng(1))
    assert drawn.images.shape == (200, 28, 28, 1)
    assert drawn.images.dtype == np.uint8
    assert np.bincount(drawn.labels).tolist() == [20] * 10
    assert np.array_equal(drawn.images, handwriting.digits(200, np.random.default_rng(1)).images)


def test_they_are_read_as_what_they_are() -> None:
    """Every template, by a hand that does not tremble."""
    steady = handwriting.WritingStyle(slant=0.0, turn=0.0, aspect=1.0, pen=0.1, wobble=0.0)
    reader, rng = Reader(), np.random.default_rng(0)
    for digit, templates in handwriting.TEMPLATES.items():
        images = np.stack([handwriting.draw(template, steady, rng) for template in templates])
        assert reader.classify(images).argmax(axis=1).tolist() == [digit] * len(templates)
