import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Cli
from mnistry.classifier.classifier import Classifier
from mnistry.data import Dataset
from mnistry.run.folder import Run


@pytest.fixture(scope="module")
def test_csv(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty images as Kaggle gives them: a header, no labels."""
    path = tmp_path_factory.mktemp("kaggle") / "test.csv"
    rows = [[f"pixel{i}" for i in range(784)], *mnist.validation.images[:40].reshape(40, -1).tolist()]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    return path


def table(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


def test_a_submission_for_kaggle(cli: Cli, mnist: Dataset, test_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "submission.csv"
    done = cli("classify", test_csv, "--out", out)
    assert (done.stdout, done.stderr, done.returncode) == (f"40 labels in {out}\n", "", 0)
    expected = Classifier().classify(mnist.validation.images[:40]).argmax(axis=1)
    rows = table(out.read_text())
    assert rows[0] == ["ImageId", "Label"]
    assert rows[1:] == [[str(i), str(label)] for i, label in enumerate(expected, 1)]
    assert b"\r" not in out.read_bytes()


def test_confidence_is_a_third_column(cli: Cli, mnist: Dataset, test_csv: Path) -> None:
    rows = table(cli("classify", test_csv, "--confidence").stdout)
    assert rows[0] == ["ImageId", "Label", "Confidence"]
    expected = Classifier().classify(mnist.validation.images[:40]).max(axis=1)
    assert np.allclose([float(row[2]) for row in rows[1:]], expected, atol=1e-4)


def test_pictures_by_file_and_those_that_fail(cli: Cli, mnist: Dataset, tmp_path: Path) -> None:
    for i, image in enumerate(mnist.validation.images[:3, ..., 0]):
        Image.fromarray(255 - np.kron(image, np.ones((3, 3), np.uint8))).save(tmp_path / f"a, {i}.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    done = cli("classify", tmp_path)
    rows = table(done.stdout)
    assert rows[0] == ["file", "label", "confidence"]
    assert [row[0] for row in rows[1:]] == [str(tmp_path / f"a, {i}.png") for i in range(3)]
    assert [row[1] for row in rows[1:]] == [str(label) for label in mnist.validation.labels[:3]]
    assert done.stderr.startswith(f"error: {tmp_path / 'b.png'}: not a picture: wanted PNG, JPEG")
    assert done.returncode == 1
    objects = [json.loads(line) for line in cli("classify", tmp_path, "--json").stdout.splitlines()]
    assert objects[0].keys() == {"file", "label", "confidence"}
    assert objects[3].keys() == {"file", "error"}


def test_json_is_one_object_an_image(cli: Cli, mnist: Dataset, test_csv: Path, tmp_path: Path) -> None:
    done = cli("classify", test_csv, "--json", "--out", tmp_path / "a.csv")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["image"] for one in found] == list(range(1, 41))
    assert [one["label"] for one in found] == [row[1] for row in table((tmp_path / "a.csv").read_text())[1:]]


def test_labels_in_the_data_are_compared(cli: Cli, mnist: Dataset, tmp_path: Path) -> None:
    rows = np.concatenate([mnist.validation.labels[:20, None], mnist.validation.images[:20].reshape(20, -1)], axis=1)
    rows[0, 0] = (rows[0, 0] + 1) % 10
    (tmp_path / "train.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    done = cli("classify", tmp_path / "train.csv")
    assert done.stderr == "19 of 20 agree with the labels in the data\n"
    assert done.returncode == 0


def test_a_run_is_a_model(cli: Cli, finished: tuple[Run, object], test_csv: Path) -> None:
    done = cli("classify", test_csv, "--model", finished[0].folder)
    assert len(table(done.stdout)) == 41
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["none.csv"], 1, "none.csv: no such file or folder, nor a data set known by name (mnist, "),
        (["mnist", "--model", "none.onnx"], 2, "none.onnx: no such model or run"),
        (["mnist", "--out", "a.txt"], 2, "--out a.txt: wanted a name that ends in .csv, in a folder that is there"),
        (["mnist", "--out", "none/a.csv"], 2, "--out none/a.csv: wanted a name that ends in .csv, in a folder"),
        (
            ["mnist", "--placement", "centre"],
            2,
            "Invalid value for '--placement': ",
        ),
        ([], 2, "Missing argument 'DATA'."),
    ],
)
def test_wrong_use_is_one_line(cli: Cli, tmp_path: Path, words: list[str], status: int, message: str) -> None:
    done = cli("classify", *words, cwd=tmp_path)
    assert done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1
    assert (done.stdout, done.returncode) == ("", status)
