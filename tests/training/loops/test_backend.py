import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnistry.errors import RunError
from mnistry.training.loops import backend

CHOOSE = "from mnistry.training.loops import backend; print(backend.choose({!r}))"


def choose(wanted: str | None, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", CHOOSE.format(wanted)], env={**clean, **environment}, capture_output=True, text=True
    )


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_torch_is_the_default() -> None:
    assert choose(None).stdout == "torch\n"


def test_a_run_goes_on_with_its_own() -> None:
    assert choose("torch").stdout == "torch\n"
    refused = choose("jax", KERAS_BACKEND="torch")
    assert "RunError: the run was started on jax, this process uses torch: set KERAS_BACKEND=jax" in refused.stderr


def test_unknown_and_missing_backends() -> None:
    unknown = choose(None, KERAS_BACKEND="abacus")
    assert "UsageError: KERAS_BACKEND=abacus is not supported: wanted torch, tensorflow, jax" in unknown.stderr


def test_a_process_that_has_keras_is_bound() -> None:
    import keras

    assert backend.choose() == keras.backend.backend()
    with pytest.raises(RunError, match="the run was started on abacus, this process uses torch"):
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


@pytest.mark.slow
def test_seeding_is_as_keras_own() -> None:
    draw = (
        "import keras, random, numpy, torch; from mnistry.training.loops import backend; "
        "draws = lambda: (random.random(), numpy.random.rand(), torch.rand(1).item()); "
        "backend.seed_everything(7); own = draws(); "
        "keras.utils.set_random_seed(7); print(own == draws(), own == draws())"
    )
    assert run(f"from mnistry.training.loops import backend; backend.choose(); {draw}") == "True False\n"


def test_seeding_loads_no_other_backend(tmp_path: Path) -> None:
    """Keras' own way would: here a tensorflow that complains when it is loaded."""
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('loaded')")
    code = (
        "from mnistry.training.loops import backend; backend.choose(); import keras, sys; "
        f"sys.path.insert(0, {str(tmp_path)!r}); backend.seed_everything(7); print('done')"
    )
    assert run(code) == "done\n"


@pytest.mark.skipif(sys.platform != "linux", reason="for glibc")
def test_freed_memory_is_kept() -> None:
    """An array of 1 MB that is freed and made again touches no new page, where 256 are touched as glibc comes."""
    code = (
        "from mnistry.training.loops import backend; import ctypes, numpy, resource\n{}\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "numpy.ones(2**17); before = faults()\n"
        "for _ in range(20): numpy.ones(2**17)\n"
        "print(faults() - before)"
    )
    as_it_comes = "for option in (-3, -1): ctypes.CDLL(None).mallopt(option, 2**17)"
    assert int(run(code.format("backend.keep_freed_memory()"))) < 500
    assert int(run(code.format(as_it_comes))) > 20 * 200
