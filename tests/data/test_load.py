import gzip
import hashlib
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.assets import MNIST_NPZ
from mnistry.data import Dataset, idx, load, load_dataset, save
from mnistry.errors import DataError, UsageError
from mnistry.lineage import DataIdentity
from mnistry.safety import memory


def published_idx(mnist: Dataset) -> dict[str, bytes]:
    """The four IDX files as MNIST's makers published them, rebuilt."""
    whole = np.load(MNIST_NPZ)
    return {
        name: idx.header(whole[key].shape) + whole[key].tobytes()
        for name, key in {
            "train-images-idx3-ubyte": "x_train",
            "train-labels-idx1-ubyte": "y_train",
            "t10k-images-idx3-ubyte": "x_test",
            "t10k-labels-idx1-ubyte": "y_test",
        }.items()
    }


def small(n: int = 120, classes: int = 4) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = {f"x_{part}": rng.integers(0, 256, (n, 28, 28), np.uint8) for part in ("train", "test")}
    return arrays | {f"y_{part}": (np.arange(n) % classes).astype(np.uint8) for part in ("train", "test")}


@pytest.fixture
def npz(tmp_path: Path) -> Callable[..., Path]:
    def write(**changes: np.ndarray | None) -> Path:
        arrays = {key: value for key, value in (small() | changes).items() if value is not None}
        np.savez(tmp_path / "data.npz", **arrays)  # pyright: ignore[reportArgumentType]
        return tmp_path / "data.npz"

    return write


def test_bundled_mnist_is_mnist(mnist: Dataset) -> None:
    assert (len(mnist.train), len(mnist.validation)) == (55_000, 5_000)
    assert mnist.test.images.shape == (10_000, 28, 28, 1)
    assert np.bincount(mnist.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    files = published_idx(mnist)
    digests = [hashlib.sha256(content).hexdigest() for content in files.values()]
    assert digests == [load.MNIST_SHA256[key] for key in ("x_train", "y_train", "x_test", "y_test")]


def test_the_validation_images_never_move(mnist: Dataset) -> None:
    assert np.bincount(mnist.validation.labels).tolist() == [494, 562, 496, 511, 487, 452, 493, 522, 487, 496]
    assert mnist.sha256 == "140605f85a81615760fa87cb9af087815a0bacff9b7eeea245fe45c120dfe04d"


def test_a_tampered_bundle_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = dict(np.load(MNIST_NPZ))
    arrays["x_train"][0, 0, 0] ^= 1
    arrays["y_test"][0] ^= 1
    monkeypatch.setattr(load, "MNIST_NPZ", tmp_path / "mnist.npz")
    np.savez(tmp_path / "mnist.npz", **arrays)
    with pytest.raises(
        DataError, match=r"x_train is not MNIST as published \(SHA-256 differs\): install mnistry again"
    ):
        load_dataset()
    arrays["x_train"][0, 0, 0] ^= 1
    np.savez(tmp_path / "mnist.npz", **arrays)
    found = load_dataset()
    with pytest.raises(DataError, match="y_test is not MNIST as published"):
        _ = found.test


def test_loading_leaves_the_test_images_closed(npz: Callable[..., Path]) -> None:
    path = npz(x_test=np.zeros(3))  # so wrong that opening them fails
    found = load_dataset(path)
    assert len(found.train) == 110
    with pytest.raises(DataError, match="images are float64"):
        _ = found.test


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "gzipped"])
def test_a_folder_of_idx_files(mnist: Dataset, tmp_path: Path, pack: bool) -> None:
    for name, content in published_idx(mnist).items():
        (tmp_path / (name + ".gz" * pack)).write_bytes(gzip.compress(content, 1) if pack else content)
    found = load_dataset(tmp_path)
    assert found.sha256 == mnist.sha256
    assert found.test.sha256 == mnist.test.sha256
    assert found.class_names == mnist.class_names


def test_a_missing_idx_file_is_named(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "train-images.idx3-ubyte").write_bytes(b"")
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"train-labels, t10k-labels \(IDX file, gzipped or not\) missing"):
        load_dataset(tmp_path)


def test_an_npz_with_keras_keys(npz: Callable[..., Path]) -> None:
    found = load_dataset(npz())
    assert found.class_names == ("0", "1", "2", "3")
    assert (len(found.train), len(found.validation), len(found.test)) == (110, 10, 120)
    assert found.image_shape == (28, 28, 1)


def test_other_sizes_and_colours(npz: Callable[..., Path]) -> None:
    colour = np.zeros((120, 20, 24, 3), np.uint8)
    found = load_dataset(npz(x_train=colour, x_test=colour, class_names=np.array(["a", "b", "c", "d"])))
    assert found.image_shape == (20, 24, 3)
    assert found.class_names == ("a", "b", "c", "d")


LABELS = np.arange(120) % 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": None}, "x_train missing: wanted the keys x_train, y_train, x_test, y_test"),
        ({"y_train": LABELS[:-1]}, "x_train and y_train: 120 images but 119 labels: wanted one label per image"),
        ({"x_train": np.zeros((120, 28, 28))}, r"images are float64 \(120, 28, 28\): wanted uint8 \(n, h, w\)"),
        ({"x_train": np.zeros((120, 784), np.uint8)}, r"images are uint8 \(120, 784\): wanted uint8"),
        ({"y_train": np.eye(4, dtype=int)[LABELS]}, r"labels are int64 \(120, 4\): wanted whole numbers \(n,\)"),
        ({"y_train": LABELS.astype(float)}, r"labels are float64 \(120,\): wanted whole numbers"),
        ({"y_train": LABELS - 1}, "labels run from -1 to 2: wanted 0 to 3999 at most"),
        ({"y_train": LABELS + 10**6}, "labels run from 1000000 to 1000003: wanted 0 to 3999 at most"),
        ({"y_train": LABELS * 0}, r"training images: one class only \(0\): wanted two or more"),
        ({"class_names": np.array(["a", "b"])}, "training images: label 2 is out of range: wanted 0 to 1"),
        ({"x_train": np.zeros((0, 28, 28), np.uint8), "y_train": LABELS[:0]}, "no images in it"),
        ({"x_train": np.zeros((4, 28, 28), np.uint8), "y_train": LABELS[:4]}, "4 training images are too few"),
        ({"x_train": np.zeros((120, 0, 0), np.uint8)}, r"images are \(120, 0, 0\): wanted at least a pixel"),
        ({"x_train": np.zeros((120, 9, 9, 5), np.uint8)}, r"images are \(120, 9, 9, 5\): .* 1 or 3 channels"),
        ({"class_names": np.array("abcd")}, r"class_names are <U4 \(\): wanted text \(classes,\)"),
        ({"class_names": np.array(["a", "b", "c", "a"])}, "two classes are named 'a': wanted a name for each"),
        (
            {"class_names": np.array(["a", "b", "c\x1b[31m", "d"])},
            r"class 2 is named 'c\\x1b\[31m': wanted text without",
        ),
        ({"class_names": np.zeros(2**20, "<U0")}, "1048576 classes: wanted 1 to 4,000"),
        ({"class_names": np.zeros(0, "<U1")}, "0 classes: wanted 1 to 4,000"),
        (
            {"class_names": np.array(["a", "b", "c", "d" * 101])},
            "class_names have room for 101 characters each: wanted at most 100",
        ),
        (
            {"class_names": np.full(4, 0xFFFFFFFF, np.uint32).view("<U1")},
            "class_names contain invalid text: make the file again",
        ),
        (
            {"class_names": np.array([f"{n:096}" for n in range(1_050)])},
            "the names of 1,050 classes have 100,800 characters: wanted at most 100,000",
        ),
        ({"class_names": np.arange(4)}, r"class_names are int64 \(4,\): wanted text"),
        (
            {"x_validation": np.zeros((9, 14, 14), np.uint8), "y_validation": np.arange(9) % 4},
            "validation images are 14×14×1 px, training images 28×28×1 px: wanted one size",
        ),
        (
            {"x_validation": np.zeros((9, 28, 28), np.uint8), "y_validation": np.arange(9)},
            "validation images: label 4 is out of range: wanted 0 to 3",
        ),
        ({"y_train": np.array([None] * 120)}, "y_train cannot be read .*pickle"),
    ],
)
def test_bad_training_data(npz: Callable[..., Path], changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=rf"^[^ ]*data\.npz: .*{message}"):
        load_dataset(npz(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_test": LABELS + 3}, "test images: label 4 is out of range: wanted 0 to 3"),
        ({"x_test": np.zeros((120, 14, 14), np.uint8)}, "test images are 14×14×1 px, training images 28×28×1 px"),
        ({"y_test": LABELS * 0}, r"test images: one class only \(0\)"),
    ],
)
def test_bad_test_data(npz: Callable[..., Path], changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=message):
        _ = load_dataset(npz(**changes)).test


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"nowhere: no such file or folder, nor a data set known by name \(mnist, fashi"
    ):
        load_dataset(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError, match="loop: "):
        load_dataset(tmp_path / "loop")
    with pytest.raises(DataError, match="^a\0b: cannot be read .*null"):
        load_dataset("a\0b")
    with pytest.raises(DataError, match=r"cannot be read \(File name too long\)$"):
        load_dataset("a" * 300)
    (tmp_path / "a.npz").write_text("text")
    with pytest.raises(DataError, match=r"a\.npz: not a readable npz archive \(File is not a zip file\)"):
        load_dataset(tmp_path / "a.npz")


def test_a_pipe_is_not_waited_for(tmp_path: Path, mnist: Dataset) -> None:
    """As a whole data set, as one of its files, and as a picture in a folder of a class."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"pipe: not a readable npz archive \(not a regular file\)$"):
        load_dataset(tmp_path / "pipe")
    files = tmp_path / "files"
    files.mkdir()
    for name, content in published_idx(mnist).items():
        (files / name).write_bytes(content)
    (files / "train-labels-idx1-ubyte").unlink()
    os.mkfifo(files / "train-labels-idx1-ubyte")
    with pytest.raises(DataError, match="train-labels-idx1-ubyte: cannot be read: not a regular file$"):
        load_dataset(files)
    folder = class_folders(tmp_path / "classes", mnist, 4)
    os.mkfifo(folder / "two" / "b.png")
    with pytest.raises(DataError, match=r"b\.png: cannot be read \(not a regular file\): fix or remove it$"):
        load_dataset(folder)


def test_arrays_that_do_not_belong_together_are_not_unpacked(tmp_path: Path) -> None:
    """Their headers tell: a member cut short behind its header is never reached."""
    path = tmp_path / "data.npz"
    labels = np.arange(120) % 4
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in (("x_train", np.zeros((99, 28, 28), np.uint8)), ("y_train", labels), ("y_test", labels)):
            with archive.open(f"{key}.npy", "w") as member:
                np.lib.format.write_array(member, array)
        archive.writestr("x_test.npy", b"")
    path.write_bytes(path.read_bytes().replace(bytes(99 * 784), b"\1" * (99 * 784)))  # so that it fails its checksum
    with pytest.raises(DataError, match="x_train and y_train: 99 images but 120 labels: wanted one label per image"):
        load_dataset(path)


def test_a_class_folder_with_a_name_that_nobody_could_print(tmp_path: Path, mnist: Dataset) -> None:
    folder = class_folders(tmp_path / "classes", mnist, 4, ("one", "two\nlines"))
    with pytest.raises(DataError, match=r"classes: class 1 is named 'two\\nlines': wanted text without control"):
        load_dataset(folder)


def class_folders(folder: Path, mnist: Dataset, number: int, names: tuple[str, ...] = ("one", "two", "zwei")) -> Path:
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for i, image in enumerate(mnist.train.images[mnist.train.labels == label][:number]):
            Image.fromarray(image[..., 0]).save(folder / name / f"{i}.png")
    return folder


def parts(found: Dataset) -> dict[bytes, str]:
    split = {"train": found.train, "validation": found.validation, "test": found.test}
    return {image.tobytes(): name for name, part in split.items() for image in part.images}


def test_images_are_counted_with_all_that_each_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one pixel each they take little in the file, and two hundred times as much once they have labels and keys."""
    images, labels = np.zeros((30_000, 1, 1), np.uint8), np.zeros(30_000, np.uint8)
    np.savez_compressed(tmp_path / "a.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 10_000_000)
    with pytest.raises(DataError, match=r"a\.npz: x_train and y_train: 6 MB are too many: wanted at most 5 MB$"):
        load_dataset(tmp_path / "a.npz")
    (tmp_path / "idx").mkdir()
    for stem in ("train", "t10k"):
        (tmp_path / "idx" / f"{stem}-images-idx3-ubyte").write_bytes(idx.header(images.shape) + images.tobytes())
        (tmp_path / "idx" / f"{stem}-labels-idx1-ubyte").write_bytes(idx.header(labels.shape) + labels.tobytes())
    with pytest.raises(DataError, match="6 MB are too many: wanted at most 5 MB$"):
        load_dataset(tmp_path / "idx")


def test_a_folder_of_classes_is_split(mnist: Dataset, tmp_path: Path) -> None:
    found = load_dataset(class_folders(tmp_path / "symbols", mnist, 100))
    assert found.name == "symbols"
    assert found.class_names == ("one", "two", "zwei")
    assert len(found.train) + len(found.validation) + len(found.test) == 300
    assert 200 < len(found.train) < 280
    assert all(len(np.unique(part.labels)) == 3 for part in (found.train, found.validation, found.test))


def test_pictures_stay_where_they_are_when_renamed_or_joined(mnist: Dataset, tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "symbols", mnist, 60)
    before = parts(load_dataset(folder))
    for path in sorted(folder.glob("*/*.png")):
        path.rename(path.with_name(f"{hash(path.name)}.png"))
    more = mnist.train.images[mnist.train.labels == 0][60:90, ..., 0]
    for i, image in enumerate(more):
        Image.fromarray(image).save(folder / "one" / f"new{i}.png")
    after = parts(load_dataset(folder))
    assert len(after) == len(before) + 30
    assert before.items() <= after.items()


def test_train_and_test_folders(mnist: Dataset, tmp_path: Path) -> None:
    class_folders(tmp_path / "train", mnist, 60)
    class_folders(tmp_path / "test", mnist, 10)
    found = load_dataset(tmp_path)
    assert len(found.test) == 30
    assert len(found.train) + len(found.validation) == 180
    assert 5 < len(found.validation) < 40


def test_bad_folders(mnist: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no class folders"):
        load_dataset(tmp_path)
    class_folders(tmp_path / "few", mnist, 2)
    with pytest.raises(DataError, match=r"few: class one holds 2 different pictures: wanted 3 or more"):
        load_dataset(tmp_path / "few")


def test_a_source_is_noted_so_that_it_is_found_from_elsewhere(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(tmp_path / "kmnist", mnist, 5)
    monkeypatch.chdir(tmp_path)
    found = load_dataset("./kmnist")
    assert (found.name, found.source) == ("kmnist", str(tmp_path / "kmnist"))
    monkeypatch.chdir("kmnist")
    assert load_dataset(".").name == "kmnist"


def test_save_and_load_keep_all_three_parts(mnist: Dataset, tmp_path: Path) -> None:
    found = load_dataset(class_folders(tmp_path / "symbols", mnist, 40))
    save(found, tmp_path / "symbols.npz")
    again = load_dataset(tmp_path / "symbols.npz")
    assert (again.sha256, again.test.sha256) == (found.sha256, found.test.sha256)
    assert again.class_names == found.class_names


def test_the_data_of_a_network_are_loaded_again(npz: Callable[..., Path], tmp_path: Path) -> None:
    path = npz()
    found = load_dataset(path)
    identity = DataIdentity(name="data", source=str(path), sha256=found.sha256)
    assert load.load_again(identity, "a run").sha256 == found.sha256
    moved = path.rename(tmp_path / "moved.npz")
    with pytest.raises(DataError, match=r"data\.npz: no such file or folder.*; --data says where the data are now$"):
        load.load_again(identity, "a run")
    assert load.load_again(identity, "a run", moved).source == str(moved)
    other = replace(identity, sha256="0")
    with pytest.raises(
        DataError, match=r"is not the data of a run \(SHA-256 differs\): say with --data where those are$"
    ):
        load.load_again(other, "a run", moved)
    with pytest.raises(DataError, match=r"nowhere: no such file or folder[^;]*$"):
        load.load_again(identity, "a run", "nowhere")


def test_an_unknown_placement_is_refused(npz: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"^placement 'centre': wanted mnist or pad$"):
        load_dataset(npz(), "centre")  # pyright: ignore[reportArgumentType]
