"""What is written on synthetic pages: numbers, dates, amounts, sums, words, and mixtures of them."""

from collections.abc import Callable

import numpy as np

LETTERS = {
    "latin": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüéèçñßåø",
    "greek": "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΛΞΠΣΦΨΩ",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
}
LIKE_DIGITS = "OlISZBoDgqbz"  # letters that look like digits: inside words they are letters
DIGIT_ALONE = "oOxXiıοΟχΧоОхХзЗІاهو"  # letters of any script that alone are a digit or a sign as well
ALONE = "ABCDEFGHKLMNPRTUVWYabdefhkmnprtuy&?!@"  # characters that are no digit even alone
UNITS = ("kg", "cm", "km", "ml", "EUR", "USD", "am", "pm", "th", "nd", "Uhr", "pcs", "min", "MB", "No.", "St.", "Nr.")


def number(rng: np.random.Generator, longest: int = 7) -> str:
    """Return a number of one to `longest` digits; runs of equal digits are more frequent than by chance."""
    n = int(rng.integers(1, longest + 1))
    digits = rng.integers(0, 10, n)
    if rng.random() < 0.15:
        digits[:] = rng.choice([0, 1, 1, 7, digits[0]])
    elif rng.random() < 0.1:
        digits[1:] = 0
    elif rng.random() < 0.12:
        digits = rng.choice([1, 1, 1, 7, 4, 0], n)
    return "".join(map(str, digits))


def word(rng: np.random.Generator, script: str = "latin", shortest: int = 2, longest: int = 9) -> str:
    """Return random letters of a script, with letters that look like digits among them."""
    n = int(rng.integers(shortest, longest + 1))
    letters = LETTERS[script]
    small = letters[: len(letters) // 2] if rng.random() < 0.7 else letters
    chosen = [small[k] for k in rng.integers(0, len(small), n)]
    if script == "latin" and rng.random() < 0.4:
        for k in rng.integers(0, n, max(1, n // 3)):
            chosen[k] = LIKE_DIGITS[rng.integers(len(LIKE_DIGITS))]
    text = "".join(chosen)
    return text.upper() if rng.random() < 0.15 else text.capitalize() if rng.random() < 0.3 else text


def _date(rng: np.random.Generator) -> str:
    separator = rng.choice(["/", "/", ".", "-"])
    day, month = int(rng.integers(1, 32)), int(rng.integers(1, 13))
    year = int(rng.integers(1900, 2100)) if rng.random() < 0.6 else int(rng.integers(10, 99))
    wide = rng.random() < 0.6
    return separator.join([f"{day:02d}" if wide else str(day), f"{month:02d}" if wide else str(month), str(year)])


def _amount(rng: np.random.Generator) -> str:
    whole, cents = int(np.exp(rng.uniform(0, 12))), int(rng.integers(0, 100))
    style = rng.integers(0, 6)
    if style < 2:
        text = f"{whole:,}".replace(",", str(rng.choice([",", "'", "."])))
    elif style < 5:
        text = f"{whole}{rng.choice(['.', ','])}{cents:02d}"
    else:
        text = f"{whole:,}.{cents:02d}"
    sign = str(rng.choice(["$", "€", "£", "", "", "-", "+", "#"]))
    if sign == "€" and rng.random() < 0.5:
        return f"{text} {sign}"
    return f"{text}{rng.choice(['%', ' %'])}" if rng.random() < 0.12 else sign + text


def _sum(rng: np.random.Generator) -> str:
    a, b = number(rng, 3), number(rng, 3)
    operation = rng.choice(["+", "-", "×", "÷", "*", ":", "/"])
    relation = rng.choice(["=", "=", "=", "<", ">"])
    gap = " " if rng.random() < 0.6 else ""
    right = number(rng, 3) if rng.random() < 0.8 else ""
    return gap.join([a, operation, b, relation, right] if rng.random() < 0.7 else [a, relation, b]).strip()


def _time(rng: np.random.Generator) -> str:
    return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02d}" + (f":{rng.integers(0, 60):02d}" * (rng.random() < 0.3))


def _telephone(rng: np.random.Generator) -> str:
    area = f"({rng.integers(10, 999)}) " if rng.random() < 0.6 else f"+{rng.integers(1, 99)} "
    return area + rng.choice(["-", " "]).join([number(rng, 4), number(rng, 4)])


def _code(rng: np.random.Generator) -> str:
    """Return letters beside digits, such as A4, 12b or No. 5: the letters are none that look like digits."""
    letter = "".join(ALONE[k] for k in rng.integers(0, len(ALONE), rng.integers(1, 3)))
    unit = UNITS[rng.integers(len(UNITS))]
    forms = (
        f"{letter}{number(rng, 3)}",
        f"{number(rng, 3)}{letter}",
        f"{number(rng, 4)} {unit}",
        f"{unit} {number(rng)}",
    )
    return forms[rng.integers(len(forms))]


def _signs(rng: np.random.Generator) -> str:
    """Return digits with any signs between them, so that each sign is seen in every company."""
    from mnistry.ocr.glyph_classes import SIGNS

    return "".join(number(rng, 2) + SIGNS[rng.integers(len(SIGNS))] for _ in range(rng.integers(1, 4))) + number(rng, 2)


_NUMERIC: tuple[tuple[Callable[[np.random.Generator], str], float], ...] = (
    (number, 0.46),
    (_amount, 0.14),
    (_date, 0.12),
    (_sum, 0.10),
    (_time, 0.04),
    (_telephone, 0.03),
    (_code, 0.05),
    (_signs, 0.06),
)
_KINDS, _WEIGHTS = zip(*_NUMERIC, strict=True)


def numeric(rng: np.random.Generator) -> str:
    """Return a text that is about a number: most often digits alone."""
    return _KINDS[rng.choice(len(_KINDS), p=_WEIGHTS)](rng)


# A letter alone that looks like a digit may be one: a word cut down to it is left out.
_UNCLEAR = {*LIKE_DIGITS, *DIGIT_ALONE, "|"}


def line(rng: np.random.Generator, longest: int, words: float, script: str = "latin") -> str:
    """Return one line of about `longest` characters at most; each of its parts is a word with probability `words`."""
    parts: list[str] = []
    room = longest
    while room > 0:
        part = word(rng, script) if rng.random() < words else numeric(rng)
        parts.append(part)
        room -= len(part) + 1
        if rng.random() < 0.35:
            break
    text = " ".join(parts)[: max(1, longest)].strip()
    whole = [part for part in text.split(" ") if part not in _UNCLEAR]
    return " ".join(whole) or number(rng, 3)
