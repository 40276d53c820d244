from itertools import combinations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.ocr.glyph_classes import DIGITS, SIGNS
from mnistry.training.synthetic.pages import alphabets
from mnistry.training.synthetic.pages.alphabets import EM_PX, Font, Mnist, SevenSegments, Shape, Strokes
from page_materials import FONTS, dejavu

INK = 128
LIT = ("abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg")


def rows(shape: Shape | None) -> tuple[float, float]:
    """First and last row of ink, in digit heights below the digits' top."""
    assert shape is not None
    inked = np.flatnonzero((shape.mask > INK).any(axis=1))
    return (inked[0] + shape.top_px) / EM_PX, (inked[-1] + shape.top_px) / EM_PX


def parts(shape: Shape | None) -> int:
    assert shape is not None
    return cv2.connectedComponents((shape.mask > INK).astype(np.uint8))[0] - 1


def test_digits_of_mnist_are_as_high_as_a_digit_and_each_is_another(mnist: Dataset) -> None:
    alphabet, rng = Mnist(mnist.validation), np.random.default_rng(0)
    for digit in DIGITS:
        top, bottom = rows(alphabet.draw(digit, rng))
        assert -0.1 <= top <= bottom <= 1.1
    shapes = [alphabet.draw("8", rng) for _ in range(8)]
    assert len({shape.mask.tobytes() for shape in shapes if shape}) == 8
    assert all(alphabet.draw(other, rng) is None for other in ("a", "-", "²", "٣"))


def test_the_same_seed_draws_the_same(mnist: Dataset) -> None:
    def drawn() -> list[bytes]:
        rng = np.random.default_rng(5)
        each = (Mnist(mnist.validation), Strokes(rng), SevenSegments(rng), dejavu())
        return [shape.mask.tobytes() for one in each for d in DIGITS if (shape := one.draw(d, rng))]

    assert drawn() == drawn()
    assert len(drawn()) == 40


@pytest.mark.parametrize("character", [*DIGITS, *SIGNS])
def test_every_writer_draws_every_digit_and_sign(character: str) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shape = Strokes(rng).draw(character, rng)
        assert shape is not None
        assert (shape.mask > INK).sum() >= 3
        assert max(shape.mask.shape) <= 2.2 * EM_PX


def test_commas_hang_below_and_apostrophes_stand_above_whoever_writes_or_prints() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        for alphabet in (Strokes(rng), dejavu()):
            comma, point, quote = (rows(alphabet.draw(sign, rng)) for sign in ",.'")
            assert comma[0] > 0.7
            assert comma[1] > 1.0
            assert point[0] > 0.7
            assert point[1] < 1.15
            assert quote[1] < 0.5
            assert 0.2 < np.mean(rows(alphabet.draw("-", rng))) < 0.8


def test_a_writer_keeps_the_form_of_a_digit() -> None:
    """One writer's sevens all have a bar, or none has."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        writer = Strokes(rng)
        widths = [shape.mask.shape[1] / shape.mask.shape[0] for _ in range(6) if (shape := writer.draw("1", rng))]
        assert max(widths) - min(widths) < 0.35


def test_a_writer_has_no_letters() -> None:
    rng = np.random.default_rng(0)
    assert Strokes(rng).draw("a", rng) is None


def upright(seed: int) -> tuple[SevenSegments, np.random.Generator] | None:
    rng = np.random.default_rng(seed)
    display = SevenSegments(rng)
    return (display, rng) if display._slant == 0 else None


def placed(shape: Shape, like: Shape) -> NDArray[np.uint8]:
    """A digit in the frame of an 8, whose right side all of them share."""
    frame = np.zeros_like(like.mask)
    top = shape.top_px - like.top_px
    left = frame.shape[1] - shape.mask.shape[1]
    frame[top : top + shape.mask.shape[0], left:] = shape.mask[: frame.shape[0] - top]
    return frame


def lit(frame: NDArray[np.uint8]) -> str:
    h, w = frame.shape
    on = frame > INK
    upper, lower, middle = on[int(0.27 * h)], on[int(0.73 * h)], on[:, w // 2]
    segments = {
        "a": middle[: h // 4],
        "b": upper[2 * w // 3 :],
        "c": lower[2 * w // 3 :],
        "d": middle[3 * h // 4 :],
        "e": lower[: w // 3],
        "f": upper[: w // 3],
        "g": middle[int(0.38 * h) : int(0.62 * h)],
    }
    return "".join(name for name, pixels in segments.items() if pixels.any())


def test_displays_light_the_right_segments() -> None:
    seen: set[str] = set()
    displays = [found for seed in range(60) if (found := upright(seed))]
    assert len(displays) > 20
    for display, rng in displays:
        like = display.draw("8", rng)
        assert like is not None
        digits = [placed(shape, like) for d in DIGITS if (shape := display.draw(d, rng))]
        for value, frame in enumerate(digits):
            allowed = {LIT[value], *({"cdefg"} if value == 6 else {"abcfg"} if value == 9 else ())}
            assert lit(frame) in allowed, value
            seen.add(lit(frame))
        for one, other in combinations(digits, 2):
            assert ((one > INK) != (other > INK)).mean() > 0.02
        minus = display.draw("-", rng)
        assert minus is not None
        assert lit(placed(minus, like)) == "g"
    assert seen == {*LIT, "cdefg", "abcfg"}


def test_displays_have_points_and_colons_but_no_letters() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        display = SevenSegments(rng)
        assert rows(display.draw(".", rng))[0] > 0.75
        assert parts(display.draw(":", rng)) == 2
        assert display.draw("A", rng) is None
        assert all(rows(display.draw(d, rng))[1] <= 1 for d in DIGITS)


def test_fonts_are_scaled_by_their_digits_or_capitals() -> None:
    rng = np.random.default_rng(0)
    for font, character in ((dejavu(), "8"), (Font(FONTS / "DejaVuSans.ttf", frozenset("Hx")), "H")):
        top, bottom = rows(font.draw(character, rng))
        assert top == pytest.approx(0, abs=0.04)
        assert bottom == pytest.approx(1, abs=0.06)
    assert Font(FONTS / "DejaVuSans.ttf", frozenset("Hx")).draw("8", rng) is None
    assert rows(dejavu().draw("x", rng))[0] > 0.15
    assert rows(dejavu().draw("g", rng))[1] > 1.15


def test_what_is_cropped_keeps_its_row() -> None:
    canvas = np.zeros((100, 80), np.uint8)
    assert alphabets.cropped(canvas) is None
    canvas[40:50, 30:33] = 255
    shape = alphabets.cropped(canvas, 36)
    assert shape is not None
    assert (shape.mask.shape, shape.top_px) == ((14, 7), 2)
    assert shape.mask.sum() == 30 * 255
