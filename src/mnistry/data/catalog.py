"""Published data sets, downloaded by name and kept in a cache.

The addresses and checksums come from the publishers and from torchvision's source. Every file is
checked against its checksum before it is used. `MNISTRY_CACHE` sets another cache folder.
"""

import os
import string
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mnistry.errors import DataError, needs_extra


@dataclass(frozen=True)
class Published:
    """A data set as its publisher offers it.

    `files` maps a file's name to its MD5; `mirrors` are base addresses that end with "/", tried in order.
    If the only file is a zip, `members` are the IDX files in it. `first_label` is the label of the
    first class; `transposed` means that rows and columns of the images are swapped.
    """

    title: str
    class_names: tuple[str, ...]
    files: dict[str, str]
    mirrors: tuple[str, ...]
    licence: str
    members: tuple[str, ...] = ()
    first_label: int = 0
    transposed: bool = False


def _idx(*md5: str) -> dict[str, str]:
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    return {f"{name}.gz": hash_ for name, hash_ in zip(names, md5, strict=True)}


def _emnist(split: str, class_names: str, first_label: int = 0) -> Published:
    return Published(
        title=f"EMNIST {split.title()} (Cohen et al. 2017)",
        class_names=tuple(class_names),
        files={"gzip.zip": "58c8d27c78d21e728a6bc7b3cc06412e"},
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        licence="public domain (NIST)",
        members=tuple(
            f"gzip/emnist-{split}-{part}.gz"
            for part in (
                "train-images-idx3-ubyte",
                "train-labels-idx1-ubyte",
                "test-images-idx3-ubyte",
                "test-labels-idx1-ubyte",
            )
        ),
        first_label=first_label,
        transposed=True,
    )


PUBLISHED: dict[str, Published] = {
    "fashion-mnist": Published(
        title="Fashion-MNIST (Xiao, Rasul & Vollgraf 2017)",
        class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        files=_idx(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        licence="MIT",
    ),
    "kmnist": Published(
        title="Kuzushiji-MNIST (Clanuwat et al. 2018)",
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        files=_idx(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        mirrors=(
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        licence="CC BY-SA 4.0",
    ),
    "emnist-digits": _emnist("digits", string.digits),
    "emnist-letters": _emnist("letters", string.ascii_uppercase, first_label=1),
    "emnist-balanced": _emnist("balanced", string.digits + string.ascii_uppercase + "abdefghnqrt"),
}


def cache_folder(name: str) -> Path:
    """Return the folder where a published data set's files are cached, or can be put by hand."""
    family = name.split("-")[0] if name.startswith("emnist") else name
    if root := os.environ.get("MNISTRY_CACHE"):
        return Path(root) / family
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mnistry" / family


def fetch(name: str) -> list[Path]:
    """Return the paths of a published data set's four IDX files; those not in the cache are downloaded.

    Order: training images, training labels, test images, test labels. Raises `DataError` with the
    addresses and the folder to put the files in, if no mirror delivers a file with the right checksum.
    """
    published = PUBLISHED[name]
    paths = [_fetch_file(name, file, md5) for file, md5 in published.files.items()]
    if not published.members:
        return paths
    return [_unpack(paths[0], member) for member in published.members]


def _unpack(archive: Path, member: str) -> Path:
    """Extract one member of a verified zip atomically into the same folder."""
    path = archive.with_name(Path(member).name)
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=archive.parent) as scratch, zipfile.ZipFile(archive) as file:
            Path(file.extract(member, scratch)).replace(path)
    return path


def _fetch_file(name: str, file: str, md5: str) -> Path:
    """Return one file from the cache or the first mirror that has it; pooch verifies it and writes it completely."""
    with needs_extra("fetch", f"fetching {name}"):
        import pooch
        import requests
    folder = cache_folder(name)
    reasons: list[str] = []
    if (folder / file).is_file() and pooch.file_hash(str(folder / file), alg="md5") != md5:
        reasons.append(f"{folder / file} (is there, but has the wrong checksum)")
    for mirror in PUBLISHED[name].mirrors:
        try:
            return Path(pooch.retrieve(mirror + file, known_hash=f"md5:{md5}", fname=file, path=folder))
        except (requests.RequestException, OSError, ValueError) as error:
            reasons.append(f"{mirror + file} ({_reason(error)})")
    raise DataError(
        f"{name}: no publisher gave {file}: tried {'; '.join(reasons)}. "
        f"Fetch {', '.join(PUBLISHED[name].files)} yourself and put what you have into {folder}"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error):
        return "wrong checksum"
    return type(error).__name__
