import json
import math
from pathlib import Path
from typing import Any

import onnx
import pytest

from mnistry.assets import MODEL
from mnistry.classifier import metadata
from mnistry.classifier.classifier import Classifier
from mnistry.classifier.metadata import CalibratingRun, ModelMetadata
from mnistry.errors import ModelError
from mnistry.lineage import Origin, RecipeRecord, Rejection
from mnistry.run.folder import Run
from mnistry.safety.limits import LIMITS


def test_values_are_json_and_others_text() -> None:
    strings = {"seed": "3", "author": "me, not JSON", "recipe": '{"name": "fast", "epochs": 1}', "deep": "[" * 100_000}
    found = metadata.read(strings, "m.onnx")
    assert found == ModelMetadata(
        seed=3,
        recipe=RecipeRecord(name="fast", fields={"epochs": 1}),
        others={"author": "me, not JSON", "deep": "[" * 100_000},
    )


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
def test_facts_of_another_shape_are_left_out(strings: dict[str, str]) -> None:
    assert metadata.read({"mnistry": '"0.1"', **strings}, "m.onnx") == ModelMetadata(mnistry="0.1")


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
        assert metadata.threshold(ModelMetadata.from_json({"rejection": 5}), "m.onnx") == 5
        return
    result = metadata.read({"rejection": value}, "m.onnx")
    with pytest.raises(ModelError, match=r"^m\.onnx: its rejection threshold is .{1,60}: wanted a number$"):
        metadata.threshold(result, "m.onnx")


def test_what_is_missing_has_its_default() -> None:
    assert metadata.temperature(ModelMetadata(), "m.onnx") == 1
    assert metadata.threshold(ModelMetadata(), "m.onnx") == -math.inf
    assert metadata.names(ModelMetadata(), 3, "m.onnx") == ("0", "1", "2")
    assert metadata.names(ModelMetadata.from_json({"class_names": [4, "b"]}), 2, "m.onnx") == ("4", "b")


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
        metadata.names(ModelMetadata.from_json({"class_names": names}), 3, "m.onnx")


def test_more_classes_than_there_may_be() -> None:
    names = [str(n) for n in range(LIMITS.classes + 1)]
    with pytest.raises(ModelError, match=r"^m\.onnx: 4001 classes: wanted 1 to 4,000$"):
        metadata.names(ModelMetadata.from_json({"class_names": names}), len(names), "m.onnx")


def strings_of(path: Path) -> dict[str, str]:
    return {one.key: one.value for one in onnx.load(path).metadata_props}


def test_a_real_model_s_go_in_and_come_out(finished: tuple[Run, dict[str, Any]]) -> None:
    for path in (finished[0].model, MODEL):
        strings = strings_of(path)
        found = metadata.read(strings, "m.onnx")
        assert found.to_json() == {key: json.loads(value) for key, value in strings.items()}
        assert list(found.to_json()) == list(strings), "in the order of the file"
        assert found.others == {}
    assert Classifier(finished[0].model).metadata.origin == Origin(
        recipe="tutorial", seed=0, parameters=156_042, epochs=2, elapsed_s=finished[1]["elapsed_s"], backend="torch"
    )


def test_an_ensemble_names_its_lack_of_a_seed() -> None:
    recipe = RecipeRecord(name="ensemble", members=())
    found = ModelMetadata(mnistry="0.1", recipe=recipe, temperature=1.0).to_json()
    assert found == {
        "commit": None,
        "recipe": {"name": "ensemble", "members": []},
        "seed": None,
        "backend": None,
        "mnistry": "0.1",
        "calibrated_from": None,
        "temperature": 1.0,
    }
    assert ModelMetadata.from_json(found) == ModelMetadata(mnistry="0.1", recipe=recipe, temperature=1.0)


def test_a_calibration_taken_from_another_run_stands_together() -> None:
    rejection = Rejection(threshold=1.0, learned_below=0.1)
    found = ModelMetadata(calibrated_from=CalibratingRun(3), temperature=1.5, rejection=rejection)
    assert list(found.to_json()) == ["calibrated_from", "temperature", "rejection"]
    assert ModelMetadata.from_json(found.to_json()) == found


def test_a_threshold_as_older_versions_wrote_it_is_kept() -> None:
    found = ModelMetadata.from_json({"rejection": {"threshold": 2.5}})
    assert found.rejection is None
    assert metadata.threshold(found, "m.onnx") == 2.5
    assert found.to_json() == {"rejection": {"threshold": 2.5}}
