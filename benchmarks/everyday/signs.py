"""Numbers with signs in them: dates, amounts, decimals, per cent, sums, telephone numbers, times."""

from collections.abc import Callable

from everyday import papers, text
from everyday.kit import Kit
from everyday.papers import pen, print_pen, white
from everyday.sample import Sample
from everyday.writer import Writer, any_hand, printed


def _written(kit: Kit, content: Callable[[Kit], str]) -> Sample:
    """Write one to four such texts below each other, by hand or in print, and take them in any way."""
    em = kit.between(26, 110) if kit.chance(0.8) else kit.between(110, 160)
    by: Writer = any_hand(kit, pen(kit)) if kit.chance(0.75) else printed(kit, print_pen(kit))
    texts = [content(kit) for _ in range(kit.whole(1, 4))]
    width = max(by.width(one, em) for one in texts) + em * kit.between(2.5, 4)
    pitch = em * kit.between(1.8, 2.4)
    sheet = white(kit, round(width), round(len(texts) * pitch + em * kit.between(1.5, 3)))
    if kit.chance(0.15):
        papers.ruled(kit, sheet, pitch, em * 2.1)
    for k, one in enumerate(texts):
        by.write(sheet, one, em * kit.between(0.8, 1.2), em * kit.between(0.9, 1.05) + k * pitch, em)
    return papers.taken(kit, sheet)


def dates(kit: Kit) -> Sample:
    """Dates with slashes, points or hyphens."""
    return _written(kit, text.date)


def amounts(kit: Kit) -> Sample:
    """Amounts with commas, points, apostrophes and a currency."""
    return _written(kit, text.amount)


def decimals(kit: Kit) -> Sample:
    """Decimal numbers, some with a minus."""
    return _written(kit, text.decimal)


def per_cent(kit: Kit) -> Sample:
    """Per cent."""
    return _written(
        kit, lambda kit: f"{text.decimal(kit) if kit.chance(0.2) else kit.whole(0, 100)}{kit.pick(('%', ' %'))}"
    )


def sums(kit: Kit) -> Sample:
    """Calculations in a line, with their results."""
    return _written(kit, text.sum_of)


def telephone(kit: Kit) -> Sample:
    """Telephone numbers, with brackets, hyphens, slashes."""
    return _written(kit, text.telephone)


def times(kit: Kit) -> Sample:
    """Times of day, with a colon."""
    return _written(kit, text.time)
