"""The wheel, installed alone in an empty environment: what `pip install mnistry` gives to those who read."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

READ = """
import sys
import numpy as np
import mnistry
from mnistry.data import load_dataset

dataset = load_dataset()
reader = mnistry.Reader()
right = (reader.classify(dataset.test.images[:1000]).argmax(axis=1) == dataset.test.labels[:1000]).mean()
assert right > 0.98, right
assert "site-packages" in mnistry.__file__, mnistry.__file__
loaded = {"keras", "torch", "sklearn", "matplotlib"} & set(sys.modules)
assert not loaded, loaded
print("read", f"{right:.3f}")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # From a copy without what git ignores, as it would be built from a fresh clone.
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "docs/model-card.md"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_assets_and_their_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for asset in (
        "mnist.npz",
        "model.onnx",
        "report.html",
        "explain.html",
        "fonts.tsv",
        "page_fonts.tsv",
        "photos.tsv",
        "LICENSE-MNIST.md",
    ):
        assert f"mnistry/assets/{asset}" in names
    for asset in ("assets/model-card.md", "assets/history.csv", "assets/test_map.npz"):
        assert f"mnistry/{asset}" in names
    web = {path.name for path in (ROOT / "src" / "mnistry" / "web").iterdir()}
    assert web == {Path(name).name for name in names if name.startswith("mnistry/web/")}
    assert "mnistry/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assets = sum(i.file_size for i in zipfile.ZipFile(wheel).infolist() if "/assets/" in i.filename)
    assert assets < 15e6


def read_with(python: Path | str, wheel: Path, folder: Path) -> None:
    """Make an environment with this Python, install the wheel and its base dependencies, and read."""
    if str(python) == sys.executable:
        venv.create(folder / "venv", with_pip=True)
    else:
        subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    fresh = folder / "venv" / "bin" / "python"
    pip = [fresh, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", wheel], check=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([fresh, "-c", READ], capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("read 0.9")
    refused = subprocess.run(
        [folder / "venv" / "bin" / "mnistry", "train"], capture_output=True, text=True, cwd=folder, env=environment
    )
    assert refused.returncode == 2
    assert refused.stderr == "error: training needs keras, which is not installed: pip install 'mnistry[train]'\n"
    assert not (folder / "runs").exists()
    refused = subprocess.run(
        [folder / "venv" / "bin" / "mnistry", "data", "check", "kmnist"],
        capture_output=True, text=True, cwd=folder, env={**environment, "MNISTRY_CACHE": str(folder)},
    )  # fmt: skip
    assert refused.stderr == (
        "error: fetching kmnist needs pooch, which is not installed: pip install 'mnistry[fetch]'\n"
    )


@pytest.mark.slow
def test_installed_alone_it_reads(wheel: Path, tmp_path: Path) -> None:
    read_with(sys.executable, wheel, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_installed_alone_it_reads_on_other_pythons(wheel: Path, tmp_path: Path, version: str) -> None:
    found = [shutil.which(f"python{version}"), *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    for python in filter(None, found):
        # A pyenv shim is there for Pythons that are switched off, too.
        if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            read_with(python, wheel, tmp_path)
            return
    pytest.skip(f"no Python {version} on this machine")
