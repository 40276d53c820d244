"""Any picture → the digits in it; the classifier is passed in as a function that scores 28×28 images.

The steps, in order:

    picture_file → decode → binarize (ruled_lines) → layout → cuts → geometry → best_path → page
    header check   RGB      ink, 0–255   removed     lines    parts  28×28      digits      Page, Line, Digit

`document` opens a file's pages one after the other: those of a `pdf_file`, the `frames` of an animation. `pipeline`
runs the steps after decoding; `text` makes the text of a line; `expected` reads a page again as its user expects it,
with `candidates` and `best_reading`; `explain` shows as HTML how a picture was read.

With a detector, `read_page` runs these steps, and `turned` decides which way up:

    views → find_glyphs (peaks, merge) → glyph_image → confidence → lines → page
"""
