"""PDFs for tests, written object by object; those of pictures are Pillow's."""

import io
from collections.abc import Sequence

from PIL import Image


def of_pictures(pictures: Sequence[Image.Image], dpi: float = 200) -> bytes:
    """A page for each picture, of its size at so many dots per inch."""
    out = io.BytesIO()
    first, *others = (picture.copy() for picture in pictures)  # Pillow remembers how an image was encoded before
    first.save(out, "PDF", save_all=True, append_images=others, resolution=dpi)
    return out.getvalue()


def of_objects(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue. Source: ISO 32000-1, 7.5."""
    out, offsets = b"%PDF-1.7\n", list[int]()
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    last = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    return out + head + table + last


def page(content: bytes, box: bytes = b"0 0 144 72", trailer: bytes = b"", more: bytes = b"") -> bytes:
    """A PDF of one page, of 2 × 1 inches if nothing else is said."""
    return of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s>>" % (box, more),
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        trailer=trailer,
    )


def encrypted() -> bytes:
    """A PDF that asks for a password: no user has one that fits these keys. Source: ISO 32000-1, 7.6.3."""
    keys = b"/O<%s>/U<%s>" % (b"5a" * 32, b"a5" * 32)
    secret = b"/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4%s>>/ID[<00><00>]" % keys
    return page(b"0 0 72 72 re f", trailer=secret)
