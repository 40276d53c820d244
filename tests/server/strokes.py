"""Digits, drawn on the page with the mouse."""

from playwright.sync_api import Page

# Digits as strokes, in shares of a square.
STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "0": [
        [
            (0.5, 0.1),
            (0.32, 0.2),
            (0.25, 0.5),
            (0.32, 0.8),
            (0.5, 0.9),
            (0.68, 0.8),
            (0.75, 0.5),
            (0.68, 0.2),
            (0.5, 0.1),
        ]
    ],
    "1": [[(0.38, 0.25), (0.52, 0.1), (0.52, 0.9)]],
    "2": [[(0.28, 0.3), (0.36, 0.14), (0.55, 0.1), (0.7, 0.22), (0.68, 0.42), (0.5, 0.62), (0.26, 0.88), (0.75, 0.88)]],
    "3": [
        [
            (0.3, 0.16),
            (0.55, 0.1),
            (0.7, 0.25),
            (0.62, 0.42),
            (0.45, 0.48),
            (0.66, 0.55),
            (0.73, 0.72),
            (0.58, 0.88),
            (0.3, 0.85),
        ]
    ],
    "4": [[(0.6, 0.1), (0.25, 0.62), (0.8, 0.62)], [(0.62, 0.35), (0.62, 0.92)]],
    "5": [
        [(0.7, 0.12), (0.35, 0.12), (0.31, 0.45), (0.55, 0.42), (0.71, 0.58), (0.66, 0.8), (0.48, 0.9), (0.28, 0.83)]
    ],
    "6": [
        [
            (0.64, 0.1),
            (0.42, 0.3),
            (0.3, 0.6),
            (0.36, 0.84),
            (0.54, 0.9),
            (0.7, 0.78),
            (0.66, 0.6),
            (0.5, 0.54),
            (0.33, 0.66),
        ]
    ],
    "7": [[(0.26, 0.13), (0.74, 0.13), (0.56, 0.5), (0.45, 0.9)]],
    "8": [
        [
            (0.66, 0.22),
            (0.5, 0.1),
            (0.34, 0.24),
            (0.5, 0.46),
            (0.68, 0.68),
            (0.5, 0.9),
            (0.32, 0.7),
            (0.5, 0.46),
            (0.66, 0.22),
        ]
    ],
    "9": [[(0.68, 0.3), (0.52, 0.12), (0.34, 0.26), (0.38, 0.46), (0.58, 0.46), (0.68, 0.3), (0.66, 0.6), (0.6, 0.9)]],
}


def draw(page: Page, digit: str, left: float = 0.3, width: float = 0.4) -> None:
    """With the mouse; the digit's square is as high as it is wide."""
    box = page.locator("#pad").bounding_box()
    assert box
    side = width * box["width"]
    top = box["y"] + (box["height"] - side) / 2
    for stroke in STROKES[digit]:
        points = [(box["x"] + left * box["width"] + x * side, top + y * side) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()
