"""The pictures of the page in README.md and docs/serving.md: a number drawn with the mouse, and each tab.

    python docs/figures/page_pictures.py

Needs a chromium (Debian's package of that name).
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from latency import ARGUMENTS, chromium
from server.strokes import draw
from serving import Server

FIGURES = Path(__file__).parent
SIZE: ViewportSize = {"width": 1280, "height": 900}
READY_MS = 10_000  # the map is made ready once


def main() -> None:
    with Server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE)
        page.goto(server.url)
        page.wait_for_timeout(READY_MS)
        for i, digit in enumerate("472"):
            draw(page, digit, 0.05 + 0.3 * i, 0.26)
        page.locator("#layers canvas").last.wait_for()
        page.wait_for_timeout(500)
        keep(page, "page.png", SIZE["height"] + 160)
        page.get_by_role("tab", name="Test images").click()
        page.locator("#mistakes canvas").first.wait_for()
        page.wait_for_timeout(1000)
        keep(page, "page-test-images.png")
        page.get_by_role("tab", name="This network").click()
        page.locator("#curves svg").first.wait_for()
        keep(page, "page-network.png", SIZE["height"])
        browser.close()


def keep(page: Page, name: str, height: int | None = None) -> None:
    """The whole page, or its first `height` pixels, in 128 colours."""
    image = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    cut = image.crop((0, 0, image.width, height or image.height))
    cut.quantize(128, dither=Image.Dither.NONE).save(FIGURES / name, optimize=True)


if __name__ == "__main__":
    main()
