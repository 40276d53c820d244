"""The formats that are read, pictures and documents: one table for file names, decoders, pages and error messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class PictureFormat:
    """A format: its `name`, Pillow's `decoder`, and the `suffixes` of its files.

    A format without a decoder is a document, whose pages are rendered: it is read, but no picture to train on.
    `extra` brings its decoder, which `picture_file` then registers with Pillow, or its renderer. `several` is what a
    file may hold more than one of. Of other files that hold more than one picture the main one is read: stereo pairs,
    bursts and gain maps show one scene.
    """

    name: str
    decoder: str | None
    suffixes: tuple[str, ...]
    several: Literal["pages", "frames"] | None = None
    extra: str | None = None


FORMATS = (
    PictureFormat("PNG", "PNG", (".png", ".apng"), "frames"),
    PictureFormat("JPEG", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")),  # Pillow's JPEG includes MPO
    PictureFormat("WebP", "WEBP", (".webp",), "frames"),
    PictureFormat("GIF", "GIF", (".gif",), "frames"),
    PictureFormat("BMP", "BMP", (".bmp",)),
    PictureFormat("TIFF", "TIFF", (".tif", ".tiff"), "pages"),
    PictureFormat("PNM", "PPM", (".pnm", ".ppm", ".pgm", ".pbm")),
    PictureFormat("AVIF", "AVIF", (".avif",), "frames"),
    PictureFormat("HEIC", "HEIF", (".heic", ".heif", ".hif"), extra="heic"),
    PictureFormat("PDF", None, (".pdf",), "pages", extra="pdf"),
)
DECODERS = tuple(one.decoder for one in FORMATS if one.decoder and not one.extra)
PAGED = frozenset(one.decoder for one in FORMATS if one.several == "pages")
ANIMATED = frozenset(one.decoder for one in FORMATS if one.several == "frames")

PDF_START = b"%PDF-"
BLANK = b"\xef\xbb\xbf\0\t\n\f\r "  # what may stand before it: a byte order mark and white space

# Brands of ISO media files, which name the format in their first box. Sources: ISO/IEC 23008-12, B.4; AV1 Image File
# Format, 6.
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
HEAD = 64  # bytes of a file's beginning that say what it is


def wanted(documents: bool = False) -> str:
    """Return the names of the pictures' formats for an error message, "PNG, JPEG, … or HEIC"; also the documents'."""
    *names, last = (one.name for one in FORMATS if one.decoder or documents)
    return f"wanted {', '.join(names)} or {last}"


def has_suffix(file: Path, documents: bool = False) -> bool:
    """Whether a file's name says that it is a picture, or also a document, in upper or lower case."""
    suffix = file.suffix.lower()
    return any(suffix in one.suffixes for one in FORMATS if one.decoder or documents)


def is_pdf(head: bytes) -> bool:
    """Whether the first `HEAD` bytes of a file are those of a PDF, whatever it is called."""
    return head.lstrip(BLANK).startswith(PDF_START)


def iso_media(head: bytes) -> str | None:
    """Return "AVIF" or "HEIC" from the first `HEAD` bytes of a file, whatever it is called; None for others."""
    if head[4:8] != b"ftyp":
        return None
    box = head[: max(16, int.from_bytes(head[:4]))]
    brands = {box[8:12], *_quads(box[16:HEAD])}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIC_BRANDS else None


def _quads(data: bytes) -> Iterable[bytes]:
    return (data[i : i + 4] for i in range(0, len(data) - 3, 4))
