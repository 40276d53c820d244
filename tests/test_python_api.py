"""docs/python-api.md: its code runs and prints what it says, and it mentions every public name."""

import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mnistry
import mnistry.data
import mnistry.training
from mnistry import errors
from mnistry.data.dataset import Dataset

TEXT = (Path(__file__).parents[1] / "docs" / "python-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def scan(mnist: Dataset) -> Image.Image:
    """The test images 5, 0 and 2, 1 with a gap between the pairs, as a page of black ink."""
    chosen = [int(np.flatnonzero(mnist.test.labels == digit)[0]) for digit in (5, 0, 2, 1)]
    paper = np.full((80, 300), 255, np.uint8)
    for image, left in zip(mnist.test.images[chosen][..., 0], (20, 50, 190, 220), strict=True):
        paper[26:54, left : left + 28] -= image
    return Image.fromarray(paper)


def test_the_code_runs_and_prints_what_it_says(tmp_path: Path, small_npz: Path, mnist: Dataset) -> None:
    """All blocks in one process, as a reader would type them; every `# →` is what a line prints."""
    scan(mnist).save(tmp_path / "scan.png")
    scan(mnist).save(tmp_path / "scan.tif", save_all=True, append_images=[scan(mnist)] * 2)
    shutil.copy(small_npz, tmp_path / "digits.npz")
    marked = "\n".join(BLOCKS)
    promised = re.findall(r"^ *print\(.*\)  # → (.*)$", marked, re.MULTILINE)
    assert len(promised) == marked.count("→") >= 8
    only = re.sub(r"^( *)print\(([^→\n]*)\)$", r"\1str((\2))", marked, flags=re.MULTILINE)  # what is not promised
    done = subprocess.run([sys.executable, "-c", only], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines() == promised, done.stderr
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine" / "report.html").exists()


@pytest.mark.parametrize("package", [mnistry, mnistry.data, mnistry.training], ids=lambda package: package.__name__)
def test_every_public_name_is_mentioned(package: object) -> None:
    words = set(re.findall(r"\w+", TEXT))
    assert [name for name in package.__all__ if name not in words] == []  # pyright: ignore[reportAttributeAccessIssue]


def test_the_tree_of_errors_is_that_of_the_source() -> None:
    tree = re.findall(r"^    (?:MnistryError|[├│└]).*$", TEXT, re.MULTILINE)
    assert tree == re.findall(r"^    (?:MnistryError|[├│└]).*$", errors.__doc__ or "", re.MULTILINE)
    assert len(tree) == sum(name.endswith("Error") for name in mnistry.__all__)


def test_one_reader_serves_several_threads_and_is_pickled_with_its_model(mnist: Dataset) -> None:
    images, reader = mnist.validation.images[:24, ..., 0], mnistry.Reader(threads=1)
    alone = [reader.read(image).as_json() for image in images]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda image: reader.read(image).as_json(), images)) == alone
    packed = pickle.dumps(reader)
    assert f"{len(packed) / 1e6:.1f} MB" in TEXT
    assert pickle.loads(packed).read(images[0]).as_json() == alone[0]
    assert pickle.loads(pickle.dumps(reader.read(images[0]))).as_json() == alone[0]


def test_the_import_loads_neither_numpy_nor_opencv() -> None:
    code = "import mnistry, sys; print({'numpy', 'cv2', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
