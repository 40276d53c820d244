"""Files of packages on npm and PyPI, fetched with `npm pack` and `pip download`."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from mnistry.errors import DataError

Registry = Literal["npm", "pypi"]

LARGEST_FILE_BYTES = 64 << 20  # no font or photo is larger; an archive can claim any size
LARGEST_ARCHIVE_BYTES = 128 << 20
TIMEOUT_S = 600
# Wheels for one platform, whatever this one is: the files wanted are the same in all, and no source is built.
ONE_PLATFORM = (
    *("--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check", "--quiet"),
    *("--implementation=cp", "--python-version=3.7", "--abi=cp37m", "--platform=manylinux1_x86_64"),
)


def unpack(registry: Registry, package: str, version: str, wanted: Mapping[str, Path], what: str) -> None:
    """Fetch a package once and write those of its files that are wanted: path in the package → path here.

    `what` names the files in an error. Raises `DataError` if the client is not installed or gives no such file.
    """
    with tempfile.TemporaryDirectory() as scratch:
        if registry == "npm":
            _npm(f"{package}@{version}", wanted, what, Path(scratch))
        else:
            _pip(f"{package}=={version}", wanted, what, Path(scratch))


def _npm(named: str, wanted: Mapping[str, Path], what: str, scratch: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(f"the {what} that this recipe learns come with npm, which is not installed: {named}")
    _run([npm, "pack", named, "--silent"], f"npm pack {named}", what, scratch)
    archive = _only(scratch, "*.tgz", f"npm pack {named}", what)
    for name, path in wanted.items():
        member_name = f"package/{name}"
        try:
            with tarfile.open(archive) as opened:
                member = opened.getmember(member_name)
                _check_size(member.size)
                if not (file := opened.extractfile(member)):
                    raise KeyError("no file")
                write(path, file.read())
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise DataError(f"npm pack {named} gave no {member_name} ({error})") from error


def _pip(named: str, wanted: Mapping[str, Path], what: str, scratch: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", *ONE_PLATFORM, named]
    _run(command, f"pip download {named}", what, scratch)
    archive = _only(scratch, "*.whl", f"pip download {named}", what)
    for name, path in wanted.items():
        try:
            with zipfile.ZipFile(archive) as opened:
                _check_size(opened.getinfo(name).file_size)
                write(path, opened.read(name))
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise DataError(f"pip download {named} gave no {name} ({error})") from error


def _run(command: list[str], shown: str, what: str, scratch: Path) -> None:
    try:
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise DataError(
            f"{shown} gave no {what} within {TIMEOUT_S} s: try again where the network is faster"
        ) from error
    if "No module named pip" in done.stderr:
        raise DataError(f"the {what} that this recipe learns come with pip, which is not installed: {shown}")
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise DataError(f"{shown} gave no {what}: {said[-1]}")


def _only(scratch: Path, pattern: str, shown: str, what: str) -> Path:
    archives = list(scratch.glob(pattern))
    if not archives:
        raise DataError(f"{shown} gave no {what}: nothing")
    if (size := archives[0].stat().st_size) > LARGEST_ARCHIVE_BYTES:
        raise DataError(f"{shown} gave {size} bytes, at most {LARGEST_ARCHIVE_BYTES} are read")
    return archives[0]


def _check_size(size: int) -> None:
    if size > LARGEST_FILE_BYTES:
        raise KeyError(f"{size} bytes, at most {LARGEST_FILE_BYTES} are read")


def write(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all, whoever else writes it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)
