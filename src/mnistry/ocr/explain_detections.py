"""Shows what the detector saw of a picture, as figures for the HTML page of `explain`, and as a table."""

import html
import zlib

from mnistry.ocr import overlay
from mnistry.ocr.detections import Detection, Detections, outcomes
from mnistry.ocr.glyph_classes import OTHER
from mnistry.ocr.page import Page

MAX_GLYPHS = 2_000  # as boxes
MAX_ROWS = 500  # of the table
LABEL = 0.45  # of a box's height
NAMES = {"digit": ("digit", "digits"), "sign": ("sign", "signs"), "other": ("letter or drawing", "letters or drawings")}


def figures(source: str, read: Page, seen: Detections) -> str:
    """Return four figures over the picture of `source`, a data URL that is on the page, and the table of all glyphs."""
    became = outcomes(seen, read)
    counts = _counts(seen)
    picture = _picture(source, read)
    glyphs = "".join(map(_box, seen.glyphs[:MAX_GLYPHS], became))
    left_out = f" The {MAX_GLYPHS:,} most certain are shown." if len(seen.glyphs) > MAX_GLYPHS else ""
    ink = f"<rect class='dark' width='{read.width}' height='{read.height}'/>" + _layer(seen, read, "ink")
    shown = (
        (
            "Where the centres of glyphs are",
            f"The redder, the more likely. {counts}",
            picture + _layer(seen, read, "heat"),
        ),
        (
            "Every glyph",
            "Blue: digits. Green, dotted: signs. Orange, dashed: letters and drawings. "
            f"Thin: too faint to be reported.{left_out}",
            picture + glyphs,
        ),
        ("What is ink", "The lighter, the more likely a stroke: digits are cut out of this, for the classifier.", ink),
        ("Where it looked closely", _looks(seen), picture + _close_ups(seen)),
    )
    drawn = "".join(_figure(title, words, inside, read) for title, words, inside in shown)
    return f"<h3>What the detector saw</h3><div class='figures'>{drawn}</div>{_table(seen, became)}"


def name_of(source: str) -> str:
    """Return the id of the picture on the page; the same picture has the same one."""
    return f"picture-{zlib.crc32(source.encode()):08x}"


def _figure(title: str, words: str, inside: str, read: Page) -> str:
    return (
        f"<figure><svg viewBox='0 0 {read.width} {read.height}' role='img' aria-label='{title}. {html.escape(words)}'>"
        f"{inside}</svg><figcaption><b>{title}.</b> {html.escape(words)} "
        "<label class='enlarge'><input type='checkbox'> large</label></figcaption></figure>"
    )


def _picture(source: str, read: Page) -> str:
    white = f"<rect class='paper' width='{read.width}' height='{read.height}'/>"
    return f"{white}<use class='faded' href='#{name_of(source)}'/>"


def _layer(seen: Detections, read: Page, name: str) -> str:
    values, look = (seen.heat, overlay.HEAT) if name == "heat" else (seen.ink, overlay.WHITE_INK)
    size = f"width='{read.width}' height='{read.height}' preserveAspectRatio='none'"
    return f"<image class='{name}' href='{overlay.data_url(values, look)}' {size}/>"


def _box(glyph: Detection, became: str) -> str:
    x, y, width, height = glyph.box
    title = html.escape(f"{glyph.name}, {100 * glyph.probability:.0f} %: {became}")
    faint = " faint" if became == "too faint" else ""
    found = (
        f"<rect class='{glyph.kind}{faint}' x='{x}' y='{y}' width='{width}' height='{height}'>"
        f"<title>{title}</title></rect>"
    )
    if glyph.name == OTHER or faint:
        return found
    size = LABEL * height if glyph.kind == "digit" else max(height, width)
    label = f"<text class='{glyph.kind}' x='{x}' y='{max(size, y - size / 5):.0f}' font-size='{size:.0f}'>"
    return f"{found}{label}{html.escape(glyph.name)}</text>"


def _counts(seen: Detections) -> str:
    kinds = [glyph.kind for glyph in seen.glyphs]
    found = [f"{n:,} {one if n == 1 else many}" for kind, (one, many) in NAMES.items() if (n := kinds.count(kind))]
    return f"Found: {', '.join(found)}, faint ones too." if found else "Nothing was found."


def _looks(seen: Detections) -> str:
    if not seen.close_ups:
        return "Nowhere: looking at the whole picture was enough."
    scales = [area.scale for area in seen.close_ups]
    few, many = (f"{100 * scale:,.0f}\N{NO-BREAK SPACE}%" for scale in (min(scales), max(scales)))
    n = len(scales)
    places = "One place" if n == 1 else f"{n} places"
    return f"{places}, at {few}{f' to {many}' if few != many else ''} of the picture's size."


def _close_ups(seen: Detections) -> str:
    return "".join(
        f"<rect class='close' x='{x}' y='{y}' width='{width}' height='{height}'>"
        f"<title>{100 * area.scale:.0f} %</title></rect>"
        for area in seen.close_ups
        for x, y, width, height in (area.box,)
    )


def _table(seen: Detections, became: list[str]) -> str:
    if not seen.glyphs:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(glyph.name)}<td>{100 * glyph.probability:.0f} %<td>{html.escape(outcome)}"
        f"<td>{glyph.box[0]}, {glyph.box[1]}"
        for glyph, outcome in list(zip(seen.glyphs, became, strict=True))[:MAX_ROWS]
    )
    more = len(seen.glyphs) - MAX_ROWS
    return (
        f"<details><summary>All {len(seen.glyphs):,} glyphs, the most certain first</summary>"
        "<div class='scroll'><table><thead><tr><th>glyph<th>probability<th>what became of it<th>left, top</thead>"
        f"<tbody>{rows}</tbody></table></div>"
        f"{f'<p class=quiet>… and {more:,} more.</p>' if more > 0 else ''}</details>"
    )
