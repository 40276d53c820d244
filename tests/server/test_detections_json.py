"""What the page is sent of what the detector saw."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

import drawn
from component_detector import ComponentDetector
from mnistry.data.dataset import Dataset
from mnistry.reader import Reader
from mnistry.server import worker_tasks
from mnistry.server.worker_tasks import Asked, ReadJson


def asked(data: bytes, monkeypatch: pytest.MonkeyPatch, reader: Reader, *, layers: bool = True) -> ReadJson:
    monkeypatch.setattr(worker_tasks, "_own", [reader])
    return json.loads(worker_tasks.read(Asked(data, "-", 0.0, 50_000_000, seen=True, layers=layers)).json)


def png(mnist: Dataset, number: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(255 - np.pad(drawn.row(mnist, number, 1, 8), 40)).save(out, "PNG")
    return out.getvalue()


def test_layers_are_small_pictures_of_the_whole_one(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(mnist, "3472")
    said = asked(data, monkeypatch, Reader(threads=1, detector=ComponentDetector()))
    assert said["text"] == "3472"
    assert "detector" in said
    seen = said["detector"]
    for layer in (seen["heat"], seen["ink"]):
        head, _, encoded = layer.partition(",")
        assert head == "data:image/png;base64"
        image = Image.open(io.BytesIO(base64.b64decode(encoded)))
        assert image.width / image.height == pytest.approx(said["width"] / said["height"], rel=0.02)
        assert len(encoded) < 20_000
    boxes = {tuple(digit["box"]): digit["value"] for digit in said["lines"][0]["digits"]}
    assert {(glyph["kind"], glyph["name"], glyph["outcome"]) for glyph in seen["glyphs"]} == {
        ("digit", value, f"read as {value}") for value in "3472"
    }
    assert {tuple(glyph["box"]): glyph["name"] for glyph in seen["glyphs"]} == boxes
    assert seen["close_ups"] == []


def test_they_are_there_only_if_asked_for_and_seen(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(mnist, "5")
    with_one, without = Reader(threads=1, detector=ComponentDetector()), Reader(threads=1)
    assert "detector" not in asked(data, monkeypatch, with_one, layers=False)
    assert "detector" not in asked(data, monkeypatch, without)
