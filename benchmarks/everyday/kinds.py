"""All kinds of situations, by the group that their figures are counted in."""

from collections.abc import Callable

from everyday import lists, marked, media, nothing, sheets, signs, small, tables, touching
from everyday.kit import Kit
from everyday.sample import Kind, Sample

NOTHING = "nothing"
_GROUPS: dict[str, tuple[Callable[[Kit], Sample], ...]] = {
    "pages": (
        *(sheets.sheet_on_table, sheets.notebook, sheets.ruled_paper, sheets.squared_paper, sheets.sticky_note),
        *(sheets.folded, sheets.show_through, sheets.pen_beside, sheets.shadow_across, sheets.crooked, sheets.uphill),
        *(sheets.pencil, sheets.noisy_photo, media.marker, media.whiteboard, media.chalk, media.white_on_dark),
        *(media.price_tag, tables.form_boxes, tables.form, tables.table, tables.marks_by_hand, tables.small_table),
        *(tables.plain_table, tables.sudoku, lists.column, lists.framed_list, lists.addition, lists.running_columns),
        *(lists.scanned_a4, lists.dense_page, lists.sizes_mixed, lists.european_digits, lists.whole_page_by_hand),
        *(marked.underlined, marked.circled, marked.framed, marked.crossed_out, marked.words_beside, marked.address),
        *(signs.dates, signs.amounts, signs.decimals, signs.per_cent, signs.sums, signs.telephone, signs.times),
    ),
    "print and displays": (
        *(media.seven_segments, media.label, media.print_photo, media.screenshot, tables.calendar, tables.receipt),
        *(lists.printed_lines, marked.sentences),
    ),
    "small and close": (
        *(small.cropped_digit, small.digit_with_rim, small.cropped_number, small.cell_crop, small.two_small_lines),
        *(small.small_line, small.messenger_jpeg, small.filling, small.drawn_on_screen, media.plot, media.grey_frame),
    ),
    "touching pairs": (touching.touching_pairs,),
    "touching strings": (touching.touching_strings,),
    "ones": (touching.ones, touching.ones_beside_lines),
    NOTHING: (
        *(nothing.blank_page, nothing.vignette, nothing.empty_sheet_on_table, nothing.empty_paper, nothing.empty_form),
        *(nothing.words_only, nothing.single_letters, nothing.signature, nothing.drawing, nothing.hatching),
        *(nothing.no_sheet, nothing.patterns),
    ),
}
KINDS = tuple(Kind(draw.__name__.replace("_", "-"), group, draw) for group, draws in _GROUPS.items() for draw in draws)
GROUPS = tuple(_GROUPS)
