import io
from pathlib import Path

import pytest
from PIL import Image, features

from mnistry.ocr import picture_formats
from mnistry.ocr.picture_formats import FORMATS, iso_media


def saved(name: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(out, name)
    return out.getvalue()


def test_pillow_knows_every_decoder_and_suffix() -> None:
    Image.init()
    for one in FORMATS:
        if one.extra is None and one.decoder:
            assert one.decoder in Image.OPEN
            known = {Image.EXTENSION.get(suffix) for suffix in one.suffixes}
            assert known <= {one.decoder, "MPO"}, one


def test_suffixes_count_in_any_case() -> None:
    assert picture_formats.has_suffix(Path("a/IMG_1.HEIC"))
    assert picture_formats.has_suffix(Path("b.jfif"))
    assert not picture_formats.has_suffix(Path("b.txt"))
    assert not picture_formats.has_suffix(Path("png"))
    assert picture_formats.has_suffix(Path("c.PDF"), documents=True)
    assert not picture_formats.has_suffix(Path("c.PDF"))


def test_the_text_for_errors_names_them_all() -> None:
    assert picture_formats.wanted() == "wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC"
    assert picture_formats.wanted(documents=True).endswith("PNM, AVIF, HEIC or PDF")


def test_a_pdf_is_recognised_behind_white_space() -> None:
    assert picture_formats.is_pdf(b"%PDF-1.4\n")
    assert picture_formats.is_pdf(b"\xef\xbb\xbf\r\n %PDF-2.0\n")
    assert not picture_formats.is_pdf(b"\x89PNG\r\n\x1a\n%PDF-1.4")
    assert not picture_formats.is_pdf(b"")


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_distinguished_from_heic_by_its_brands() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    assert iso_media(saved("AVIF")[:64]) == "AVIF"
    assert iso_media(saved("HEIF")[:64]) == "HEIC"


@pytest.mark.parametrize("head", [b"", b"\0\0\0\x1cftyp", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"\x89PNG\r\n\x1a\n"])
def test_other_heads_are_neither(head: bytes) -> None:
    assert iso_media(head) is None


def test_brands_behind_the_box_do_not_count() -> None:
    assert iso_media(b"\0\0\0\x14ftypmp42\0\0\0\0mp42" + b"heic") is None
    assert iso_media(b"\0\0\0\x18ftypmp42\0\0\0\0mp42" + b"heic") == "HEIC"
