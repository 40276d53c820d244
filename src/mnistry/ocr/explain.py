"""Shows how a picture was read, as one HTML page: each digit's position, network input and probabilities."""

import base64
import html
import io
from collections.abc import Iterable
from string import Template

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.assets import ASSETS
from mnistry.ocr.decode import Picture
from mnistry.ocr.page import Box, Digit, Page, Rejected

TEMPLATE = ASSETS / "explain.html"
SHOWN_PX = 1200  # longest side of a picture on the page
SHOWN_CLASSES = 3
MAX_REJECTED = 60


def page(sections: Iterable[str], model: str) -> str:
    """Return the page made of the `section` of each picture, without external resources."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(model=html.escape(model), pictures="\n".join(sections))


def section(name: str, picture: Picture, read: Page) -> str:
    """Return the HTML section of the page that shows how the picture called `name` was read."""
    digits = "".join(_digit(digit) for digit in read.digits)
    rejected = "".join(_rejected(piece) for piece in read.rejected[:MAX_REJECTED])
    more = len(read.rejected) - MAX_REJECTED
    return "\n".join(
        [
            f"<section><h2>{html.escape(name)}</h2>",
            f"<pre>{html.escape(read.text)}</pre>" if read.text else "<p>Nothing to read was found in it.</p>",
            _drawing(picture, read),
            f"<h3>Digits</h3><ol>{digits}</ol>" if digits else "",
            f"<h3>Rejected</h3><ol class='rejected'>{rejected}</ol>" if rejected else "",
            f"<p class='quiet'>… and {more} more pieces.</p>" if more > 0 else "",
            "</section>",
        ]
    )


def _drawing(picture: Picture, read: Page) -> str:
    boxes = [_rectangle(digit.box, digit.value) for digit in read.digits]
    boxes += [_rectangle(piece.box, piece.reason, "rejected") for piece in read.rejected[:MAX_REJECTED]]
    shown = Image.fromarray(picture.pixels)
    shown.thumbnail((SHOWN_PX, SHOWN_PX))
    times = max(1.0, 280 / read.width)  # a small picture is shown enlarged
    width, height = round(min(read.width * times, SHOWN_PX)), read.height * min(times, SHOWN_PX / read.width)
    return (
        f"<svg viewBox='0 0 {read.width} {read.height}' width='{width}' height='{height:.0f}' role='img' "
        f"aria-label='{html.escape(read.text) or 'nothing read'}'>"
        f"<image href='{_png(shown)}' width='{read.width}' height='{read.height}'/>{''.join(boxes)}</svg>"
    )


def _rectangle(box: Box, title: str, kind: str = "digit") -> str:
    x, y, width, height = box
    return (
        f"<rect class='{kind}' x='{x}' y='{y}' width='{width}' height='{height}'>"
        f"<title>{html.escape(title)}</title></rect>"
    )


def _digit(digit: Digit) -> str:
    likely = sorted(digit.probabilities.items(), key=lambda item: -item[1])[:SHOWN_CLASSES]
    rows = "".join(
        f"<dt>{html.escape(name)}</dt><dd class='bar' style='--share: {100 * share:.1f}%'></dd>"
        f"<dd>{100 * share:.1f} %</dd>"
        for name, share in likely
    )
    return f"<li>{_seen(digit.image)}<b>{html.escape(digit.value)}</b><dl>{rows}</dl></li>"


def _rejected(piece: Rejected) -> str:
    # For a non-digit, this would be the probability of a class that it does not belong to.
    sure = f" {100 * piece.confidence:.0f} %" if piece.reason == "low confidence" else ""
    return f"<li>{_seen(piece.image)}<b>{html.escape(piece.reason)}</b>{sure}</li>"


def _seen(image: NDArray[np.uint8]) -> str:
    return f"<img src='{_png(Image.fromarray(image))}' alt='' width='28' height='28'>"


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
