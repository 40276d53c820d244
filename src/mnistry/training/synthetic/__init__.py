"""Synthetic training images: `fonts`, `handwriting` drawn from strokes, `touching` digits, and `nondigits`.

`sources` gives them the names that recipes use, and generates them.
"""
