import json
import shutil
from pathlib import Path

import pytest

from conftest import Cli
from mnistry.assets import MODEL
from mnistry.errors import RunError
from mnistry.reader import Reader
from mnistry.server.model_info import ModelInfo

HEADER = "epoch,loss,accuracy,validation_loss\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copy(MODEL, tmp_path / "model.onnx"))


def test_the_bundled_model_tells_how_it_learned() -> None:
    result = ModelInfo(Reader()).info()
    assert len(result["history"]) == result["metadata"]["epochs"] == 24
    assert result["history"][0]["epoch"] == 1
    assert "<h1>" in (result["card"] or "")


def test_a_run_that_diverged_tells_nothing_where_it_has_no_number(model: Path) -> None:
    """JSON knows no NaN."""
    assert ModelInfo(Reader(model)).info()["history"] == []
    model.with_name("history.csv").write_text(HEADER + "1,nan,0.5,\n2,inf,-inf,0.25\n")
    result = ModelInfo(Reader(model)).info()
    assert result["history"] == [
        {"epoch": 1, "loss": None, "accuracy": 0.5, "validation_loss": None},
        {"epoch": 2, "loss": None, "accuracy": None, "validation_loss": 0.25},
    ]
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("content", [b"\xff", b"", HEADER.encode() + b"1,2\n", HEADER.encode() + b"x" * 200_000])
def test_a_damaged_history_is_said(content: bytes, model: Path) -> None:
    model.with_name("history.csv").write_bytes(content)
    with pytest.raises(RunError, match=r"history\.csv: cannot be read \(.*\): fix or remove it$"):
        ModelInfo(Reader(model))


def test_serving_a_run_with_a_damaged_history_ends_at_once(model: Path, cli: Cli) -> None:
    path = model.with_name("history.csv")
    path.write_text(HEADER + "1,2,3,4,5\n")
    done = cli("serve", "--model", model.parent, "--port", "0")
    wanted = f"error: {path}: cannot be read (row 1 has 5 cells: wanted 4): fix or remove it\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)
