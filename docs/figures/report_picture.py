"""The picture of the report in README.md: a run's report with one cell of its confusion matrix opened.

    mnistry train tutorial
    python docs/figures/report_picture.py runs/latest

Opens the cell with most mistakes. Needs a chromium (Debian's package of that name).
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from latency import ARGUMENTS, chromium
from mnistry import open_run
from mnistry.run.folder import Run

PICTURE = Path(__file__).parent / "report.png"
SIZE: ViewportSize = {"width": 1000, "height": 900}
BELOW_PX = 40  # beneath the opened cell's images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    draw(open_run(parser.parse_args().run), PICTURE)


def draw(run: Run, out: Path) -> None:
    """Write the upper part of a run's report as a picture of 128 colours."""
    row, column = most_mistaken(run)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        page.goto((run.folder.resolve() / "report.html").as_uri())
        page.locator(f"#matrix button[data-row='{row}'][data-column='{column}']").click()
        tile = page.locator("#cell canvas").last
        tile.wait_for()
        box = tile.bounding_box()
        shown = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        browser.close()
    assert box is not None
    height = round(1.5 * (box["y"] + box["height"] + BELOW_PX))
    shown.crop((0, 0, shown.width, height)).quantize(128, dither=Image.Dither.NONE).save(out, optimize=True)


def most_mistaken(run: Run) -> tuple[int, int]:
    """The cell (true class, predicted class) off the diagonal that holds most images."""
    assert run.evaluation is not None
    confusion = np.array(run.evaluation.confusion)
    np.fill_diagonal(confusion, 0)
    row, column = np.unravel_index(int(confusion.argmax()), confusion.shape)
    return int(row), int(column)


if __name__ == "__main__":
    main()
