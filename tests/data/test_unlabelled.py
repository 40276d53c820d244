from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistry.data import Dataset, idx
from mnistry.data.unlabelled import load_images
from mnistry.errors import DataError, DataWarning, UsageError


@pytest.fixture
def images(mnist: Dataset) -> np.ndarray:
    return mnist.validation.images[:12]


def test_arrays_keep_their_order(images: np.ndarray, mnist: Dataset, tmp_path: Path) -> None:
    labels = mnist.validation.labels[:12]
    rows = np.concatenate([labels[:, None], images.reshape(12, -1)], axis=1)
    (tmp_path / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    (tmp_path / "b.csv").write_text("\n".join(",".join(map(str, row[1:])) for row in rows))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx.header((12, 28, 28)) + images.tobytes())
    np.savez(tmp_path / "a.npz", x_test=images, x_train=images[:3])
    np.savez(tmp_path / "b.npz", images=images[..., 0], other=labels)
    for name in ("a.csv", "b.csv", "t10k-images-idx3-ubyte", "a.npz", "b.npz"):
        found = load_images(str(tmp_path / name))
        assert np.array_equal(found.images, images), name
        assert (found.files, found.failed) == (None, {})
        assert found.labels == (tuple(map(str, labels)) if name == "a.csv" else None)


def test_of_a_data_set_the_test_images(mnist: Dataset) -> None:
    found = load_images("mnist")
    assert np.array_equal(found.images, mnist.test.images)
    assert found.labels == tuple(map(str, mnist.test.labels))


def test_pictures_of_a_folder_with_those_that_fail(images: np.ndarray, tmp_path: Path) -> None:
    for name, image in zip(("b.png", "a.png", "deep/c.png"), images, strict=False):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image[..., 0]).save(tmp_path / name)
    (tmp_path / "broken.png").write_bytes(b"broken")
    Image.new("L", (50, 50)).save(tmp_path / "blank.png")
    (tmp_path / "notes.txt").write_text("")
    with pytest.warns(DataWarning, match=r"skipped 1 file \(notes\.txt\): not called pictures, or hidden$"):
        found = load_images(str(tmp_path))
    assert [str(file.relative_to(tmp_path)) for file in found.files or ()] == ["a.png", "b.png", "deep/c.png"]
    assert np.array_equal(found.images, images[[1, 0, 2]])
    broken, blank = (found.failed[str(tmp_path / name)] for name in ("broken.png", "blank.png"))
    assert "broken.png: not a picture: wanted PNG" in broken
    assert blank.endswith("blank.png: no ink in it: wanted a picture of one symbol")
    assert np.array_equal(load_images(str(tmp_path / "a.png")).images, images[1:2])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", r"none: no such file or folder, nor a data set known by name \(mnist, "),
        ("empty", "empty: no pictures in it: wanted PNG, JPEG"),
        ("keys.npz", "keys.npz: holds other: wanted x_test, images, x$"),
        ("float.npz", r"float\.npz: x is float64 \(2, 28, 28\): wanted uint8 \(n, h, w\) or \(n, h, w, c\), 0–255$"),
        ("mask.npz", r"mask\.npz: images have pixels of 0 and 1: wanted 0 to 255"),
        ("labels-idx1-ubyte", "not an IDX file with 3 axes of bytes: it starts with 00000801, wanted 00000803"),
        ("text", "not an IDX file with 3 axes of bytes"),
        ("a\0b", "cannot be read"),
    ],
)
def test_what_cannot_be_classified(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    np.savez(tmp_path / "keys.npz", other=np.zeros(3))
    np.savez(tmp_path / "float.npz", x=np.zeros((2, 28, 28)))
    np.savez(tmp_path / "mask.npz", x=np.ones((2, 28, 28), np.uint8))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx.header((2,)) + b"ab")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(DataError, match=message):
        load_images(str(tmp_path / name))


def test_an_empty_name_is_not_the_current_folder() -> None:
    with pytest.raises(DataError, match="^an empty name: wanted a data set's name, a file or a folder$"):
        load_images("")


def test_dark_on_light_is_warned_of(images: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=255 - images)
    with pytest.warns(DataWarning, match=r"a\.npz: images look like dark ink on light paper"):
        load_images(str(tmp_path / "a.npz"))


def test_of_kaggles_folder_the_test_file_is_classified(images: np.ndarray, tmp_path: Path) -> None:
    rows = images.reshape(12, -1)
    (tmp_path / "test.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    (tmp_path / "train.csv").write_text("\n".join(",".join(map(str, [1, *row])) for row in rows[:3]))
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    said = r": skipped 2 entries \(sample_submission\.csv, train\.csv\), beside test\.csv$"
    with pytest.warns(DataWarning, match=said):
        found = load_images(str(tmp_path))
    assert np.array_equal(found.images, images)
    assert found.labels is None


@pytest.mark.parametrize(
    "test", [("test/a/1.png", "test/b/2.png"), ("test/1.png", "test/2.png")], ids=["classes", "flat"]
)
def test_of_pictures_in_parts_the_test_pictures_are_classified(
    images: np.ndarray, tmp_path: Path, test: tuple[str, str]
) -> None:
    for image, name in zip(images, ("train/a/1.png", "train/b/1.png", *test), strict=False):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(tmp_path / name)
    with pytest.warns(DataWarning, match=": only the test pictures, in test/$"):
        found = load_images(str(tmp_path))
    assert tuple(str(file.relative_to(tmp_path)) for file in found.files or ()) == test


def test_a_placement_without_pictures_is_refused(images: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=images)
    with pytest.raises(
        UsageError, match=r"^placement 'pad': there are no pictures to place in .*a\.npz: leave it out$"
    ):
        load_images(str(tmp_path / "a.npz"), "pad")
    with pytest.raises(UsageError, match=r"^placement 'foo': wanted mnist or pad$"):
        load_images(str(tmp_path / "a.npz"), "foo")  # pyright: ignore[reportArgumentType]


def test_an_archive_without_images_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((0, 28, 28), np.uint8))
    with pytest.raises(DataError, match=r"a\.npz: no images in it$"):
        load_images(str(tmp_path / "a.npz"))
