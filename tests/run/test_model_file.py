from pathlib import Path

import pytest

from mnistry.errors import RunError
from mnistry.run.model_file import model_file


def test_a_file_and_a_folder_with_one(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"")
    assert model_file(model) == model_file(tmp_path) == model


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "none: no such model or run"),
        ("empty", "empty: no model there: wanted a model.onnx, or a folder with one, as mnistry train makes it"),
        ("begun", "begun: has no model yet: go on with: mnistry train --resume begun"),
        ("a" * 300, f"{'a' * 300}: cannot be read (File name too long)"),
        ("a\0b", "a\0b: no such model or run"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("begun").mkdir()
    Path("begun/recipe.json").write_text("{}")
    with pytest.raises(RunError) as said:
        model_file(Path(name))
    assert str(said.value).startswith(message)
