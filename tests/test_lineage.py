import pytest

from mnistry.lineage import DataIdentity, RecipeRecord, Teacher
from mnistry.safety.json_record import as_json, from_json


def test_a_teacher_s_file_comes_before_its_origin() -> None:
    teacher = Teacher(source="a.onnx", sha256="0", recipe="fast", seed=1)
    origin = {"recipe": "fast", "seed": 1, "parameters": None, "epochs": None, "elapsed_s": None, "backend": None}
    assert list(as_json(teacher).items()) == list({"source": "a.onnx", "sha256": "0", **origin}.items())
    assert from_json(Teacher, {"sha256": "0"}) == Teacher(sha256="0")


def test_without_a_source_there_is_no_path() -> None:
    assert as_json(DataIdentity(name="mnist", sha256="0", train=1)) == {"name": "mnist", "sha256": "0", "train": 1}


@pytest.mark.parametrize(
    ("fields", "epochs", "views"), [({"epochs": 3, "views": 5}, 3, 5), ({}, None, 1), ({"epochs": "x"}, None, 1)]
)
def test_what_all_know_of_a_recipe(fields: dict[str, object], epochs: int | None, views: int) -> None:
    recipe = RecipeRecord(name="a", fields=fields)
    assert (recipe.epochs, recipe.views) == (epochs, views)
    assert from_json(RecipeRecord, as_json(recipe)) == recipe
