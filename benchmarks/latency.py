"""How long from pen up until the page shows new probabilities, and until its layers light up: records/latency.json.

    python benchmarks/latency.py

Digits are drawn with the mouse in a real browser (Debian's chromium), server and browser on the same cores. Each
stroke is measured by the page itself: from the pen-up event to the frame after the one that it was drawn in.
"""

import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from mnistry.training import provenance
from serving import Server

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from server.strokes import STROKES, draw

RECORD = Path(__file__).parents[1] / "records" / "latency.json"
TIMES = 20  # that each digit is drawn
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    with Server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.url)
        page.wait_for_timeout(10_000)  # the map is made ready once
        drawn(page, 1)
        found = drawn(page, TIMES)
        browser.close()
    record = {
        "what": "from pen up to what is on the screen, in ms",
        "command": "python benchmarks/latency.py",
        **{name: summary(values) for name, values in found.items()},
        **provenance.describe(),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps({name: record[name] for name in found}))


def chromium() -> str:
    """Where it is."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("error: there is no chromium on this machine: apt-get install chromium")
    return path


def drawn(page: Page, times: int) -> dict[str, list[float]]:
    """Draw each digit `TIMES` times: what is waited for → ms of each last stroke."""
    found: dict[str, list[float]] = {"reading": [], "layers": []}
    for _ in range(times):
        for digit in STROKES:
            draw(page, digit)
            for name, values in found.items():
                values.append(measured(page, name))
            page.get_by_role("button", name="Clear").click()
    return found


def measured(page: Page, name: str) -> float:
    """What the page measured of the last stroke, as soon as it has; its policy lets no one wait for it inside."""
    for _ in range(1000):
        if found := page.evaluate(f"performance.getEntriesByName('{name}', 'measure').map(one => one.duration)"):
            return found[0]
        page.wait_for_timeout(10)
    raise SystemExit(f"error: the page has not measured {name} within 10 s")


def summary(values: list[float]) -> dict[str, Any]:
    """Median, 95th percentile and largest."""
    p95 = statistics.quantiles(values, n=20)[-1]
    return {
        "n": len(values),
        "p50": round(statistics.median(values), 1),
        "p95": round(p95, 1),
        "max": round(max(values), 1),
    }


if __name__ == "__main__":
    main()
