"""The page in a real browser: drawn on, dropped on, looked at."""

import base64
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from browser import open_page
from mnistry.data.dataset import Dataset
from mnistry.training import extension
from server.served import Served, served
from server.strokes import STROKES, draw


@contextmanager
def page_of(server: Served, **size: Any) -> Iterator[Page]:
    with open_page(f"{server.url}/", **size) as page:
        yield page


@pytest.fixture
def page(server: Served) -> Iterator[Page]:
    with page_of(server, width=1280, height=900) as page:
        yield page


def test_each_of_ten_digits_is_drawn_and_read(page: Page) -> None:
    for digit in STROKES:
        draw(page, digit)
        expect(page.locator("#text")).to_have_text(digit)
        expect(page.locator("#bars li.best b")).to_have_text(digit)
        expect(page.locator("#spoken")).to_contain_text(f"Reads {digit}.")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#text")).to_have_text("?")


def test_what_the_network_sees_and_does_is_shown(page: Page) -> None:
    draw(page, "7")
    expect(page.locator("#text")).to_have_text("7")
    expect(page.locator("#layers canvas").last).to_be_visible()
    names = page.locator("#layers h3").all_text_contents()
    assert names[0].startswith("convolution 1: ")
    assert names[-1].startswith("dense 1: ")
    for canvas in ("#seen", "#deciding", "#layers canvas >> nth=0"):
        lit = page.locator(canvas).evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 90)"
        )
        assert lit, canvas
    assert sum(
        page.locator("#bars .share").evaluate_all("all => all.map(one => parseFloat(one.textContent))")
    ) == pytest.approx(100, abs=0.6)


def test_several_digits_are_a_number_and_each_can_be_looked_at(page: Page) -> None:
    for i, digit in enumerate("407"):
        draw(page, digit, 0.04 + 0.3 * i, 0.28)
    expect(page.locator("#text")).to_have_text("407")
    expect(page.locator("#sure")).to_contain_text("3 digits, the least sure of them")
    page.locator("#chips button").first.click()
    expect(page.locator("#bars li.best b")).to_have_text("4")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#text")).to_have_text("40")


def test_what_is_no_digit_is_said_to_be_none(page: Page) -> None:
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + 100 + (i * 97) % 380, box["y"] + 60 + (i * 61) % 280)
    page.mouse.up()
    expect(page.locator("#text")).to_have_text("not a digit")
    expect(page.locator("#bars")).to_be_hidden()


def test_the_first_page_of_several_is_read_and_the_others_are_said(page: Page, number: tuple[bytes, str]) -> None:
    pages = [Image.open(io.BytesIO(number[0])), Image.new("L", (180, 60), 255)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=[*pages[1:], *pages])
    page.set_input_files("#file", {"name": "a.tif", "mimeType": "image/tiff", "buffer": out.getvalue()})
    expect(page.locator("#text")).to_have_text(number[1])
    expect(page.locator("#sure")).to_contain_text("%. This is page 1 of 4: mnistry read reads them all.")
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": number[0]})
    expect(page.locator("#sure")).not_to_contain_text("page")


def test_a_page_is_dropped_and_each_box_opened(page: Page, number: tuple[bytes, str]) -> None:
    data, says = number
    page.evaluate(
        """data => {
            const file = new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], "scan.png", { type: "image/png" });
            const transfer = new DataTransfer();
            transfer.items.add(file);
            document.getElementById("sheet").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        }""",
        base64.b64encode(data).decode(),
    )
    expect(page.locator("#text")).to_have_text(says)
    boxes = page.locator("#boxes button")
    expect(boxes).to_have_count(len(says))
    for i, digit in enumerate(says):
        boxes.nth(i).click()
        expect(page.locator("#bars li.best b")).to_have_text(digit)
        expect(boxes.nth(i)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#picture")).to_be_hidden()


def test_a_picture_is_chosen_and_one_that_is_none_is_said(server: Served, number: tuple[bytes, str]) -> None:
    with page_of(server, width=1280, height=900, refused=415) as page:
        page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": number[0]})
        expect(page.locator("#text")).to_have_text(number[1])
        page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
        expect(page.locator("#sure")).to_contain_text("not a picture: wanted PNG, JPEG")
        expect(page.locator("#text")).to_have_text("?")


def test_boxes_stay_on_their_digits_when_the_window_is_resized(page: Page, number: tuple[bytes, str]) -> None:
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": number[0]})
    expect(page.locator("#boxes button")).to_have_count(4)

    def places() -> list[float]:
        """Of each box's left edge in the picture, in its own pixels."""
        return page.evaluate("""() => {
            const [sheet, picture] = ["sheet", "picture"].map((id) => document.getElementById(id));
            const { width, height, left } = sheet.getBoundingClientRect();
            const times = Math.min(width / picture.naturalWidth, height / picture.naturalHeight);
            const margin = (width - picture.naturalWidth * times) / 2;
            return [...document.querySelectorAll("#boxes button")].map(
                (one) => (one.getBoundingClientRect().left - left - margin) / times);
        }""")

    before = places()
    assert all(14 + 40 * i - 3 <= x <= 42 + 40 * i for i, x in enumerate(before))  # as the picture was made
    page.set_viewport_size({"width": 500, "height": 900})
    page.wait_for_timeout(300)
    assert places() == pytest.approx(before, abs=1)


@pytest.mark.slow
def test_a_network_without_layers_is_read_with_and_said_to_be_one(tmp_path: Path) -> None:
    """Once, and not at every stroke."""
    model = tmp_path / "plain.onnx"
    plain(model)
    with served(tmp_path / "log", model=model) as server, page_of(server, width=1280, height=900, refused=501) as page:
        for _ in range(2):
            draw(page, "7")
            expect(page.locator("#bars li")).to_have_count(10)
            expect(page.locator("#inside-words")).to_contain_text("has no layers whose activations can be shown")
            expect(page.locator("#deciding")).to_be_hidden()
            expect(page.locator("#notice")).to_be_hidden()
        server.stop()
    assert server.log.count('"/page/look"') == 1


def plain(path: Path) -> None:
    """A network of one layer, which finds everything alike."""
    weights = onnx.numpy_helper.from_array(np.zeros((28 * 28, 10), np.float32), "weights")
    nodes = [
        onnx.helper.make_node("Flatten", ["images"], ["flat"]),
        onnx.helper.make_node("Cast", ["flat"], ["numbers"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("MatMul", ["numbers", "weights"], ["logits"]),
    ]
    images = onnx.helper.make_tensor_value_info("images", onnx.TensorProto.UINT8, [None, 28, 28, 1])
    logits = onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [None, 10])
    graph = onnx.helper.make_graph(nodes, "plain", [images], [logits], [weights])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8), path)


def test_with_keys_alone(page: Page) -> None:
    """A 1: to the pad with Tab, pen down, a stroke, pen up; then back, and away."""
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#pad")).to_be_focused()
    page.keyboard.press(" ")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("#text")).to_have_text("1")
    expect(page.locator("#spoken")).to_contain_text("Reads 1.")
    page.keyboard.press("Control+z")
    expect(page.locator("#text")).to_have_text("?")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Test images")).to_be_focused()
    expect(page.locator("#matrix")).to_be_visible(timeout=60_000)


@pytest.mark.slow
def test_the_test_images(page: Page) -> None:
    draw(page, "3")
    page.get_by_role("tab", name="Test images").click()
    expect(page.locator("#test-title")).to_contain_text("10,000 test images are read wrong", timeout=60_000)
    total = sum(map(int, page.locator("#matrix button").all_text_contents()))
    assert total == 10_000
    wrong = page.locator("#matrix td.wrong button").first
    many = int(wrong.inner_text())
    wrong.click()
    expect(page.locator("#cell .tiles li")).to_have_count(many)
    page.locator("#matrix td.right button").first.click()
    expect(page.locator("#cell .tiles li")).to_have_count(120)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#cell .tiles li")).to_have_count(240)
    assert page.locator("#mistakes li").count() == total - sum(
        map(int, page.locator("#matrix td.right button").all_text_contents())
    )
    box = page.locator("#map").bounding_box()
    assert box
    assert box["width"] > 600


@pytest.mark.slow
def test_a_server_that_is_busy_is_asked_again(server: Served) -> None:
    with page_of(server, width=1280, height=900, refused=503) as page:
        busy = ["test-set.png", "test-set"]

        def answer(route: Route) -> None:
            if (name := route.request.url.rpartition("/")[2]) in busy:
                busy.remove(name)
                route.fulfill(status=503, headers={"Retry-After": "0"}, body="{}")
            else:
                route.continue_()

        page.route("**/page/test-set*", answer)
        page.get_by_role("tab", name="Test images").click()
        expect(page.locator("#test-title")).to_contain_text("10,000 test images are read wrong", timeout=60_000)
        assert (page.locator("#mistakes li").count() > 0, busy) == (True, [])


def test_the_run(page: Page) -> None:
    page.get_by_role("tab", name="This network").click()
    expect(page.locator("#facts")).to_contain_text("reader, seed 0")
    expect(page.locator("#facts")).to_contain_text("nine in ten are right")
    expect(page.locator("#curves svg")).to_have_count(2)
    expect(page.locator("#model-card h1")).to_have_text("Model card: the bundled reader")


@pytest.mark.slow
def test_corrections_are_kept_and_become_a_folder_of_classes(page: Page, tmp_path: Path, mnist: Dataset) -> None:
    for digit in "1740":
        draw(page, digit)
        expect(page.locator("#spoken")).to_contain_text(f"Reads {digit}.")  # the last reading, of the whole stroke
        for _ in range(2):  # of the same image once
            page.get_by_role("button", name=f"It was a {digit}").click()
        page.get_by_role("button", name="Clear").click()
    draw(page, "2")
    expect(page.locator("#kept")).to_contain_text("4 saved in this browser")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download corrections").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.png")) == [
        f"digits/{digit}/0001.png" for digit in "0147"
    ]
    found = extension.load(tmp_path / "digits", mnist)
    assert len(found.learned) + len(found.held) == 4
    page.reload()
    draw(page, "2")
    expect(page.locator("#kept")).to_contain_text("4 saved")
    page.get_by_role("button", name="Delete corrections").click()
    expect(page.locator("#kept")).to_have_text("Deleted.")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(390, 844), (1280, 900), (2560, 1440)])
def test_nothing_sticks_out(server: Served, size: tuple[int, int]) -> None:
    with page_of(server, width=size[0], height=size[1]) as page:
        draw(page, "5")
        expect(page.locator("#text")).to_have_text("5")
        for name in ("Draw", "Test images", "This network"):
            page.get_by_role("tab", name=name).click()
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_fingers(server: Served) -> None:
    with page_of(server, width=390, height=844) as page:
        box = page.locator("#pad").bounding_box()
        assert box
        client = page.context.new_cdp_session(page)
        side = 0.8 * min(box["width"], box["height"])
        for stroke in STROKES["4"]:
            points = [
                {"x": box["x"] + 0.1 * box["width"] + x * side, "y": box["y"] + 0.1 * box["height"] + y * side}
                for x, y in stroke
            ]
            client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
            for a, b in pairwise(points):
                for k in range(1, 6):
                    between = {key: a[key] + (b[key] - a[key]) * k / 5 for key in a}
                    client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [between]})
            client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#text")).to_have_text("4")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    draw(page, "5")
    expect(page.locator("#text")).to_have_text("5")
    for name in ("Draw", "Test images", "This network"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(500)
        if name == "Test images":
            page.locator("#matrix td.right button").first.click()
            expect(page.locator("#cell .tiles li")).to_have_count(120)
        violations = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []


def test_the_docs_are_whole_under_the_same_policy(server: Served) -> None:
    with open_page(f"{server.url}/docs", base=server.url) as page:
        expect(page.get_by_text("/v2/models/mnistry/infer", exact=True)).to_be_visible()
        page.get_by_text("/read", exact=True).click()
        expect(page.get_by_role("button", name="Try it out")).to_be_visible()
