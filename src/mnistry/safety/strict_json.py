"""Parses untrusted JSON strictly: bounded in size and depth, and of an expected shape.

    read(path, {"recipe": {"name": str}, "seed": (int, None), "parts?": [str]})

A shape is a type, None, a frozenset of texts (one of them), a tuple of shapes (any one of them), a list with one shape
(that of every item), a list with several shapes (one for each item, of exactly that many), or a dict with the shape of
each key's value. In a dict a key that ends with "?" may be missing. Keys that are not named may hold anything, or, if
the dict has the key `str`, only values of that key's shape.
"""

import json
import math
from itertools import chain, cycle
from pathlib import Path
from reprlib import Repr
from typing import Any

from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import read_bytes

MAX_DEPTH = 32
MAX_INT = 2**63
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60
NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
NAMES |= {dict: "an object", list: "a list"}


def read(path: Path, shape: Any = dict, max_bytes: int = LIMITS.json_bytes) -> Any:
    """Read a JSON file. Raises `OSError` if it cannot be read, `ValueError` if it is invalid or of another shape."""
    return parse(read_bytes(path, max_bytes).decode("utf-8"), shape)


def parse(text: str, shape: Any = object, *, finite: bool = True) -> Any:
    """Parse JSON (RFC 8259) of a shape; integers have at most 64 bits. Raises `ValueError`.

    Unless `finite`, NaN and Infinity, as Python writes them, are accepted as numbers.
    """
    try:
        constant = _constant if finite else float
        value = json.loads(text, parse_constant=constant, parse_float=_float, parse_int=_int)
    except RecursionError as error:
        raise ValueError(f"nested more than {MAX_DEPTH} deep") from error
    _check_depth_and_text(value)
    if problem := misfit(value, shape):
        raise ValueError(problem)
    return value


def misfit(value: Any, shape: Any, where: str = "") -> str | None:
    """Describe what in a value does not match the shape; None if all of it does."""
    if isinstance(shape, dict):
        return _misfit_object(value, shape, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where or 'it'} is {short(value)}: wanted a list"
        if len(shape) > 1 and len(value) != len(shape):
            return f"{where or 'it'} is {short(value)}: wanted a list of {len(shape)}"
        pairs = zip(value, cycle(shape), strict=False)
        return next(filter(None, (misfit(one, of, f"{where}[{i}]") for i, (one, of) in enumerate(pairs))), None)
    shapes = shape if isinstance(shape, tuple) else (shape,)
    problems = [_misfit_one(value, one, where) for one in shapes]
    return None if None in problems else problems[0]


def short(value: object) -> str:
    """Format a value for an error message, shortened if it is long."""
    return _SHORT.repr(value)


def _misfit_one(value: Any, shape: Any, where: str) -> str | None:
    if isinstance(shape, dict | list):
        return misfit(value, shape, where)
    if isinstance(shape, frozenset):
        fits = isinstance(value, str) and value in shape
        *some, last = sorted(shape)
        return None if fits else f"{where or 'it'} is {short(value)}: wanted {' or '.join([', '.join(some), last])}"
    if shape is None:
        fits = value is None
    elif shape is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, shape) and not (shape is int and isinstance(value, bool))
    return None if fits else f"{where or 'it'} is {short(value)}: wanted {NAMES.get(shape, 'null')}"


def _misfit_object(value: Any, shape: dict[Any, Any], where: str) -> str | None:
    if not isinstance(value, dict):
        return f"{where or 'it'} is {short(value)}: wanted an object"
    named = {key.removesuffix("?"): (key, inner) for key, inner in shape.items() if key is not str}
    before = f"{where}." if where else ""
    for name, (key, inner) in named.items():
        if name not in value:
            if key == name:
                return f"{before}{name} is missing"
        elif problem := misfit(value[name], inner, f"{before}{name}"):
            return problem
    if str not in shape:
        return None
    others = ((name, other) for name, other in value.items() if name not in named)
    return next(filter(None, (misfit(other, shape[str], f"{before}{name[:60]}") for name, other in others)), None)


def _check_depth_and_text(value: Any) -> None:
    """Check the nesting depth, and that no text has a lone surrogate; level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        for one in level:
            for text in (one,) if isinstance(one, str) else one if isinstance(one, dict) else ():
                if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                    raise ValueError(f"{short(text)} contains half a character (a lone surrogate)")
        level = list(
            chain.from_iterable(
                one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
            )
        )
    if level:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not valid JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value


def _int(digits: str) -> int:
    if len(digits) > 20 or not -MAX_INT <= int(digits) < MAX_INT:
        raise ValueError(f"the number {digits[:20]}… is too large: wanted 64 bits at most")
    return int(digits)
