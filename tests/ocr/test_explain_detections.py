"""The part of the explaining page that a detector gives."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from mnistry.ocr import explain
from mnistry.ocr.decode import Picture
from mnistry.ocr.detections import CloseUp, Detection, Detections
from mnistry.ocr.page import Digit, Line, Page, Rejected, Sign

IMAGE = np.zeros((28, 28), np.uint8)
SHARES = {name: float(name == "7") for name in "0123456789"}
FIGURES = ["Where the centres of glyphs are", "Every glyph", "What is ink", "Where it looked closely"]


def picture(height: int = 90, width: int = 120) -> Picture:
    return Picture(np.full((height, width, 3), 255, np.uint8), width, height)


def read_7() -> Page:
    digit = Digit("7", 0.9, (10, 20, 16, 28), SHARES, IMAGE)
    line = Line("7", (digit,), (Sign("<", 0.9, (40, 20, 16, 28)),))
    return Page((line,), (Rejected((70, 20, 16, 28), 0.2, "letter or drawing", IMAGE),), 120, 90)


def seen_of_7(*close_ups: CloseUp) -> Detections:
    heat = np.zeros((90, 120), np.uint8)
    heat[34, 18] = 240
    glyphs = (
        Detection("7", 0.96, (10, 20, 16, 28)),
        Detection("<", 0.8, (40, 20, 16, 28)),
        Detection("other", 0.7, (70, 20, 16, 28)),
        Detection("1", 0.14, (100, 60, 9, 20)),
    )
    return Detections(heat, heat, glyphs, close_ups)


def figures(section: str) -> dict[str, ET.Element]:
    """The SVG of each figure by its title; each is well-formed."""
    found = re.findall(r"<figure>(<svg .*?</svg>)<figcaption><b>(.*?)\.</b>", section)
    return {title: ET.fromstring(svg) for svg, title in found}


def test_four_figures_show_what_was_seen() -> None:
    section = explain.section("a.png", picture(), read_7(), seen_of_7(CloseUp((5, 10, 60, 50), 1.5)))
    found = figures(section)
    assert list(found) == FIGURES
    assert all(svg.get("viewBox") == "0 0 120 90" and svg.get("role") == "img" for svg in found.values())
    labels = [svg.get("aria-label") or "" for svg in found.values()]
    assert "Found: 2 digits, 1 sign, 1 letter or drawing, faint ones too." in labels[0]
    assert "One place, at 150\N{NO-BREAK SPACE}% of the picture's size." in labels[3]
    boxes = found["Every glyph"].findall("rect")[1:]
    assert [box.get("class") for box in boxes] == ["digit", "sign", "other", "digit faint"]
    assert [box.findtext("title") for box in boxes] == [
        "7, 96 %: read as 7",
        "<, 80 %: the sign < of a line",
        "other, 70 %: letter or drawing",
        "1, 14 %: too faint",
    ]
    assert [text.text for text in found["Every glyph"].findall("text")] == ["7", "<"]
    assert [box.get("x") for box in found["Where it looked closely"].findall("rect[@class='close']")] == ["5"]
    for title in (FIGURES[0], FIGURES[2]):
        (layer,) = found[title].findall("image")
        assert (layer.get("href") or "").startswith("data:image/png;base64,")
        assert (layer.get("width"), layer.get("height")) == ("120", "90")


def test_the_picture_is_on_the_page_once() -> None:
    section = explain.section("a.png", picture(), read_7(), seen_of_7())
    (name,) = re.findall(r"<image id='(picture-[0-9a-f]{8})'", section)
    uses = [use.get("href") for svg in figures(section).values() for use in svg.findall("use")]
    assert uses == [f"#{name}"] * 3  # the ink stands alone
    other = explain.section("b.png", picture(80, 130), read_7(), seen_of_7())
    assert f"'{name}'" not in other


def test_all_is_there_in_words() -> None:
    section = explain.section("a.png", picture(), read_7(), seen_of_7())
    assert "<summary>All 4 glyphs, the most certain first</summary>" in section
    rows = re.findall(r"<tr><td>(.*?)<td>(.*?)<td>(.*?)<td>(.*?)(?=<)", section)
    assert rows[1] == ("&lt;", "80 %", "the sign &lt; of a line", "40, 20")
    assert "Nowhere: looking at the whole picture was enough." in section


def test_without_a_detector_and_without_glyphs() -> None:
    assert "detector" not in explain.section("a.png", picture(), read_7())
    nothing = Detections(np.zeros((90, 120), np.uint8), np.zeros((90, 120), np.uint8), (), ())
    section = explain.section("a.png", picture(), Page((), (), 120, 90), nothing)
    assert list(figures(section)) == FIGURES
    assert "Nothing was found." in section
    assert "<table>" not in section


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turn_is_said(degrees: int) -> None:
    page = Page((), (), 120, 90, degrees)
    said = f"<p>It was turned clockwise by {degrees}° before it was read.</p>"
    assert said in explain.section("a.png", picture(), page)
    assert said not in explain.section("a.png", picture(), read_7())


def test_a_photo_of_12_megapixels_with_3000_digits_stays_below_3_mb() -> None:
    rng = np.random.default_rng(0)
    grain = np.clip(rng.normal(170, 12, (1500, 2000, 3)), 0, 255).astype(np.uint8)
    boxes = [(20 + 65 * (k % 60), 20 + 58 * (k // 60), 40, 50) for k in range(3000)]
    digits = tuple(Digit("7", 0.9, box, SHARES, rng.integers(0, 255, (28, 28)).astype(np.uint8)) for box in boxes)
    page = Page((Line("7" * 3000, digits),), (), 4000, 3000)
    layer = np.kron(rng.integers(0, 256, (113, 150)), np.ones((8, 8)))[:900, :1200].astype(np.uint8)
    seen = Detections(layer, layer, tuple(Detection("7", 0.9, box) for box in boxes), ())
    section = explain.section("a.jpg", Picture(grain, 4000, 3000), page, seen)
    assert len(section.encode()) < 3_000_000
    assert "… and 2,600 more digits." in section
    assert "… and 2,500 more." in section
    assert "The 2,000 most certain are shown." in section
