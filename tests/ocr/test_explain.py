import html.parser

import cv2
import numpy as np

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import decode, explain
from mnistry.reader import Reader


class _Counted(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_box_and_an_image_for_each_digit_and_nothing_from_elsewhere(mnist: Dataset) -> None:
    picture = decode.decode(255 - np.pad(drawn.row(mnist, "507", 3, 12), 20))
    read = Reader().read_picture(picture)
    text = explain.page([explain.section("<a>.png", picture, read)], "bundled")
    counted = _Counted()
    counted.feed(text)
    boxes = [attributes for tag, attributes in counted.seen if tag == "rect" and attributes["class"] == "digit"]
    assert [box["x"] for box in boxes] == [str(digit.box[0]) for digit in read.digits]
    images = [attributes["src"] or "" for tag, attributes in counted.seen if tag == "img"]
    assert len(images) == len(read.digits) + len(read.rejected)
    assert all(source.startswith("data:image/png;base64,") for source in images)
    assert "://" not in text.replace("http://www.w3.org", "")
    assert "&lt;a&gt;.png" in text
    assert "<pre>507</pre>" in text


def test_nothing_read_is_said(mnist: Dataset) -> None:
    picture = decode.decode(np.full((60, 60), 255, np.uint8))
    section = explain.section("a", picture, Reader().read_picture(picture))
    assert "Nothing to read was found in it." in explain.page([section], "m")


def test_what_is_rejected_says_how_sure_it_was(mnist: Dataset) -> None:
    picture = decode.decode(255 - np.pad(drawn.row(mnist, "7", 3, 12), 20))
    read = Reader().read_picture(picture, 1.0)
    assert [piece.reason for piece in read.rejected] == ["low confidence"]
    assert f"<b>low confidence</b> {100 * read.rejected[0].confidence:.0f} %" in explain.section("a", picture, read)


def test_what_is_no_digit_has_no_share(mnist: Dataset) -> None:
    zigzag = np.full((200, 240), 255, np.uint8)
    points = np.array([[20 + 12 * k, 40 if k % 2 else 150] for k in range(16)], np.int32)
    picture = decode.decode(cv2.polylines(zigzag, [points], False, 0, 5))
    section = explain.section("a", picture, Reader().read_picture(picture))
    assert "<b>not a digit</b></li>" in section
