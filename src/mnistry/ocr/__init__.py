"""Any picture → the digits in it. Knows no classifier: it is handed a function that scores cut-outs.

The steps, in order:

    picture_file → decode → binarize (ruled_lines) → layout → cuts → geometry → best_path → page
    its header     grey     ink, 0–255   removed     lines    between  28×28      which cuts  Page, Line, Digit

`pipeline` runs them; `explain` draws each step of a picture as HTML.
"""
