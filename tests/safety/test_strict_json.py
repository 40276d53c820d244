import json
import os
from pathlib import Path
from typing import Any

import pytest

from mnistry.safety import strict_json

SHAPE = {
    "name": str,
    "seed": (int, None),
    "rates?": [float],
    "interval?": [float, float],
    "of?": {"on": bool, str: int},
}


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a", "seed": 1},
        {"name": "", "seed": None, "rates": [], "more": {"anything": [1, "b"]}},
        {"name": "ä", "seed": -(2**63), "rates": [1, 0.5], "interval": [0, 1.0], "of": {"on": True, "a": 1, "b": 2}},
    ],
)
def test_what_fits_comes_as_it_is(value: dict[str, Any], tmp_path: Path) -> None:
    assert strict_json.parse(json.dumps(value), SHAPE) == value
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert strict_json.read(tmp_path / "a.json", SHAPE) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "it is []: wanted an object"),
        ("{}", "name is missing"),
        ('{"name": 1, "seed": 1}', "name is 1: wanted text"),
        ('{"name": "a"}', "seed is missing"),
        ('{"name": "a", "seed": true}', "seed is True: wanted a whole number"),
        ('{"name": "a", "seed": 1.0}', "seed is 1.0: wanted a whole number"),
        ('{"name": "a", "seed": 1, "rates": 5}', "rates is 5: wanted a list"),
        ('{"name": "a", "seed": 1, "rates": [1, "b"]}', "rates[1] is 'b': wanted a number"),
        ('{"name": "a", "seed": 1, "rates": [false]}', "rates[0] is False: wanted a number"),
        ('{"name": "a", "seed": 1, "interval": [1]}', "interval is [1]: wanted a list of 2"),
        ('{"name": "a", "seed": 1, "interval": [1, 2, 3]}', "interval is [1, 2, 3]: wanted a list of 2"),
        ('{"name": "a", "seed": 1, "interval": [1, null]}', "interval[1] is None: wanted a number"),
        ('{"name": "a", "seed": 1, "of": [1]}', "of is [1]: wanted an object"),
        ('{"name": "a", "seed": 1, "of": {"on": 1}}', "of.on is 1: wanted true or false"),
        ('{"name": "a", "seed": 1, "of": {"on": true, "b": "c"}}', "of.b is 'c': wanted a whole number"),
    ],
)
def test_what_does_not_fit_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        strict_json.parse(text, SHAPE)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested more than 32 deep"),
        ('{"a":' * 100_000, "nested more than 32 deep"),
        ("[" * 33 + "]" * 33, "nested more than 32 deep"),
        ('{"a": NaN}', "NaN is not valid JSON"),
        ("-Infinity", "-Infinity is not valid JSON"),
        ("1e999", "the number 1e999 is too large"),
        ("9" * 401, f"the number {'9' * 20}… is too large: wanted 64 bits at most"),
        (str(2**63), f"the number {2**63}… is too large: wanted 64 bits at most"),
        (r'["\ud800"]', r"'\ud800' contains half a character (a lone surrogate)"),
        (r'{"\udfff": 1}', r"'\udfff' contains half a character (a lone surrogate)"),
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ('{"a": 1} {', "Extra data: line 1 column 10 (char 9)"),
    ],
)
def test_what_is_no_sound_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        strict_json.parse(text)
    assert str(caught.value) == message


def test_what_is_just_allowed() -> None:
    assert strict_json.parse("[" * 31 + "]" * 31)
    assert strict_json.parse(str(2**63 - 1)) == 2**63 - 1
    assert strict_json.parse(r'["\ud83d\ude00"]') == ["😀"]
    nan, infinity = strict_json.parse("[NaN, -Infinity]", [float], finite=False)
    assert (nan != nan, infinity) == (True, float("-inf"))


def test_a_long_value_is_shortened() -> None:
    for value in ("x" * 10_000, list(range(10_000)), {str(i): i for i in range(10_000)}):
        problem = strict_json.misfit({"a": value}, {"a": int})
        assert problem is not None
        assert len(problem) < 200


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(FileNotFoundError):
        strict_json.read(path)
    path.write_bytes(b"\xff{}")
    with pytest.raises(UnicodeDecodeError):
        strict_json.read(path)
    os.truncate(path, 500_000_000)
    with pytest.raises(OSError, match="larger than 16 MB"):
        strict_json.read(path)
    path.write_text("{}      ")
    with pytest.raises(OSError, match="larger than 4e-06 MB"):
        strict_json.read(path, max_bytes=4)
