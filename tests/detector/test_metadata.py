import json

import pytest

from mnistry.detector import metadata
from mnistry.detector.metadata import DetectorMetadata
from mnistry.errors import ModelError
from mnistry.lineage import DataIdentity, Origin, PageScores, RecipeRecord
from mnistry.ocr.glyph_classes import GLYPHS

SCORES = PageScores(
    score=0.72, digits_right=0.9, lines_exact=0.8, silence=1.0,
    true=10, found=9, right=9, lines=5, exact=4, empty=2, silent=2,
)  # fmt: skip
WHOLE = DetectorMetadata(
    kind="detector",
    mnistry="0.1",
    recipe=RecipeRecord(name="detector", fields={"epochs": 40}),
    seed=1,
    class_names=GLYPHS,
    data=DataIdentity(name="pages", sha256="0"),
    backend="torch",
    parameters=5,
    epochs=40,
    best_epoch=37,
    elapsed_s=9.5,
    validation=SCORES,
)


def test_written_and_read_again() -> None:
    values = WHOLE.to_json()
    assert list(values)[:4] == ["kind", "mnistry", "commit", "recipe"]
    assert values["commit"] is None
    strings = {key: json.dumps(value) for key, value in values.items()}
    assert metadata.read(strings, "d.onnx") == WHOLE
    metadata.check_names(WHOLE, "d.onnx")


def test_a_bare_one_says_nothing() -> None:
    assert metadata.read({}, "d.onnx") == DetectorMetadata()
    assert DetectorMetadata().to_json() == {}
    assert DetectorMetadata().origin == Origin()


def test_its_origin() -> None:
    wanted = Origin(recipe="detector", seed=1, parameters=5, epochs=40, elapsed_s=9.5, backend="torch")
    assert WHOLE.origin == wanted


@pytest.mark.parametrize(
    "strings", [{"seed": "1.5"}, {"validation": '{"score": 1}'}, {"kind": "5"}, {"recipe": "text"}]
)
def test_facts_of_another_shape_are_left_out(strings: dict[str, str]) -> None:
    assert metadata.read({"mnistry": '"0.1"', **strings}, "d.onnx") == DetectorMetadata(mnistry="0.1")


def test_one_that_says_too_much() -> None:
    with pytest.raises(ModelError, match=r"^d\.onnx: has 2\.0 MB of metadata: wanted at most 1 MB$"):
        metadata.read({"a": "b" * 2_000_000}, "d.onnx")
