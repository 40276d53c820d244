import json
import math
from typing import Any

import pytest

from mnistry.classifier import metadata
from mnistry.errors import ModelError
from mnistry.safety.limits import LIMITS


def test_values_are_json_and_others_text() -> None:
    strings = {"seed": "3", "author": "me, not JSON", "recipe": '{"name": "fast", "epochs": 1}', "deep": "[" * 100_000}
    found = metadata.read(strings, "m.onnx")
    assert found == {
        "seed": 3,
        "author": "me, not JSON",
        "recipe": {"name": "fast", "epochs": 1},
        "deep": "[" * 100_000,
    }


@pytest.mark.parametrize(
    "strings",
    [
        {"recipe": '"fast"'},
        {"recipe": '{"name": 5}'},
        {"recipe": '{"name": "a", "members": [{"recipe": 5, "seed": 1}]}'},
        {"seed": "1.5"},
        {"seed": "9" * 401},
        {"data": '{"name": "mnist"}'},
        {"calibrated_from": "5"},
        {"teachers": '{"a": 1}'},
        {"elapsed_s": "NaN"},
        {"backend": '"\\ud800"'},
        {"validation": "[1]"},
    ],
    ids=lambda strings: str(strings)[:40],
)
def test_facts_of_another_shape_are_not_told(strings: dict[str, str]) -> None:
    assert metadata.read({"mnistry": '"0.1"', **strings}, "m.onnx") == {"mnistry": "0.1"}


def test_a_model_that_says_too_much() -> None:
    with pytest.raises(ModelError, match=r"^m\.onnx: has 9\.0 MB of metadata: wanted at most 1 MB$"):
        metadata.read(
            {"class_names": json.dumps([str(n) for n in range(900_000)])[:9_000_000].ljust(9_000_000)}, "m.onnx"
        )


@pytest.mark.parametrize(
    "value", ["0", "-1", "1e-320", "1e308", '"hot"', "NaN", "Infinity", "1e999", "9" * 401, "true", "null", "[1]"]
)
def test_a_temperature_that_is_none(value: str) -> None:
    result = metadata.read({"temperature": value}, "m.onnx")
    with pytest.raises(ModelError, match=r"^m\.onnx: its temperature is .{1,60}: wanted 0\.001 to 1000$"):
        metadata.temperature(result, "m.onnx")


@pytest.mark.parametrize("value", ['{"threshold": null}', '{"threshold": NaN}', "{}", "5", '"none"', "[]", "9" * 401])
def test_a_threshold_that_is_none(value: str) -> None:
    """Not passed over: without its threshold a model would take everything for a digit."""
    if value == "5":
        assert metadata.threshold({"rejection": 5}, "m.onnx") == 5
        return
    result = metadata.read({"rejection": value}, "m.onnx")
    with pytest.raises(ModelError, match=r"^m\.onnx: its rejection threshold is .{1,60}: wanted a number$"):
        metadata.threshold(result, "m.onnx")


def test_what_is_not_told_has_its_default() -> None:
    assert metadata.temperature({}, "m.onnx") == 1
    assert metadata.threshold({}, "m.onnx") == -math.inf
    assert metadata.names({}, 3, "m.onnx") == ("0", "1", "2")
    assert metadata.names({"class_names": [4, "b"]}, 2, "m.onnx") == ("4", "b")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "b"], r"has 3 logits but the class names \['a', 'b'\]: wanted a name for each"),
        ("abc", "has 3 logits but the class names 'abc': wanted a name for each"),
        ([str(n) for n in range(1_000_000)], r"has 3 logits but the class names \['0', '1', '2', '3', '4', '5', \.\.\.\]: wanted a name for each"),
        (["a", "b", None], r"\[2\] is None: wanted text"),
        (["a", "b", "a"], "two classes are named 'a': wanted a name for each"),
        (["a", "b", ""], "the name of class 2 has 0 characters: wanted 1 to 100"),
        (["a", "b", "c" * 101], "the name of class 2 has 101 characters: wanted 1 to 100"),
        (["a", "\x1b[31mb", "c"], r"class 1 is named '\\x1b\[31mb': wanted text without control characters"),
        (["a", "b\nc", "c"], r"class 1 is named 'b\\nc': wanted text without control characters"),
        (["a", "b\u202ec", "c"], r"class 1 is named 'b\\u202ec': wanted text without control characters"),
        (["a", "\ud800", "c"], r"class 1 is named '\\ud800': wanted text without control characters"),
    ],
    ids=lambda value: str(value)[:20].encode("unicode_escape").decode(),
)  # fmt: skip
def test_names_that_are_none(names: Any, said: str) -> None:
    with pytest.raises(ModelError, match=rf"^m\.onnx: {said}$"):
        metadata.names({"class_names": names}, 3, "m.onnx")


def test_more_classes_than_there_may_be() -> None:
    names = [str(n) for n in range(LIMITS.classes + 1)]
    with pytest.raises(ModelError, match=r"^m\.onnx: 4001 classes: wanted 1 to 4,000$"):
        metadata.names({"class_names": names}, len(names), "m.onnx")
