"""What the page writes beside a drawing or a picture: labels cover no ink, long numbers stay whole, hints fit."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

import drawn
from browser import open_page
from mnistry.data.dataset import Dataset
from server.served import Served
from server.strokes import draw

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844, "touch": True}
SEEN = base64.b64encode(bytes(28 * 28)).decode()

# The rectangles of all frames, and of the labels that are shown, in px of the sheet.
RECTANGLES = """() => {
    const sheet = document.getElementById("sheet").getBoundingClientRect();
    const of = (one) => { const r = one.getBoundingClientRect(); return [r.x - sheet.x, r.y - sheet.y, r.width, r.height]; };
    const labels = [...document.querySelectorAll("#boxes > span")].filter((one) => one.checkVisibility({ visibilityProperty: true }));
    return { boxes: [...document.querySelectorAll("#boxes > :not(span)")].map(of), labels: labels.map(of),
             texts: labels.map((one) => one.textContent), sheet: [sheet.width, sheet.height] };
}"""


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def browser_page(server: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    with open_page(f"{server.url}/", **request.param) as page:
        yield page


@pytest.fixture
def page(server: Served, browser_page: Page) -> Page:
    """The page as it opens: starting a browser for each test takes long."""
    browser_page.unroute_all()
    browser_page.goto(f"{server.url}/")
    return browser_page


def opened(page: Page, picture: np.ndarray) -> None:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": out.getvalue()})


def answered(page: Page, lines: list[Any], rejected: list[Any], width: int, height: int, **more: Any) -> None:
    """Show a blank picture whose reading is this; the reader of today has no signs to show."""
    reading = {"text": "\n".join(line["text"] for line in lines), "lines": lines, "rejected": rejected, **more}
    answer = {"width": width, "height": height, "class_names": list("0123456789"), **reading}

    def fulfil(route: Route) -> None:
        route.fulfill(json=answer)

    page.route("**/page/read*", fulfil)
    opened(page, np.full((height, width), 255, np.uint8))


def digit(value: str, box: list[int]) -> dict[str, Any]:
    shares = {name: float(name == value) for name in "0123456789"}
    return {"value": value, "confidence": 0.99, "box": box, "probabilities": shares, "image": SEEN}


def covered(labels: list[list[float]], others: list[list[float]]) -> list[Any]:
    """Pairs of a label and a rectangle that it covers a part of."""
    return [
        (label, other)
        for label in labels
        for other in others
        if other is not label
        and label[0] < other[0] + other[2]
        and other[0] < label[0] + label[2]
        and label[1] < other[1] + other[3]
        and other[1] < label[1] + label[3]
    ]


def labels_cover_nothing(page: Page) -> list[str]:
    """Check it of those that are shown, and return their texts."""
    found = page.evaluate(RECTANGLES)
    assert covered(found["labels"], found["boxes"] + found["labels"]) == []
    for x, y, width, height in found["labels"]:
        assert 0 <= x <= found["sheet"][0] - width
        assert 0 <= y <= found["sheet"][1] - height
    return found["texts"]


def test_digits_of_a_drawing_have_labels_that_cover_none(page: Page) -> None:
    for i, value in enumerate("407"):
        draw(page, value, 0.04 + 0.3 * i, 0.28)
    expect(page.locator("#spoken")).to_contain_text("Reads 407.")
    assert labels_cover_nothing(page) == ["4", "0", "7"]
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 30, steps=3)
    assert labels_cover_nothing(page) == []  # nothing is in the pen's way
    page.mouse.up()


def test_a_rejected_piece_has_a_frame_and_its_reason_stands_beside_the_sheet(page: Page) -> None:
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + 100 + (i * 97) % 180, box["y"] + 60 + (i * 61) % 180)
    page.mouse.up()
    expect(page.locator("#spoken")).to_have_text("This does not look like a digit.")
    expect(page.locator("#boxes .rejected")).to_have_count(1)
    assert labels_cover_nothing(page) == []
    expect(page.locator("#text")).to_have_text("not a digit")
    expect(page.locator("#reason")).to_be_hidden()


def test_a_number_stays_in_one_line(page: Page, mnist: Dataset) -> None:
    for text in ("5", "50213847", "50213847129905618432"):
        opened(page, 255 - np.pad(drawn.row(mnist, text, 3, 8), 30))
        expect(page.locator("#text")).to_have_text(text)
        size = page.locator("#text").evaluate(
            "one => [one.clientHeight / parseFloat(getComputedStyle(one).fontSize), one.scrollWidth - one.clientWidth]"
        )
        assert size[0] < 1.5
        assert size[1] <= 0
        labels_cover_nothing(page)


def test_lines_longer_than_the_page_are_scrolled(page: Page) -> None:
    box = [0, 0, 10, 10]
    answered(page, [{"text": 80 * "7", "digits": [digit("7", box)]}] * 30, [], 400, 400)
    expect(page.locator("#sure")).to_contain_text("30 digits")
    scrolls = page.locator("#text").evaluate(
        "one => [one.scrollWidth > one.clientWidth, one.scrollHeight > one.clientHeight, one.clientHeight < 300]"
    )
    assert scrolls == [True, True, True]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_signs_have_frames_and_stand_in_the_text(page: Page) -> None:
    digits = [digit(value, [20 + 60 * i, 80, 40, 60]) for i, value in ((0, "3"), (2, "1"), (3, "4"))]
    point = {"value": ".", "confidence": 0.97, "box": [90, 130, 10, 10]}
    plus = {"value": "+", "confidence": 0.97, "box": [300, 80, 50, 60]}
    rejected = [
        {"box": [20, 200, 50, 50], "confidence": 0.3, "reason": reason, "image": SEEN}
        for reason in ("not a digit", "low confidence", "not a digit")
    ]
    answered(page, [{"text": "3.14 +", "digits": digits, "signs": [point, plus]}], rejected, 400, 300, turned=90)
    expect(page.locator("#text")).to_have_text("3.14 +")
    said = "3 digits, the least sure of them 99.0 %. Rejected: 2 not a digit, 1 low confidence. Read turned by 90°"
    expect(page.locator("#sure")).to_have_text(said)
    expect(page.locator("#boxes .sign")).to_have_count(2)
    expect(page.locator("#boxes button")).to_have_count(6)
    assert labels_cover_nothing(page) == ["3", "1", "4", "+"]  # the point is too small for one
    page.locator("#chips button").nth(4).click()
    expect(page.locator("#reason")).to_have_text("This piece: low confidence.")
    page.locator("#chips button").first.click()
    expect(page.locator("#reason")).to_be_hidden()


def test_small_boxes_are_shaded_and_have_no_labels(page: Page) -> None:
    digits = [digit("7", [100 + 12 * i, 1500, 10, 20]) for i in range(40)]
    answered(page, [{"text": 40 * "7", "digits": digits}], [], 4000, 3000)
    expect(page.locator("#boxes .small")).to_have_count(40)
    assert labels_cover_nothing(page) == []


def test_labels_within_a_frame_around_everything(page: Page) -> None:
    frame = {"box": [10, 10, 580, 380], "confidence": 0.3, "reason": "not a digit", "image": SEEN}
    digits = [digit(value, [200 + 100 * i, 150, 80, 120]) for i, value in enumerate("50")]
    answered(page, [{"text": "50", "digits": digits}], [frame], 600, 400)
    expect(page.locator("#boxes button")).to_have_count(3)
    assert page.evaluate(RECTANGLES)["texts"] == ["5", "0"]


@pytest.mark.parametrize(("count", "least"), [(1, 20), (5, 50), (40, 20)])
def test_places_are_beside_their_box_and_cover_nothing(page: Page, count: int, least: int) -> None:
    """Twenty sheets of boxes anywhere, of any size, on top of each other; each fourth one is to have no label."""
    rng = np.random.default_rng(count)
    cases = [np.round(rng.random((count, 4)) * [280, 180, 60, 60], 1).tolist() for _ in range(20)]
    placed = 0
    for boxes, corners in zip(cases, places(page, cases), strict=True):
        assert [corner for i, corner in enumerate(corners) if i % 4 == 3 and corner] == []
        labels = {i: [*corner, 12, 15] for i, corner in enumerate(corners) if corner}
        assert covered(list(labels.values()), list(labels.values())) == []
        for i, label in labels.items():
            assert covered([label], [box for box in boxes if not within(boxes[i], box)] + [boxes[i]]) == []
            assert covered([label], [[boxes[i][0] - 5, boxes[i][1] - 5, boxes[i][2] + 10, boxes[i][3] + 10]])
        placed += len(labels)
    assert placed >= least


def test_among_very_many_boxes_is_no_room_for_labels(page: Page) -> None:
    assert places(page, [[[10, 10, 5, 5]] * 201]) == [[None] * 201]


def places(page: Page, cases: list[list[list[float]]]) -> list[list[list[float] | None]]:
    """The corners of labels of 12 × 15 px on sheets of 300 × 200 px."""
    return page.evaluate(
        """async (cases) => {
            const { placeLabels } = await import("/web/label-placement.js");
            const sizes = (boxes) => boxes.map((box, i) => (i % 4 === 3 ? null : [12, 15]));
            return cases.map((boxes) => placeLabels(boxes, sizes(boxes), { width: 300, height: 200 }));
        }""",
        cases,
    )


def within(box: list[float], other: list[float]) -> bool:
    """Whether the other box has all of the box in it."""
    return (
        other[0] <= box[0]
        and other[1] <= box[1]
        and other[0] + other[2] >= box[0] + box[2]
        and other[1] + other[3] >= box[1] + box[3]
    )


def test_hints_of_keys_and_of_dropping_stand_where_there_are_some(page: Page) -> None:
    size = page.viewport_size
    assert size
    keys = size["width"] == DESK["width"]
    assert page.locator("#pad-keys").is_visible() == keys
    assert page.locator("#hint").inner_text().splitlines()[-1] == (
        "or a whole number; or drop a picture" if keys else "or a whole number; or open a picture"
    )
    display = page.locator("#test p .with-keys").evaluate("one => getComputedStyle(one).display")
    assert (display != "none") == keys
