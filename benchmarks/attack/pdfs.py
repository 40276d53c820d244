"""PDFs with pages too large, too many or without end."""

import struct
import zlib
from collections.abc import Callable, Iterable
from functools import partial

Draw = Callable[[], bytes]
TEXT = b"BT /F 48 Tf 20 80 Td (4027 183) Tj ET"
FONT = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
TILING = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .01/YStep .01/Resources<<>>"
SHADING = b"/ShadingType 1/ColorSpace/DeviceRGB/Function<</FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]>>"
KEYS = b"/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"5a" * 32, b"a5" * 32)


def pdf(objects: Iterable[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of objects, numbered from 1; the first is its catalogue. Source: ISO 32000-1, 7.5."""
    out, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, trailer, len(out))
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1) + table + end


def page(
    content: bytes,
    resources: bytes = b"",
    more: Iterable[bytes] = (),
    box: bytes = b"0 0 300 200",
    count: int = 1,
    keys: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF of one page; `more` are the objects from the fifth on, `keys` those of its content, which is deflated."""
    sheet = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<<%s>>/Contents 4 0 R>>" % (box, resources)
    tree = b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count
    catalogue = b"<</Type/Catalog/Pages 2 0 R>>"
    return pdf(
        [catalogue, tree, sheet, stream(keys or b"/Filter/FlateDecode", zlib.compress(content, 9)), *more], trailer
    )


def stream(keys: bytes, content: bytes) -> bytes:
    """A stream object."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (keys, len(content), content)


def form() -> bytes:
    """A form with a value."""
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(70)/Rect[9 9 99 99]/AP<</N 6 0 R>>/P 3 0 R/DA(/F 9 Tf)>>"
    look = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 90 90]", b"0 0 20 90 re f")
    sheet = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[5 0 R]/Contents 4 0 R>>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/NeedAppearances true>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            sheet,
            stream(b"", TEXT),
            field,
            look,
        ]
    )


def _repeated(part: bytes, times: int) -> bytes:
    """A page whose content is this part, many million times."""
    packing = zlib.compressobj(9)
    content = b"".join(packing.compress(part * 100_000) for _ in range(times // 100_000)) + packing.flush()
    return page(b"", keys=b"/Filter/FlateDecode").replace(
        stream(b"/Filter/FlateDecode", zlib.compress(b"", 9)), stream(b"/Filter/FlateDecode", content)
    )


def _pictured(width: int, height: int, bits: int, keys: bytes = b"/Filter/FlateDecode", data: bytes = b"") -> bytes:
    """A page that shows a picture of this size."""
    if not data:
        packing, left = zlib.compressobj(9), height * ((width * bits + 7) // 8)
        parts = [packing.compress(bytes(min(2**20, left - at))) for at in range(0, left, 2**20)]
        data = b"".join(parts) + packing.flush()
    size = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d" % (width, height, bits)
    image = stream(size + b"/ColorSpace/DeviceGray" + keys, data)
    return page(b"q 300 0 0 200 0 0 cm /I Do Q", b"/XObject<</I 5 0 R>>", [image])


def _nested(depth: int, times: int) -> bytes:
    """Drawings that draw others, as entities that expand to entities."""
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F %d 0 R>>>>"
    forms = [stream(head % (6 + n), b"/F Do " * times) for n in range(depth)]
    return page(b"/F Do", b"/XObject<</F 5 0 R>>", [*forms, stream(head % 5, b"0 0 9 9 re f /F Do")])


def _tree(kids: bytes, count: int, depth: int = 0) -> bytes:
    """Pages whose tree leads to itself, or is deep."""
    nodes = [b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (2 + n, 4 + n) for n in range(depth)]
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *nodes])


def _jpeg2000() -> bytes:
    """The head of a JPEG 2000 that says it has 2^31 × 2^31 px."""
    sizes = struct.pack(">HIIIIIIIIH", 0, 2**31 - 1, 2**31 - 1, 0, 0, 2**31 - 1, 2**31 - 1, 0, 0, 1)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(sizes) + 3) + sizes + b"\7\1\1" + bytes(40)


def pdfs() -> dict[str, Draw]:
    """All of them; `text` and `form` are sound."""
    return {"text": partial(page, TEXT, FONT), "form": form, **_structures(), **_drawings()}


def _structures() -> dict[str, Draw]:
    """Pages of odd sizes, too many of them, and those that cannot be found."""
    boxes = {
        "14400000": b"0 0 14400000 14400000",
        "infinite": b"0 0 1e39 1e39",
        "thin": b"0 0 14400 1",
        "none": b"0 0 0 0",
        "negative": b"100 100 -100 -100",
        "text": b"(a) (b) /c null",
    }
    return {
        **{f"box-{name}": partial(page, TEXT, FONT, box=box) for name, box in boxes.items()},
        "encrypted": partial(page, TEXT, FONT, trailer=KEYS),
        "encrypted-otherwise": partial(page, TEXT, FONT, trailer=b"/Encrypt<</Filter/Other/V 9>>"),
        "count-1000000": partial(page, TEXT, FONT, count=1_000_000),
        "count-negative": partial(page, TEXT, FONT, count=-5),
        "pages-5000": lambda: _tree(b"4 0 R " * 5_000, 5_000).replace(
            b"xref", b"4 0 obj\n<</Type/Page/MediaBox[0 0 20 20]>>\nendobj\nxref", 1
        ),
        "tree-itself": partial(_tree, b"2 0 R 2 0 R", 4),
        "tree-deep": partial(_tree, b"3 0 R", 1, 20_000),
        "tree-none": partial(_tree, b"", 0),
        **_contents(),
    }


def _contents() -> dict[str, Draw]:
    """Those whose structure is sound, but not what is in it."""
    return {
        "xref-itself": lambda: b"%PDF-1.4\nxref\n0 0\ntrailer<</Size 3/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
        "head-alone": lambda: b"%PDF-1.7\n",
        "zeros": lambda: b"%PDF-1.7\n" + bytes(20_000_000),
        "objects-1000000": lambda: pdf([b"<</Type/Catalog/Pages 2 0 R>>", *[b"<<>>"] * 1_000_000]),
    }


def _drawings() -> dict[str, Draw]:
    """Pages whose drawing takes much."""
    return {
        "content-1300-megabytes": partial(_repeated, b"0 0 1 1 re f\n", 100_000_000),
        "content-saved": partial(_repeated, b"q ", 60_000_000),
        "content-curves": partial(_repeated, b"0 0 m 9 300 300 9 200 200 c S ", 20_000_000),
        "filters-twice": lambda: page(
            zlib.compress(zlib.compress(bytes(1_000_000_000), 9), 9),
            keys=b"/Filter[/FlateDecode/FlateDecode/FlateDecode]",
        ),
        "nested": partial(_nested, 30, 10),
        "nested-itself": partial(_nested, 1, 3),
        "tiling": lambda: page(
            b"/Pattern cs /P scn 0 0 300 200 re f", b"/Pattern<</P 5 0 R>>", [stream(TILING, b"0 0 .5 .5 re f")]
        ),
        "shading": partial(page, b"/S sh " * 100_000, b"/Shading<</S<<%s>>>>" % SHADING),
        "picture-400-megapixels": partial(_pictured, 20_000, 20_000, 8),
        "picture-3600-megapixels": partial(_pictured, 60_000, 60_000, 1),
        "picture-without-end": partial(_pictured, 2**31 - 1, 2**31 - 1, 8, data=b"\0"),
        "picture-jpeg2000": partial(_pictured, 2**31 - 1, 2**31 - 1, 8, b"/Filter/JPXDecode", _jpeg2000()),
        "picture-jbig2": partial(_pictured, 65_535, 65_535, 1, b"/Filter/JBIG2Decode", bytes([0, 0, 0, 1, 48, 0]) * 90),
        "font-bad": partial(
            page,
            TEXT,
            b"/Font<</F<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor<</FontFile2 5 0 R>>>>>>",
            [stream(b"", b"\0\1\0\0" + b"\xff" * 5_000)],
        ),
        "script": lambda: page(TEXT, FONT).replace(
            b"/Type/Catalog", b"/OpenAction<</S/JavaScript/JS(while\\(1\\){})>>/Type/Catalog"
        ),
    }
