"""Which frames of an animation differ."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnistry.ocr import frames
from mnistry.safety.limits import LIMITS


def frame(number: int) -> Image.Image:
    """A square whose place says its number."""
    image = Image.new("RGB", (90, 60), "white")
    ImageDraw.Draw(image).rectangle((10 * number, 20, 10 * number + 9, 39), fill="black")
    return image


def animation(form: str, *numbers: int) -> bytes:
    out = io.BytesIO()
    first, *others = map(frame, numbers)
    first.save(out, form, save_all=True, append_images=others, **({"lossless": True} if form == "WEBP" else {}))
    return out.getvalue()


def differing(data: bytes) -> tuple[tuple[int, ...], str | None]:
    with Image.open(io.BytesIO(data)) as image:
        return frames.differing(image, "p")


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_frames_that_were_there_before_are_left_out(form: str) -> None:
    assert differing(animation(form, 1, 2, 1, 3, 2)) == ((1, 2, 4), None)
    assert differing(animation(form, 1)) == ((1,), None)


def test_what_cannot_be_seen_makes_no_difference() -> None:
    clear, other = Image.new("RGBA", (40, 40), (255, 0, 0, 0)), Image.new("RGBA", (40, 40), (0, 0, 255, 0))
    out = io.BytesIO()
    clear.save(out, "PNG", save_all=True, append_images=[other, Image.new("RGBA", (40, 40), "blue")], blend=0)
    assert differing(out.getvalue()) == ((1, 3), None)


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_a_lossy_format_may_encode_the_same_otherwise(form: str) -> None:
    """A digit of 12 px, the smallest that is read, still makes a difference."""
    rng = np.random.default_rng(0)
    sheet = rng.normal(190, 4, (480, 640)).astype(np.uint8)
    noise = rng.integers(-2, 3, (3, 480, 640))
    written = sheet + noise[2]
    written[200:212, 300:302] = 60
    pages = [Image.fromarray(one.astype(np.uint8)) for one in (sheet, sheet + noise[0], sheet + noise[1], written)]
    out = io.BytesIO()
    pages[0].save(out, form, save_all=True, append_images=pages[1:], quality=60)
    with Image.open(out) as image:  # an encoder, too, may leave out what it takes for equal
        assert frames.differing(image, "p") == ((1, image.n_frames), None)  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_a_damaged_frame_is_the_last(form: str) -> None:
    """It is named when it is read; the frames before it are read. (A WebP that is cut off cannot be opened at all.)"""
    data = animation(form, 1, 2, 3, 4)
    numbers, left_out = differing(data[: len(data) * 3 // 5])
    assert numbers == tuple(range(1, len(numbers) + 1))
    assert (1 < len(numbers) < 5, left_out) == (True, None)


def test_at_most_so_many_are_looked_at_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = animation("GIF", 1, 2, 3, 4, 5)
    monkeypatch.setattr(frames, "LIMITS", dataclasses.replace(LIMITS, pages=5))
    assert differing(data) == ((1, 2, 3, 4, 5), None)
    monkeypatch.setattr(frames, "LIMITS", dataclasses.replace(LIMITS, pages=3))
    said = "p: too many frames: only the first 3 are read: wanted at most 3, 100 of them new, seen within 3 s"
    assert differing(data) == ((1, 2, 3), said)
    monkeypatch.setattr(frames, "LIMITS", dataclasses.replace(LIMITS, frames=2))
    assert differing(data)[0] == (1, 2)
    assert differing(animation("GIF", 1, 2)) == ((1, 2), None)
    monkeypatch.setattr(frames, "LIMITS", dataclasses.replace(LIMITS, frames_s=-1))
    assert differing(data)[0] == (1,)


def test_a_large_frame_is_not_decoded() -> None:
    with Image.open(io.BytesIO(animation("GIF", 1, 2))) as image:
        assert frames.differing(image, "p", max_px=1_000) == ((1,), None)
