"""The picture formats that are read: one table for file names, decoders and error messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PictureFormat:
    """A format: its `name`, Pillow's `decoder`, and the `suffixes` of its files.

    `extra` brings its decoder, which `picture_file.opened` then registers with Pillow.
    """

    name: str
    decoder: str
    suffixes: tuple[str, ...]
    extra: str | None = None


FORMATS = (
    PictureFormat("PNG", "PNG", (".png", ".apng")),
    PictureFormat("JPEG", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")),  # Pillow's JPEG includes MPO
    PictureFormat("WebP", "WEBP", (".webp",)),
    PictureFormat("GIF", "GIF", (".gif",)),
    PictureFormat("BMP", "BMP", (".bmp",)),
    PictureFormat("TIFF", "TIFF", (".tif", ".tiff")),
    PictureFormat("PNM", "PPM", (".pnm", ".ppm", ".pgm", ".pbm")),
    PictureFormat("AVIF", "AVIF", (".avif",)),
    PictureFormat("HEIC", "HEIF", (".heic", ".heif", ".hif"), extra="heic"),
)
SUFFIXES = frozenset(suffix for one in FORMATS for suffix in one.suffixes)

# Brands of ISO media files, which name the format in their first box. Sources: ISO/IEC 23008-12, B.4; AV1 Image File
# Format, 6.
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
BRANDS_END = 64  # bytes of a file that are searched for brands


def wanted() -> str:
    """Return the formats' names for an error message: "PNG, JPEG, … or HEIC"."""
    *names, last = (one.name for one in FORMATS)
    return f"wanted {', '.join(names)} or {last}"


def has_suffix(file: Path) -> bool:
    """Whether a file's name says that it is a picture, in upper or lower case."""
    return file.suffix.lower() in SUFFIXES


def iso_media(head: bytes) -> str | None:
    """Return "AVIF" or "HEIC" from the first `BRANDS_END` bytes of a file, whatever it is called; None for others."""
    if head[4:8] != b"ftyp":
        return None
    box = head[: max(16, int.from_bytes(head[:4]))]
    brands = {box[8:12], *_quads(box[16:BRANDS_END])}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIC_BRANDS else None


def _quads(data: bytes) -> Iterable[bytes]:
    return (data[i : i + 4] for i in range(0, len(data) - 3, 4))
