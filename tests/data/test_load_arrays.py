import shutil
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import Dataset, Split, idx, load_dataset, save
from mnistry.errors import DataError, DataWarning, UsageError


def as_csv(split: Split, labels: bool = True) -> str:
    pixels = split.images.reshape(len(split), -1)
    table = np.concatenate([split.labels[:, None], pixels], axis=1) if labels else pixels
    header = (["label"] if labels else []) + [f"pixel{i}" for i in range(784)]
    return "\n".join(",".join(map(str, row)) for row in [header, *table.tolist()]) + "\n"


def part(mnist: Dataset, start: int, count: int) -> Split:
    return Split(mnist.train.images[start : start + count], mnist.train.labels[start : start + count])


def test_a_csv_file_is_split_by_content_and_that_is_said(mnist: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_text(as_csv(part(mnist, 0, 400)))
    said = r"train\.csv: it has no test images: a tenth of its images is held out for testing, another for validation$"
    with pytest.warns(DataWarning, match=said):
        found = load_dataset(file)
    sizes = [len(found.train), len(found.validation), len(found.test)]
    assert sum(sizes) == 400
    assert sizes[0] > 280
    assert (found.name, found.class_names, found.image_shape) == ("train", tuple("0123456789"), (28, 28, 1))
    rows = file.read_text().splitlines()
    file.write_text("\n".join([rows[0], *rows[:0:-1]]))
    with pytest.warns(DataWarning):
        turned = load_dataset(file)
    assert sorted(turned.test.labels) == sorted(found.test.labels), "the order of the rows decided"
    assert np.array_equal(np.unique(turned.test.images, axis=0), np.unique(found.test.images, axis=0))


def test_a_folder_with_a_csv_file_of_each_part(mnist: Dataset, tmp_path: Path) -> None:
    learned, test = part(mnist, 0, 240), part(mnist, 240, 30)
    (tmp_path / "mnist_train.csv").write_text(as_csv(learned))
    (tmp_path / "mnist_test.csv").write_text(as_csv(test))
    found = load_dataset(tmp_path)
    assert (len(found.train), len(found.validation)) == (220, 20)
    assert np.array_equal(found.test.images, test.images)
    assert load_dataset(found.source).sha256 == found.sha256


def test_kaggles_folder_has_a_test_file_without_labels(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(as_csv(part(mnist, 0, 300)))
    (tmp_path / "test.csv").write_text(as_csv(part(mnist, 300, 5), labels=False))
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    with pytest.warns(DataWarning) as said:
        found = load_dataset(tmp_path)
    skipped, split = (str(one.message) for one in said)
    assert skipped == f"{tmp_path}: skipped 1 entry (sample_submission.csv), beside train.csv and test.csv"
    assert split.startswith(f"{tmp_path / 'train.csv'}: test.csv has no labels: a tenth of its images is held out")
    assert len(found.train) + len(found.validation) + len(found.test) == 300


def test_csv_that_cannot_be_learned_from(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(as_csv(part(mnist, 0, 30), labels=False))
    with pytest.raises(DataError, match=r"has 784 columns, so no labels to learn from: wanted 785, with the label$"):
        load_dataset(tmp_path / "train.csv")
    (tmp_path / "train2.csv").write_text(as_csv(part(mnist, 0, 3)))
    said = r"holds several CSV files, train\.csv, train2\.csv: wanted the path of one$"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path)


def write_idx(folder: Path, mnist: Dataset, nested: bool = False) -> None:
    arrays = {
        "train-images-idx3-ubyte": mnist.train.images[:120, ..., 0],
        "train-labels-idx1-ubyte": mnist.train.labels[:120].astype(np.uint8),
        "t10k-images-idx3-ubyte": mnist.train.images[120:140, ..., 0],
        "t10k-labels-idx1-ubyte": mnist.train.labels[120:140].astype(np.uint8),
    }
    for name, array in arrays.items():
        path = folder / name / name if nested else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(idx.header(array.shape) + array.tobytes())


@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw"])
def test_torchvisions_folders(mnist: Dataset, tmp_path: Path, below: str) -> None:
    write_idx(tmp_path / below, mnist)
    found = load_dataset(tmp_path)
    assert (len(found.train), len(found.validation), len(found.test)) == (110, 10, 20)
    assert found.source == str(tmp_path)


def test_two_data_sets_of_torchvision_are_too_many(mnist: Dataset, tmp_path: Path) -> None:
    write_idx(tmp_path / "MNIST/raw", mnist)
    shutil.copytree(tmp_path / "MNIST", tmp_path / "KMNIST")
    with pytest.raises(DataError, match="holds several data sets, KMNIST/raw, MNIST/raw: wanted the path of one$"):
        load_dataset(tmp_path)


def test_idx_files_in_folders_of_their_names(mnist: Dataset, tmp_path: Path) -> None:
    write_idx(tmp_path, mnist, nested=True)
    assert len(load_dataset(tmp_path).test) == 20


def test_arrays_that_look_wrong_are_warned_of(mnist: Dataset, tmp_path: Path) -> None:
    learned, test = part(mnist, 0, 240), part(mnist, 240, 60)
    few = learned.part(learned.labels != 7)
    arrays = {"x_test": test.images, "y_test": test.labels}
    np.savez(tmp_path / "hole.npz", x_train=few.images, y_train=few.labels, **arrays)
    with pytest.warns(DataWarning, match=r"hole\.npz: no training images of class 7, which cannot be learned$"):
        load_dataset(tmp_path / "hole.npz")
    np.savez(tmp_path / "dark.npz", x_train=255 - learned.images, y_train=learned.labels, **arrays)
    with pytest.warns(DataWarning, match=r"dark\.npz: training images look like dark ink on light paper"):
        load_dataset(tmp_path / "dark.npz")
    np.savez(tmp_path / "one.npz", x_train=learned.images, y_train=learned.labels + 1, **arrays)
    with pytest.warns(DataWarning, match=r"one\.npz: labels begin at 1; no training images of class 0"):
        load_dataset(tmp_path / "one.npz")
    np.savez(tmp_path / "mask.npz", x_train=learned.images // 200, y_train=learned.labels, **arrays)
    with pytest.raises(DataError, match=r"mask\.npz: training images have pixels of 0 and 1: wanted 0 to 255"):
        load_dataset(tmp_path / "mask.npz")


def test_what_is_packed_or_no_archive_says_so(tmp_path: Path) -> None:
    for name, message in (
        ("train.csv.zip", "is packed: unpack it, and give what is in it"),
        ("a.npy", "is a single array: wanted an npz, as np.savez writes it"),
    ):
        (tmp_path / name).write_bytes(b"PK")
        with pytest.raises(DataError) as said:
            load_dataset(tmp_path / name)
        assert str(said.value) == f"{tmp_path / name}: {message}"


def test_inverted_test_images_are_warned_of(mnist: Dataset, tmp_path: Path) -> None:
    learned, test = part(mnist, 0, 240), part(mnist, 240, 60)
    np.savez(
        tmp_path / "a.npz",
        x_train=learned.images, y_train=learned.labels, x_test=255 - test.images, y_test=test.labels,
    )  # fmt: skip
    found = load_dataset(tmp_path / "a.npz")
    with pytest.warns(DataWarning, match=r"a\.npz: test images look like dark ink on light paper"):
        _ = found.test


def test_a_placement_is_kept_in_an_archive(mnist: Dataset, tmp_path: Path) -> None:
    learned = part(mnist, 0, 240)
    arrays = {"x_train": learned.images, "y_train": learned.labels, "x_test": learned.images, "y_test": learned.labels}
    np.savez(tmp_path / "a.npz", **arrays, placement=np.array("pad"))  # pyright: ignore[reportArgumentType]
    found = load_dataset(tmp_path / "a.npz")
    assert found.placement == "pad"
    save(found, tmp_path / "b.npz")
    assert load_dataset(tmp_path / "b.npz", "pad").placement == "pad"
    with pytest.raises(UsageError, match=r"^placement 'mnist': those in .*b\.npz were placed as 'pad': leave it out$"):
        load_dataset(tmp_path / "b.npz", "mnist")
    for wrong in (np.array("centre"), np.zeros(3)):
        np.savez(tmp_path / "c.npz", **arrays, placement=wrong)  # pyright: ignore[reportArgumentType]
        with pytest.raises(DataError, match=r"c\.npz: placement is .*: wanted mnist or pad$"):
            load_dataset(tmp_path / "c.npz")


def test_a_csv_file_counts_by_words_and_by_its_first_line(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "train_latest.csv").write_text(as_csv(part(mnist, 0, 400)))
    (tmp_path / "labels.csv").write_text("file,label\na.png,1\n")
    (tmp_path / "runs").mkdir()
    with pytest.warns(DataWarning) as said:
        found = load_dataset(tmp_path)
    assert str(said[0].message) == f"{tmp_path}: skipped 2 entries (labels.csv, runs), beside train_latest.csv"
    assert "train_latest.csv: it has no test images" in str(said[1].message)
    assert len(found.train) + len(found.validation) + len(found.test) == 400
    (tmp_path / "train_latest.csv").rename(tmp_path / "digits.txt")
    with pytest.warns(DataWarning, match=r"digits\.txt: it has no test images"):
        assert load_dataset(tmp_path / "digits.txt").name == "digits"


def test_a_broken_csv_file_is_not_taken_for_none(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(as_csv(part(mnist, 0, 60)))
    (tmp_path / "test.csv").write_text(as_csv(part(mnist, 60, 20)), encoding="utf-16")
    with pytest.raises(
        DataError, match=r"test\.csv: line 1 is not text \(UTF-8\): wanted a CSV file: save it as CSV UTF-8$"
    ):
        load_dataset(tmp_path)
    (tmp_path / "train.csv").unlink()
    (tmp_path / "test.csv").write_text(as_csv(part(mnist, 60, 20)))
    with pytest.raises(DataError, match=r"holds a CSV file of test images, but none to learn from$"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(("train", "test"), [("mnistTrain.csv", "mnistTest.csv"), ("trainset.csv", "testset.csv")])
def test_words_in_the_names_of_csv_files(mnist: Dataset, tmp_path: Path, train: str, test: str) -> None:
    (tmp_path / train).write_text(as_csv(part(mnist, 0, 240)))
    (tmp_path / test).write_text(as_csv(part(mnist, 240, 20)))
    assert len(load_dataset(tmp_path).test) == 20
