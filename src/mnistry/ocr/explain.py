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
from mnistry.ocr import explain_detections
from mnistry.ocr.decode import Picture
from mnistry.ocr.detections import Detections
from mnistry.ocr.page import Box, Digit, Page, Rejected

TEMPLATE = ASSETS / "explain.html"
SHOWN_PX = 1200  # longest side of a picture on the page
LOSSLESS_PX = 100_000  # of a picture that is a PNG on the page; a larger one is a JPEG
SHOWN_CLASSES = 3
MAX_DIGITS, MAX_REJECTED = 400, 60


def page(sections: Iterable[str], model: str) -> str:
    """Return the page made of the `section` of each picture, without external resources."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(model=html.escape(model), pictures="\n".join(sections))


def section(name: str, picture: Picture, read: Page, seen: Detections | None = None) -> str:
    """Return the HTML section of the page that shows how the picture called `name` was read.

    `picture` is as given, even if it was read turned; `seen` is what the detector saw of it, if one was used.
    """
    digits = "".join(_digit(digit) for digit in read.digits[:MAX_DIGITS])
    rejected = "".join(_rejected(piece) for piece in read.rejected[:MAX_REJECTED])
    source = _source(picture)
    return "\n".join(
        [
            f"<section><h2>{html.escape(name)}</h2>",
            f"<pre>{html.escape(read.text)}</pre>" if read.text else "<p>Nothing to read was found in it.</p>",
            f"<p>It was turned clockwise by {read.turned}° before it was read.</p>" if read.turned else "",
            _drawing(source, read),
            explain_detections.figures(source, read, seen) if seen else "",
            f"<h3>Digits</h3><ol>{digits}</ol>" if digits else "",
            _more(len(read.digits) - MAX_DIGITS, "digits"),
            f"<h3>Rejected</h3><ol class='rejected'>{rejected}</ol>" if rejected else "",
            _more(len(read.rejected) - MAX_REJECTED, "pieces"),
            "</section>",
        ]
    )


def _more(number: int, what: str) -> str:
    return f"<p class='quiet'>… and {number:,} more {what}.</p>" if number > 0 else ""


def _drawing(source: str, read: Page) -> str:
    boxes = [_rectangle(digit.box, digit.value) for digit in read.digits]
    boxes += [_rectangle(piece.box, piece.reason, "rejected") for piece in read.rejected[:MAX_REJECTED]]
    times = max(1.0, 280 / read.width)  # a small picture is shown enlarged
    width, height = round(min(read.width * times, SHOWN_PX)), read.height * min(times, SHOWN_PX / read.width)
    return (
        f"<svg viewBox='0 0 {read.width} {read.height}' width='{width}' height='{height:.0f}' role='img' "
        f"aria-label='{html.escape(read.text) or 'nothing read'}'>"
        f"<image id='{explain_detections.name_of(source)}' href='{source}' width='{read.width}' "
        f"height='{read.height}' preserveAspectRatio='none'/>{''.join(boxes)}</svg>"
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
    return f"<img src='{_data_url(Image.fromarray(image), 'PNG')}' alt='' width='28' height='28'>"


def _source(picture: Picture) -> str:
    """Return the data URL of the picture, scaled down."""
    shown = Image.fromarray(picture.pixels)
    shown.thumbnail((SHOWN_PX, SHOWN_PX))
    return _data_url(shown, "PNG" if shown.width * shown.height <= LOSSLESS_PX else "JPEG")


def _data_url(image: Image.Image, kind: str) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=85)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
