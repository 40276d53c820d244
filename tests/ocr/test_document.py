"""The pages of files: which they are, what they are called, and that one that fails costs itself alone."""

import dataclasses
import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import pdfs
from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.ocr import decode, document, picture_header
from mnistry.ocr.document import Pages
from mnistry.safety.limits import LIMITS

FORMS = ["TIFF", "PDF", "GIF", "PNG", "WEBP", "AVIF"]


def page(number: int, size: tuple[int, int] = (240, 120)) -> Image.Image:
    """A square whose place says the page's number."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((40 * number - 30, 40, 40 * number - 11, 79), fill="black")
    return image


def saved(form: str, pages: Sequence[Image.Image], **options: object) -> bytes:
    if form == "PDF":
        pytest.importorskip("pypdfium2")
        return pdfs.of_pictures(pages)
    out = io.BytesIO()
    options |= {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(out, form, **options)
    return out.getvalue()


def found(source: Path | bytes) -> tuple[Pages, dict[int, int | str]]:
    """The pages of a file, and of each the number that its square says, or the error."""
    result: dict[int, int | str] = {}
    with document.opened(source, "p") as file:
        for number in file.pages.numbers:
            try:
                pixels = decode.decode_page(file, number).pixels[..., 0]
            except PictureError as error:
                result[number] = str(error)
            else:
                dark = np.flatnonzero(pixels[pixels.shape[0] // 2] < 128)
                result[number] = round((dark.mean() / pixels.shape[1] * 240 + 20) / 40) if len(dark) else 0
        return file.pages, result


def directories(*tags: dict[int, int], loop: bool = False) -> bytes:
    """A TIFF of directories with these tags, after those of a picture of 8 × 8 px; the last leads to the first."""
    out = struct.pack("<2sHI", b"II", 42, 8)
    for number, extra in enumerate(tags):
        result = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 8, 279: 64} | extra
        size = 2 + 12 * len(result) + 4
        result[273] = len(out) + size
        after = len(out) + size + 64 if number + 1 < len(tags) else 8 if loop else 0
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(result.items()))
        out += struct.pack("<H", len(result)) + entries + struct.pack("<I", after) + bytes([200]) * 64
    return out


@pytest.mark.parametrize("form", FORMS)
def test_every_page_is_there(form: str, tmp_path: Path) -> None:
    data = saved(form, [page(1), page(2), page(3)])
    (tmp_path / "called.otherwise").write_bytes(data)
    for source in (data, tmp_path / "called.otherwise"):
        assert found(source) == (Pages((1, 2, 3)), {1: 1, 2: 2, 3: 3})
    with document.opened(data, "p") as file:  # in any order, also without knowing how many there are
        assert [file.name(n) for n in (1, 2)] == ["p", "p#2"]
        assert file.pages.numbers == (1, 2, 3)
        for number in (2, 2, 1, 3, 2, 1, 1):
            with file.image(number) as image:
                assert np.asarray(image.convert("L"))[60, 40 * number - 20] < 60


@pytest.mark.parametrize("form", [*FORMS, "JPEG", "BMP", "PPM"])
def test_one_page_is_one(form: str) -> None:
    data = saved(form, [page(2)])
    assert found(data) == (Pages((1,)), {1: 2})
    for page_number in (2, 7):
        with pytest.raises(PictureError, match=rf"^p#{page_number}: there is no page {page_number} in this file$"):
            decode.decode(data, "p", page=page_number)


def test_frames_that_show_nothing_new_are_no_pages() -> None:
    for form, options in (("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})):
        assert found(saved(form, [page(n) for n in (3, 1, 3, 2)], **options)) == (Pages((1, 2, 4)), {1: 3, 2: 1, 4: 2})


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("disposal", [0, 2])
def test_frames_of_a_gif_of_any_mode_and_kind(mode: str, disposal: int) -> None:
    """Pillow alone draws over a frame in grey with the colours of another palette."""
    frames = [page(n).convert(mode) for n in (2, 6, 1, 3)]
    frames[1] = Image.new(mode, (240, 120), "white")
    assert found(saved("GIF", frames, disposal=disposal)) == (Pages((1, 2, 3, 4)), {1: 2, 2: 0, 3: 1, 4: 3})


def test_equal_pages_are_pages() -> None:
    for form in ("TIFF", "PDF"):
        assert found(saved(form, [page(3), page(3)]))[1] == {1: 3, 2: 3}


def test_stereo_pairs_show_one_scene() -> None:
    assert found(saved("MPO", [page(1), page(2)])) == (Pages((1,)), {1: 1})
    with pytest.raises(PictureError, match=r"^p#2: there is no page 2 in this file$"):
        decode.decode(saved("MPO", [page(1), page(2)]), "p", page=2)


def test_thumbnails_and_masks_in_a_tiff_are_no_pages() -> None:
    for tags, numbers in (
        (({}, {254: 1}, {254: 2}), (1, 3)),
        (({}, {254: 4}, {255: 2}, {255: 3}), (1, 4)),
        (({254: 1}, {}), (1, 2)),  # the first is always read
    ):
        data = directories(*tags)
        with document.opened(data, "p") as file:
            assert file.pages == Pages(numbers)


def test_a_tiff_that_leads_back_ends_there() -> None:
    for count in (1, 3):
        data = directories(*[{}] * count, loop=True)
        assert [n for n, result in found(data)[1].items() if isinstance(result, int)] == list(range(1, count + 1))


def test_a_tiff_of_very_many_directories_is_not_walked_to_its_end() -> None:
    pages, more = picture_header.tiff_pages(io.BytesIO(directories(*[{}] * 2_000)), 1_000)
    assert (pages, more) == (list(range(1, 1_001)), True)
    assert picture_header.tiff_pages(io.BytesIO(directories(*[{254: 1}] * 30)), 10) == ([1], True)


@pytest.mark.parametrize("form", ["TIFF", "PDF"])
def test_pages_beyond_the_limit_are_said(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LIMITS", dataclasses.replace(LIMITS, pages=2))
    said = "p: more than 2 pages: only the first 2 are read: split it to read the others"
    assert found(saved(form, [page(n) for n in (1, 2, 3)])) == (Pages((1, 2), said), {1: 1, 2: 2})
    assert found(saved(form, [page(n) for n in (1, 2)]))[0] == Pages((1, 2))


def test_a_page_that_is_too_large_costs_itself_alone() -> None:
    data = saved("TIFF", [page(1), page(2, (300, 200)), page(3)])
    with document.opened(data, "p", 50_000) as file:
        assert file.pages == Pages((1, 2, 3))
        decode.decode_page(file, 1)
        said = r"^p#2: 300 × 200 px are too many: wanted at most 0\.05 megapixels$"
        with pytest.raises(LargePictureError, match=said):
            decode.decode_page(file, 2)
        decode.decode_page(file, 3)


def test_a_tile_of_a_later_page_is_measured_too() -> None:
    """libtiff takes memory for whole tiles."""
    data = directories({}, {322: 49_152, 323: 32_768}, {})
    said = "p#2: a tile of 49152 × 32768 px is too large: wanted at most 16.8 megapixels"
    assert found(data)[1][2] == said


def test_a_screen_that_grows_is_measured() -> None:
    """A later frame of a GIF may be larger than its screen; so may one on the way to the frame that is asked for."""
    small, large = saved("GIF", [page(1)]), saved("GIF", [page(1, (2_000, 2_000))])
    block = large[large.index(b"\x2c\0\0\0\0") : -1]
    data = small[:-1] + block + small[small.index(b"\x2c\0\0\0\0") :]
    said = r"2000 × 2000 px are too many: wanted at most 1 megapixels$"
    for number in (2, 3):
        with document.opened(data, "p", 1_000_000) as file, pytest.raises(LargePictureError, match=said):
            decode.decode_page(file, number)
    with document.opened(data, "p", 1_000_000) as file:
        assert file.pages == Pages((1, 2))
        assert decode.decode_page(file, 1).width == 240


def test_a_damaged_page_costs_itself_alone() -> None:
    _, result = found(directories({}, {259: 8}, {}))  # what is there is not deflated
    assert (result[1], result[3]) == (0, 0)
    assert str(result[2]).startswith("p#2: this picture cannot be decoded (")


def test_a_page_that_is_cut_off_is_said() -> None:
    data = saved("GIF", [page(n) for n in (1, 2, 3)])
    _, result = found(data[:-40])
    assert result[1] == 1
    assert any(isinstance(one, str) for one in result.values())


def test_what_is_no_picture_is_named_once() -> None:
    for data, kind in ((b"hello", NotAPictureError), (b"II*\0", PictureError), (b"", NotAPictureError)):
        with pytest.raises(kind, match=r"^p: "), document.opened(data, "p") as file:
            decode.decode_page(file, file.pages.numbers[0])


def test_a_picture_without_a_name() -> None:
    with document.opened(saved("TIFF", [page(1), page(2)]), document.UNNAMED) as file:
        assert file.pages.several
        assert [file.name(n) for n in (1, 2)] == ["page 1 of the picture", "page 2 of the picture"]


def test_a_pdf_is_no_picture_to_train_on() -> None:
    with pytest.raises(NotAPictureError, match="not a picture: wanted PNG, .* AVIF or HEIC$"):
        decode.unscaled(saved("PDF", [page(1)]))
