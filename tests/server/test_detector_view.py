"""The layers over an opened picture that show what the detector saw of it."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

import hostile_models
from browser import open_page
from mnistry.ocr import overlay
from server.served import Served, served

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844, "touch": True}
WIDTH, HEIGHT = 400, 300
BOXES = {"7": [40, 80, 40, 60], ",": [90, 130, 10, 14], "other": [150, 80, 50, 60], "1": [300, 220, 20, 60]}


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a detector, which sees text of no height, so that no glyph counts."""
    folder = tmp_path_factory.mktemp("seeing")
    with served(folder / "log", 1, detector=hostile_models.detector(folder / "detector.onnx", scale=0.0)) as server:
        yield server


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def browser_page(seeing: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    with open_page(f"{seeing.url}/", **request.param) as page:
        yield page


@pytest.fixture
def page(seeing: Served, browser_page: Page) -> Page:
    browser_page.unroute_all()
    browser_page.goto(f"{seeing.url}/")
    return browser_page


def opened(page: Page, number: bytes | None = None) -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((HEIGHT, WIDTH), 255, np.uint8)).save(out, "PNG")
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": number or out.getvalue()})


def answered(page: Page, *, detector: bool = True) -> None:
    """Show a blank picture whose reading is this."""
    shares = {name: float(name == "7") for name in "0123456789"}
    image = base64.b64encode(bytes(28 * 28)).decode()
    digit = {"value": "7", "confidence": 0.99, "box": BOXES["7"], "probabilities": shares, "image": image}
    sign = {"value": ",", "confidence": 0.9, "box": BOXES[","]}
    rejected = {"box": BOXES["other"], "confidence": 0.1, "reason": "letter or drawing", "image": image}
    answer: dict[str, Any] = {"text": "7,", "width": WIDTH, "height": HEIGHT, "class_names": list("0123456789")}
    answer |= {"lines": [{"text": "7,", "digits": [digit], "signs": [sign]}], "rejected": [rejected]}
    if detector:
        layer = np.zeros((HEIGHT, WIDTH), np.uint8)
        layer[100:120, 50:70] = 250
        kinds = {"7": "digit", ",": "sign", "other": "other", "1": "digit"}
        outcomes = {"7": "read as 7", ",": "the sign , of a line", "other": "letter or drawing", "1": "too faint"}
        answer["detector"] = {
            "heat": overlay.data_url(layer, overlay.HEAT),
            "ink": overlay.data_url(layer, overlay.INK),
            "glyphs": [
                {"name": name, "kind": kinds[name], "probability": 0.75, "box": box, "outcome": outcomes[name]}
                for name, box in BOXES.items()
            ],
            "close_ups": [{"box": [20, 60, 200, 100], "scale": 1.4}],
        }

    def fulfil(route: Route) -> None:
        route.fulfill(json=answer)

    page.unroute_all()
    page.route("**/page/read*", fulfil)
    opened(page)
    expect(page.locator("#text")).to_have_text("7,")


def shown(page: Page) -> list[str]:
    """Which layers are to be seen."""
    return page.evaluate(
        """() => document.getElementById("detections").checkVisibility()
            ? [...document.querySelectorAll("#detections g")].filter((one) => getComputedStyle(one).display !== "none")
                .map((one) => one.id.replace("layer-", ""))
            : []"""
    )


def test_layers_are_switched_on_and_off(page: Page) -> None:
    answered(page)
    expect(page.get_by_role("group", name="What the detector sees")).to_be_visible()
    expect(page.locator("#detected")).to_have_text(
        "It found 2 digits, 1 sign, 1 letter or drawing; 1 of them too faint. It looked closely at one place."
    )
    assert shown(page) == []
    page.get_by_role("checkbox", name="centres of glyphs").check()
    assert shown(page) == ["heat"]
    page.get_by_role("checkbox", name="every glyph").check()
    assert shown(page) == ["heat", "glyphs"]
    page.get_by_role("checkbox", name="centres of glyphs").uncheck()
    page.get_by_role("checkbox", name="ink").check()
    page.get_by_role("checkbox", name="where it looked closely").check()
    assert shown(page) == ["ink", "close-ups", "glyphs"]
    classes = "all => all.map((one) => one.getAttribute('class'))"
    assert page.locator("#layer-glyphs rect").evaluate_all(classes) == ["digit", "sign", "other", "digit faint"]
    assert page.locator("#layer-glyphs text").all_text_contents() == ["7", ","]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_layers_lie_on_the_picture_and_stay_there(page: Page) -> None:
    answered(page)
    page.get_by_role("checkbox", name="every glyph").check()
    size = page.viewport_size
    assert size
    for width in (size["width"], size["width"] - 60):
        page.set_viewport_size({"width": width, "height": size["height"]})
        page.wait_for_timeout(200)
        frame, mark = page.evaluate(
            """() => ["#boxes button", "#layer-glyphs rect"].map((where) => {
                const r = document.querySelector(where).getBoundingClientRect();
                return [r.x, r.y, r.width, r.height];
            })"""
        )
        assert mark == pytest.approx(frame, abs=3)  # a stroke's width
    page.set_viewport_size(size)


def test_a_piece_says_what_the_detector_sees_there(page: Page) -> None:
    answered(page)
    expect(page.locator("#reason")).to_have_text("The detector sees the digit 7 there, 75.0 %.")
    page.locator("#chips button").last.click()
    expect(page.locator("#reason")).to_have_text(
        "This piece: letter or drawing. The detector sees a letter or drawing there, 75.0 %."
    )


def test_boxes_can_be_chosen_below_the_layers(page: Page) -> None:
    answered(page)
    page.get_by_role("checkbox", name="every glyph").check()
    page.locator("#boxes button").last.click()
    expect(page.locator("#boxes button").last).to_have_attribute("aria-pressed", "true")


def test_layers_go_with_their_picture_and_the_choice_stays(page: Page) -> None:
    answered(page)
    page.get_by_role("checkbox", name="ink").check()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#detector")).to_be_hidden()
    expect(page.locator("#detections")).to_be_hidden()
    answered(page)
    assert shown(page) == ["ink"]
    answered(page, detector=False)
    expect(page.locator("#detector")).to_be_hidden()
    assert shown(page) == []


def test_a_picture_that_the_server_s_own_detector_has_seen(page: Page, number: tuple[bytes, str]) -> None:
    opened(page, number[0])
    expect(page.locator("#detected")).to_have_text("It found nothing.")
    expect(page.get_by_role("checkbox", name="where it looked closely")).to_be_hidden()
    page.get_by_role("checkbox", name="ink").check()
    assert shown(page) == ["ink"]
