"""The classes of glyphs that the detector tells apart: digits, signs, and everything else that is written."""

DIGITS = tuple("0123456789")
SIGNS = (",", ".", "-", "'", "/", ":", "+", "×", "÷", "=", "<", ">", "%", "(", ")", "#", "*", "$", "€", "£")
OTHER = "other"  # a letter, another sign, or a drawing of a glyph's size
GLYPHS = (*DIGITS, *SIGNS, OTHER)

_SAME = {"−": "-", "–": "-", "’": "'", "´": "'", "∕": "/", "∶": ":", "✕": "×"}
_INDEX = {name: index for index, name in enumerate(GLYPHS)}


def class_index(character: str) -> int:
    """Return the place in `GLYPHS` of a character: that of `OTHER` if it is neither a digit nor one of the signs."""
    return _INDEX.get(_SAME.get(character, character), _INDEX[OTHER])
