"""What many tests share: small real data, and one real run trained on it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import Dataset, load_dataset
from mnistry.run.folder import Run
from mnistry.training.loops import backend

backend.choose()  # before any test module imports Keras

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The bundled MNIST."""
    return load_dataset()


@pytest.fixture(scope="session")
def small_npz(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,400 of MNIST's training images and, as test images, 400 of its validation images."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(
        path,
        x_train=mnist.train.images[:2400, ..., 0],
        y_train=mnist.train.labels[:2400].astype(np.uint8),
        x_test=mnist.validation.images[:400, ..., 0],
        y_test=mnist.validation.labels[:400].astype(np.uint8),
    )
    return path


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run `mnistry` in a process of its own."""

    def run(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "COLUMNS": "100", **options.pop("env", {})}  # pyright: ignore[reportCallIssue, reportArgumentType, reportGeneralTypeIssues]
        return subprocess.run(
            [sys.executable, "-m", "mnistry", *map(str, words)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=300,
            **options,  # pyright: ignore[reportArgumentType, reportCallIssue]
        )

    return run


@pytest.fixture(scope="session")
def finished(small_npz: Path, tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> tuple[Run, dict[str, object]]:
    """A run of two epochs on the small data, and what `mnistry train --json` printed. Leave it as it is."""
    out = tmp_path_factory.mktemp("runs") / "finished"
    done = cli("train", "--data", small_npz, "--epochs", "2", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    return Run(out), json.loads(done.stdout)


@pytest.fixture(scope="session")
def small_detector(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of a small detector on small pages, which has learned nothing. Leave it as it is."""
    import small_pages
    from mnistry.training import train_detector

    with pytest.MonkeyPatch.context() as patch:
        small_pages.use(patch)
        return train_detector(small_pages.RECIPE, seed=1, out=tmp_path_factory.mktemp("runs") / "detector")


@pytest.fixture
def own_run(finished: tuple[Run, dict[str, object]], tmp_path: Path) -> Run:
    """A copy of the finished run, to do with as one likes."""
    return Run(shutil.copytree(finished[0].folder, tmp_path / "run"))
