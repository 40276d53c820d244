import os
import subprocess
import sys

import pytest

from mnistry.errors import RunError
from mnistry.training import backend

CHOOSE = "from mnistry.training import backend; print(backend.choose({!r}))"


def choose(wanted: str | None, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", CHOOSE.format(wanted)], env={**clean, **environment}, capture_output=True, text=True
    )


def test_torch_is_the_default() -> None:
    assert choose(None).stdout == "torch\n"


def test_a_run_goes_on_with_its_own() -> None:
    assert choose("torch").stdout == "torch\n"
    refused = choose("jax", KERAS_BACKEND="torch")
    assert "RunError: the run was begun on jax, this process uses torch: set KERAS_BACKEND=jax" in refused.stderr


def test_unknown_and_missing_backends() -> None:
    unknown = choose(None, KERAS_BACKEND="abacus")
    assert "RunError: KERAS_BACKEND=abacus is not supported: wanted torch, tensorflow, jax" in unknown.stderr


def test_a_process_that_has_keras_is_bound() -> None:
    import keras

    assert backend.choose() == keras.backend.backend()
    with pytest.raises(RunError, match="the run was begun on abacus, this process uses torch"):
        backend.choose("abacus")


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from mnistry.errors import MissingExtraError

    monkeypatch.setattr(backend, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"^training needs keras, which is not installed: pip install 'mn"):
        backend.choose()
    monkeypatch.setattr(backend, "find_spec", lambda name: None if name == "sklearn" else name)
    with pytest.raises(MissingExtraError, match=r"^training needs sklearn, which is not installed: pip install 'mn"):
        backend.choose()
    monkeypatch.setattr(backend, "find_spec", lambda name: None if name == "jax" else name)
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(
        MissingExtraError, match=r"^KERAS_BACKEND=jax, which is not installed: pip install 'mn.*\[jax\]"
    ):
        backend.choose()
