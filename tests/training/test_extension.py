import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Cli
from mnistry.data import Dataset, image_folder, load_dataset
from mnistry.errors import DataError
from mnistry.reader import Reader
from mnistry.run.folder import Run
from mnistry.training import extension, train


def folder_of(path: Path, images: np.ndarray, name: str) -> Path:
    (path / name).mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images):
        Image.fromarray(image).save(path / name / f"{i:04}.png")
    return path


@pytest.fixture
def crossed(mnist: Dataset, tmp_path: Path) -> Path:
    """Twelve sevens with a bar, as the page's corrections would have them."""
    sevens = mnist.train.images[mnist.train.labels == 7][:12, ..., 0].copy()
    sevens[:, 14:16, 8:20] = 255
    return folder_of(tmp_path / "mine", sevens, "7")


def test_a_quarter_is_held_out_and_the_rest_shown_often(crossed: Path, mnist: Dataset) -> None:
    found = extension.load(crossed, mnist)
    assert (len(found.learned), len(found.held), found.times) == (9, 3, 50)
    assert set(found.learned.labels) == set(found.held.labels) == {7}
    mixed = found.mixed_into(mnist)
    assert len(mixed.train) == len(mnist.train) + 450
    assert np.array_equal(mixed.train.images[-9:], found.learned.images)
    assert np.array_equal(mixed.train.images[: len(mnist.train)], mnist.train.images)
    assert mixed.validation is mnist.validation
    held = {image.tobytes() for image in found.held.images}
    assert not held & {image.tobytes() for image in mixed.train.images[len(mnist.train) :]}


def test_the_only_picture_of_a_class_is_learned(mnist: Dataset, tmp_path: Path) -> None:
    """Where all are the only ones, nothing is held out, and nothing is said of what was gained."""
    for label in range(4):
        first = mnist.train.images[np.flatnonzero(mnist.train.labels == label)[:1], ..., 0]
        folder_of(tmp_path / "mine", first, str(label))
    found = extension.load(tmp_path / "mine", mnist)
    assert (len(found.learned), len(found.held)) == (4, 0)
    assert found.scored(Reader()) is None
    several = mnist.train.images[np.flatnonzero(mnist.train.labels == 5)[:5], ..., 0]
    found = extension.load(folder_of(tmp_path / "mine", several, "5"), mnist)
    assert sorted(found.learned.labels) == [0, 1, 2, 3, 5, 5, 5, 5]
    assert list(found.held.labels) == [5]


def test_many_pictures_are_shown_once(mnist: Dataset, tmp_path: Path) -> None:
    small = load_small(mnist)
    found = extension.load(folder_of(tmp_path / "mine", mnist.validation.images[:40, ..., 0], "3"), small)
    assert found.times == 1


def load_small(mnist: Dataset) -> Dataset:
    from mnistry.data.split import Split

    return replace(mnist, train=Split(mnist.train.images[:400], mnist.train.labels[:400]))


@pytest.mark.parametrize(
    ("names", "n", "message"),
    [
        (("seven",), 4, "holds a class seven: wanted 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (("1",), 3, "3 pictures are too few: wanted 4 or more"),
        ((), 0, "no class folders: wanted a folder of pictures for a class"),
    ],
)
def test_what_cannot_extend_is_refused(
    mnist: Dataset, tmp_path: Path, names: tuple[str, ...], n: int, message: str
) -> None:
    (tmp_path / "mine").mkdir()
    for name in names:
        folder_of(tmp_path / "mine", mnist.train.images[:n, ..., 0], name)
    with pytest.raises(DataError) as caught:
        extension.load(tmp_path / "mine", mnist)
    assert str(caught.value).endswith(message)
    (tmp_path / "loop").symlink_to("loop")
    for place in ("nowhere", tmp_path / "loop", "a\0b"):
        with pytest.raises(DataError) as caught:
            extension.load(place, mnist)
        assert str(caught.value) == f"--extend {place}: no such folder"


@pytest.mark.slow
def test_it_is_learned_noted_and_scored(crossed: Path, small_npz: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "run"
    words = ("train", "tutorial", "--data", small_npz, "--epochs", "1", "--out", out, "--json")
    done = cli(*words, "--extend", crossed)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["extension"]
    assert said["total"] == 3
    assert 0 <= said["correct"] <= 3
    run = Run(out)
    assert run.config.extension is not None
    assert run.config.extension.source == str(crossed)
    assert run.config.extension.learned == 9
    metadata = Reader(run.model).metadata
    assert metadata.extension == replace(run.config.extension, source="")
    assert str(tmp_path) not in json.dumps(metadata.to_json())


def test_pictures_that_changed_are_not_gone_on_with(crossed: Path, small_npz: Path) -> None:
    data = load_dataset(small_npz)
    result = extension.load(crossed, data).record
    assert extension.find(result, data)
    (crossed / "7" / "0000.png").unlink()
    with pytest.raises(DataError, match=r"not the pictures that this run was started with \(SHA-256 differs\)$"):
        extension.find(result, data)
    assert extension.find(None, data) is None


def test_the_pictures_are_decoded_once(
    crossed: Path, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []
    read = image_folder.read
    monkeypatch.setattr(image_folder, "read", lambda path, **more: decoded.append(path) or read(path, **more))
    run = train("fast", data=small_npz, out=tmp_path / "run", extend=crossed)
    assert decoded == [crossed]
    assert run.evaluation is not None
    assert run.evaluation.extension is not None
    assert run.evaluation.extension.total == 3


def test_pictures_are_placed_as_is_asked_and_that_is_kept(mnist: Dataset, tmp_path: Path) -> None:
    images = [np.pad(255 - image[..., 0], (0, 40), constant_values=255) for image in mnist.train.images[:5]]
    folder = folder_of(tmp_path / "mine", np.array(images), "7")
    placed, padded = extension.load(folder, mnist), extension.load(folder, mnist, "pad")
    assert placed.sha256 != padded.sha256
    assert (placed.record.placement, padded.record.placement) == ("mnist", "pad")
    again = extension.find(padded.record, mnist)
    assert again is not None
    assert again.sha256 == padded.sha256


def test_evaluating_a_run_again_keeps_what_its_own_pictures_gave(
    crossed: Path, small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    run = train("fast", data=small_npz, extend=crossed, out=tmp_path / "run")
    assert run.evaluation is not None
    before = run.evaluation.extension
    assert before is not None
    shown = cli("evaluate", run.folder)
    assert f"of your {before.total} held-out pictures right" in shown.stdout
    assert Run(run.folder).evaluation == run.evaluation
    assert json.loads((run.folder / "evaluation.json").read_text())["extension"]["correct"] == before.correct
    shutil.rmtree(crossed)
    shown = cli("evaluate", run.folder)
    assert shown.returncode == 0
    assert shown.stderr == f"warning: --extend {crossed}: no such folder: their earlier figures stay\n"
    assert Run(run.folder).evaluation == run.evaluation


def test_pictures_of_an_older_record_were_padded(mnist: Dataset, tmp_path: Path) -> None:
    images = [np.pad(255 - image[..., 0], (0, 40), constant_values=255) for image in mnist.train.images[:5]]
    folder = folder_of(tmp_path / "mine", np.array(images), "7")
    record = replace(extension.load(folder, mnist, "pad").record, placement=None)
    found = extension.find(record, mnist)
    assert found is not None
    assert found.placement == "pad"
