from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import drawn
from mnistry import NoMatchError, Reader, UsageError
from mnistry.assets import MODEL
from mnistry.data.dataset import Dataset


def test_a_model_that_carries_no_threshold_reads_and_rejects_nothing(mnist: Dataset, tmp_path: Path) -> None:
    model = onnx.load(MODEL)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    number = np.full((60, 160), 255, np.uint8)
    for i, image in enumerate(mnist.validation.images[:4, ..., 0]):
        number[16:44, 10 + 36 * i : 38 + 36 * i] -= image
    page = Reader(tmp_path / "bare.onnx").read(number)
    assert page.text == Reader().read(number).text != ""
    assert page.rejected == ()


@pytest.fixture(scope="module")
def strange(mnist: Dataset) -> tuple[np.ndarray, str]:
    """A picture of four digits of which one is rejected, and what it says: a digit that hardly looks like one."""
    reader, images = Reader(), mnist.validation.images[..., 0]
    for i in np.argsort(reader._scores(images).log_odds)[:60]:
        digits = [np.pad(drawn.pen(images[k], 3), ((0, 0), (0, 10))) for k in (0, 1, i, 2)]
        picture = 255 - np.pad(np.concatenate(digits, axis=1), 20)
        page = reader.read(picture)
        if len(page.digits) == 3 and len(page.rejected) == 1:
            return picture, "".join(str(mnist.validation.labels[k]) for k in (0, 1, i, 2))
    return pytest.fail("each digit is read")


def test_the_number_of_digits_decides_what_is_one(strange: tuple[np.ndarray, str]) -> None:
    picture, says = strange
    page = Reader().read(picture, expect=4)
    assert (page.text, page.rejected) == (says, ())
    assert [digit.confidence > 0.9 for digit in page.digits] == [True, True, False, True]
    with pytest.raises(NoMatchError, match="^the picture: 3 digits found, wanted 5: no more than 4 could be digits;"):
        Reader().read(picture, expect=5)


def test_a_pattern_decides_what_is_read(strange: tuple[np.ndarray, str]) -> None:
    picture, says = strange
    assert Reader().read(picture, pattern=r"\d{4}").text == says
    with pytest.raises(
        NoMatchError, match=r"^the picture: .+ found, wanted lines that match \.\{4\}\[a-z\] from end to end:"
    ):
        Reader().read(picture, pattern=r".{4}[a-z]")


def test_no_digit_has_less_confidence_than_is_wanted(strange: tuple[np.ndarray, str]) -> None:
    with pytest.raises(NoMatchError, match="wanted 4: no more than 3 could be digits"):
        Reader().read(strange[0], 0.9, expect=4)


def test_a_blank_picture_with_expectations() -> None:
    blank = np.full((60, 60), 255, np.uint8)
    with pytest.raises(NoMatchError, match="^the picture: 0 digits found, wanted 1: no more than 0 could be digits;"):
        Reader().read(blank, expect=1)
    with pytest.raises(NoMatchError, match="^the picture: nothing found, wanted lines that match 5 from end to end:"):
        Reader().read(blank, pattern="5")
    assert Reader().read(blank, signs=True).text == ""


def test_what_cannot_be_expected_is_refused_before_the_picture_is_opened() -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"expect": -1}, "^expect -1: wanted 1 or more digits$"),
        ({"pattern": "["}, r"^pattern \[: not a regular expression \(unterminated character set at position 0\)$"),
        ({"expect": 2, "pattern": "5"}, r"^expect 2 and a pattern: wanted one of them; \\d\{2\} counts digits too$"),
    )
    for words, said in wrong:
        with pytest.raises(UsageError, match=said):
            Reader().read("none.png", **words)
