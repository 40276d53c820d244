from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.data import Dataset, image_folder, load_dataset
from mnistry.errors import DataError, DataWarning

CLASSES = ("one", "two", "zwei")


def class_folders(folder: Path, mnist: Dataset, each: int, start: int = 0, names: tuple[str, ...] = CLASSES) -> None:
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        chosen = np.flatnonzero(mnist.train.labels == label)[start : start + each]
        for i, image in enumerate(mnist.train.images[chosen, ..., 0]):
            Image.fromarray(image).save(folder / name / f"{i}.png")


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "val", "test"), ("training", "validation", "testing"), ("Train", "VALID", "Test")],
)
def test_every_part_has_its_folder(mnist: Dataset, tmp_path: Path, train: str, validation: str, test: str) -> None:
    class_folders(tmp_path / train, mnist, 9)
    class_folders(tmp_path / validation, mnist, 4, 9)
    class_folders(tmp_path / test, mnist, 5, 13)
    found = load_dataset(tmp_path)
    assert (len(found.train), len(found.validation), len(found.test)) == (27, 12, 15)
    assert found.class_names == CLASSES
    assert found.train.labels.tolist() == [0] * 9 + [1] * 9 + [2] * 9


def test_without_a_validation_folder_a_tenth_is_held_out(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "training", mnist, 60)
    class_folders(tmp_path / "testing", mnist, 10, 60)
    found = load_dataset(tmp_path)
    assert len(found.test) == 30
    assert len(found.train) + len(found.validation) == 180
    assert 5 < len(found.validation) < 40


def test_without_a_test_folder_a_tenth_is_held_out_and_that_is_said(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "train", mnist, 60)
    class_folders(tmp_path / "val", mnist, 4, 60)
    said = "train/, val/ without test/: a tenth of train/ is held out for testing$"
    with pytest.warns(DataWarning, match=said):
        found = load_dataset(tmp_path)
    assert len(found.validation) == 12
    assert 5 < len(found.test) < 40
    assert len(found.train) + len(found.test) == 180


def test_classes_of_a_part_are_those_of_training(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "train", mnist, 5)
    class_folders(tmp_path / "val", mnist, 5, 5, ("one", "three"))
    class_folders(tmp_path / "test", mnist, 2, 5, ("one", "two"))
    with pytest.raises(DataError, match=r"train/ holds the classes one, two, zwei, val/ one, three: wanted the same$"):
        load_dataset(tmp_path)
    (tmp_path / "val" / "three").rename(tmp_path / "val" / "zwei")
    with pytest.warns(DataWarning, match=r"val: no pictures of class two$"):
        found = load_dataset(tmp_path)
    assert found.validation.labels.tolist() == [0] * 5 + [2] * 5
    with pytest.warns(DataWarning, match=r"test: no pictures of class zwei$"):
        assert found.test.labels.tolist() == [0, 0, 1, 1]


def test_parts_without_training_pictures_and_twice(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "test", mnist, 4)
    with pytest.raises(DataError, match="test/ without train/: wanted class folders in both$"):
        load_dataset(tmp_path)
    class_folders(tmp_path / "train", mnist, 4)
    class_folders(tmp_path / "training", mnist, 4)
    with pytest.raises(DataError, match="train/ and training/: wanted one of them$"):
        load_dataset(tmp_path)


def test_a_class_may_be_called_train(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path, mnist, 40, names=("car", "test", "train"))
    assert load_dataset(tmp_path).class_names == ("car", "test", "train")


def test_folders_beside_the_parts_are_said(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "train", mnist, 9)
    class_folders(tmp_path / "test", mnist, 4)
    (tmp_path / "unsorted").mkdir()
    with pytest.warns(DataWarning, match="skipped unsorted/, beside train/$"):
        load_dataset(tmp_path)


def test_what_a_mac_zips_is_passed_over(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path, mnist, 40)
    (tmp_path / "__MACOSX" / "one").mkdir(parents=True)
    (tmp_path / "__MACOSX" / "one" / "._0.png").write_bytes(b"")
    for place in (tmp_path, tmp_path / "one"):
        (place / ".DS_Store").write_bytes(b"")
    found = load_dataset(tmp_path)
    assert found.class_names == CLASSES
    assert len(found.train) + len(found.validation) + len(found.test) == 120


def test_placement_is_the_data_sets_own(mnist: Dataset, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(30):
            drawn = np.full((100, 80), 255, np.uint8)
            drawn[10 + i : 60 + i, 20 : 30 + i % 3] = 30
            Image.fromarray(drawn).save(tmp_path / name / f"{i}.png")
    placed, padded = load_dataset(tmp_path), load_dataset(tmp_path, "pad")
    assert (placed.placement, padded.placement) == ("mnist", "pad")
    assert len(np.unique(placed.train.images, axis=0)) <= 3, "moved to the same place"
    assert len(np.unique(padded.train.images, axis=0)) > 10
    assert placed.sha256 != padded.sha256


@pytest.mark.parametrize(("train", "test"), [("trainingSet", "testSet"), ("train_images", "test_images")])
def test_other_names_of_the_parts_and_folders_within_folders(
    mnist: Dataset, tmp_path: Path, train: str, test: str
) -> None:
    class_folders(tmp_path / "archive" / train / train, mnist, 30)
    class_folders(tmp_path / "archive" / test / test, mnist, 4, 30)
    with pytest.warns(DataWarning, match="its data are those in archive/$"):
        found = load_dataset(tmp_path)
    assert found.class_names == CLASSES
    assert (len(found.train) + len(found.validation), len(found.test)) == (90, 12)
    assert (found.name, found.source) == (tmp_path.name, str(tmp_path))


def test_people_are_not_classes(mnist: Dataset, tmp_path: Path) -> None:
    for person in ("anna", "bert", "carl"):
        class_folders(tmp_path / person, mnist, 5)
    said = r"anna/ and bert/ hold folders of the same names \(one, two, zwei\): wanted the folders of pictures of each"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path)


def test_runs_beside_the_classes_are_no_class(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path, mnist, 40)
    (tmp_path / "runs" / "1").mkdir(parents=True)
    (tmp_path / "runs" / "1" / "recipe.json").write_text("{}")
    Image.new("L", (50, 50), 90).save(tmp_path / "runs" / "1" / "confusion_matrix.png")
    with pytest.warns(DataWarning, match=r"skipped 1 folder \(runs\): hidden, a link, or with runs in it$"):
        found = load_dataset(tmp_path)
    assert found.class_names == CLASSES


def test_one_folder_of_the_same_name_in_each_class_is_no_class(mnist: Dataset, tmp_path: Path) -> None:
    for name in CLASSES:
        class_folders(tmp_path / name, mnist, 1, names=("images",))
    found = image_folder.read(tmp_path)
    assert (found.class_names, len(found.images)) == (CLASSES, 3)


def test_folders_around_the_data_are_few_and_not_hidden(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "a" / ".cache", mnist, 9)
    with pytest.raises(DataError, match="no class folders"):
        load_dataset(tmp_path)
    deep = tmp_path / "deep" / Path(*"12345678")
    class_folders(deep, mnist, 9)
    with pytest.raises(DataError, match="one class only"):
        load_dataset(tmp_path / "deep")
