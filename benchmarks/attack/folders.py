"""Data sets that are folders: of IDX files, of classes of pictures; and what is no data set at all."""

import gzip
import os
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from PIL import Image

from attack.arrays import base
from attack.cases import DAMAGES, Cases, Rng
from attack.pictures import picture
from attack.places import NAMES, PLACES, STRANGERS
from mnistry.data import idx

STEMS = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
Change = Callable[[bytes], bytes | None]


def cases(seed: int) -> Cases:
    """All of them."""
    found = Cases("folders", seed)
    for damage, times in (("truncated", 4), ("flipped", 8), ("lying", 8), ("stretched", 2)):
        for n in range(times):
            for packed in (False, True):
                name = f"idx-{'gz-' if packed else ''}{damage}-{n}"
                found.add(name, "data", "data", partial(_damaged, DAMAGES[damage], packed))
    for key, change in ((key, change) for key in STEMS for change in IDX):
        if key in ("x_train", "y_train") or change in ("magic", "cut", "none"):
            found.add(f"idx-{key}-{change}", "data", "data", partial(_idx, {key: IDX[change]}))
    found.add("idx-gz-bomb", "data", "data", partial(_idx, {"x_train": _bomb}), heavy=True)
    for name, place in PLACES.items():
        found.add(f"idx-place-{name}", "data", "data", partial(_idx_place, place))
        found.add(f"classes-place-{name}", "data", "data", partial(_with_place, place))
        found.add(f"data-place-{name}", "data", "data", partial(_at_place, place))
    for name, odd in NAMES.items():
        found.add(f"classes-name-{name}", "data", "data", partial(_named_class, odd))
    for name, content in STRANGERS.items():
        found.add(f"classes-called-{name}", "data", "data", partial(_with_picture, content))
    for name, write in FOLDERS.items():
        found.add(f"classes-{name}", "data", "data", write)
    return found


@cache
def files() -> dict[str, bytes]:
    """The four files of a small data set, by what is in them."""
    return {key: idx.header(base()[key].shape) + base()[key].tobytes() for key in STEMS}


def _idx(changes: dict[str, Change], path: Path, rng: Rng) -> None:
    path.mkdir()
    for key, stem in STEMS.items():
        content = changes.get(key, bytes)(files()[key])
        if content is not None:
            (path / stem).write_bytes(content)


def _damaged(damage: Callable[[bytes, Rng], bytes], packed: bool, path: Path, rng: Rng) -> None:
    """One of the files, plain or packed."""
    path.mkdir()
    chosen = str(rng.choice([*STEMS]))
    for key, stem in STEMS.items():
        content = gzip.compress(files()[key], 1, mtime=0) if packed else files()[key]
        (path / (f"{stem}.gz" if packed else stem)).write_bytes(damage(content, rng) if key == chosen else content)


def _bomb(content: bytes) -> bytes:
    """4 GB of zeros behind a header that promises them, as one gzip member."""
    packing = zlib.compressobj(1, wbits=31)
    parts = [packing.compress(idx.header((5_000_000, 28, 28)))]
    parts += [packing.compress(bytes(2**24)) for _ in range(234)]
    return b"".join([*parts, packing.flush()])


def _lengths(*lengths: int) -> Change:
    return lambda content: idx.header(lengths) + content[4 + 4 * content[3] :]


IDX: dict[str, Change] = {
    "none": lambda content: None,
    "empty": lambda content: b"",
    "magic": lambda content: b"\0\0\x0d" + content[3:],
    "axes": lambda content: content[:3] + b"\xff" + content[4:],
    "cut": lambda content: content[:5],
    "largest": _lengths(2**32 - 1, 2**32 - 1, 2**32 - 1),
    "largest-one": _lengths(2**32 - 1),
    "no-images": _lengths(0, 28, 28),
    "no-pixels": _lengths(240, 0, 0),
    "no-labels": _lengths(0),
    "turned": _lengths(28, 28, 240),
    "one": _lengths(1, 28, 28),
    "long": lambda content: content + b"more",
    "packed-twice": lambda content: gzip.compress(gzip.compress(content, mtime=0), mtime=0),
    "packed-members": lambda content: gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:], mtime=0),
    "packed-cut": lambda content: gzip.compress(content, mtime=0)[:-9],
    "packed-checksum": lambda content: gzip.compress(content, mtime=0)[:-8] + bytes(8),
    "packed-noise": lambda content: b"\x1f\x8b" + content,
    "labels-200": lambda content: content[:8] + b"\xc8" * (len(content) - 8),
}


def _idx_place(place: Callable[[Path], object], path: Path, rng: Rng) -> None:
    """Something else where the training images should be."""
    _idx({"x_train": IDX["none"]}, path, rng)
    place(path / STEMS["x_train"])


def classes(path: Path, names: tuple[str, ...] = ("alpha", "beta"), pictures: int = 6) -> None:
    """A folder of class folders as it should be."""
    for n, name in enumerate(names):
        (path / name).mkdir(parents=True)
        for i in range(pictures):
            one = base()["x_train"][pictures * n + i]
            Image.fromarray(255 - one).save(path / name / f"{i}.png")


def _with_place(place: Callable[[Path], object], path: Path, rng: Rng) -> None:
    classes(path)
    place(path / "alpha" / "a.png")


def _at_place(place: Callable[[Path], object], path: Path, rng: Rng) -> None:
    place(path)


def _named_class(name: str | bytes, path: Path, rng: Rng) -> None:
    classes(path)
    (path / "beta").rename(path / os.fsdecode(name).replace("/", "_"))


def with_picture(path: Path, content: bytes, suffix: str = ".png") -> None:
    """Class folders with one more picture in them."""
    classes(path)
    (path / "beta" / f"odd{suffix}").write_bytes(content)


def _with_picture(content: bytes, path: Path, rng: Rng) -> None:
    with_picture(path, content)


def _made(change: Callable[[Path], object], path: Path, rng: Rng) -> None:
    classes(path)
    change(path)


def _emptied(path: Path) -> None:
    for file in (path / "beta").iterdir():
        file.unlink()


def _many(path: Path) -> None:
    for n in range(2_000):
        (path / f"class{n}").mkdir()


def _deep(path: Path) -> None:
    for _ in range(200):
        path /= "d" * 15
        path.mkdir()


def _apart(path: Path, test: tuple[str, ...]) -> None:
    classes(path / "train")
    if test:
        classes(path / "test", test)


def _copies(path: Path) -> None:
    for n in range(20):
        (path / "beta" / f"copy{n}.png").write_bytes((path / "beta" / "0.png").read_bytes())


def _numbered(path: Path) -> None:
    for n in ("1", "01", "١", "²", "9" * 250):
        (path / n).mkdir()
        (path / n / "a.png").write_bytes(picture("png-grey"))


def _pictures(path: Path) -> None:
    for n, name in enumerate(("png-alpha", "png-sixteen", "jpeg-cmyk", "gif-animated", "tiff-pages", "webp-extended")):
        (path / "beta" / f"p{n}.png").write_bytes(picture(name))


def _blank(path: Path) -> None:
    for n, grey in enumerate((0, 127, 255)):
        Image.new("L", (28, 28), grey).save(path / "beta" / f"blank{n}.png")


FOLDERS: dict[str, Callable[[Path, Rng], object]] = {
    "none": lambda path, rng: path.mkdir(),
    "one": lambda path, rng: classes(path, ("alpha",)),
    "few": lambda path, rng: classes(path, pictures=1),
    "two-each": lambda path, rng: classes(path, pictures=2),
    "one-empty": partial(_made, _emptied),
    "copies": partial(_made, _copies),
    "blank": partial(_made, _blank),
    "many": partial(_made, _many),
    "deep": partial(_made, _deep),
    "numbered": partial(_made, _numbered),
    "other-pictures": partial(_made, _pictures),
    "apart": lambda path, rng: _apart(path, ("alpha", "beta")),
    "apart-no-test": lambda path, rng: _apart(path, ()),
    "apart-other-test": lambda path, rng: _apart(path, ("alpha", "gamma")),
    "apart-both-files": partial(_made, lambda path: ((path / "train").mkdir(), (path / "test").touch())),
    "link-to-above": partial(_made, lambda path: (path / "gamma").symlink_to("..")),
    "link-to-itself": partial(_made, lambda path: (path / "gamma").symlink_to("gamma")),
    "link-to-root": partial(_made, lambda path: (path / "gamma").symlink_to("/")),
    "file-for-class": partial(_made, lambda path: (path / "gamma").touch()),
    "closed": partial(_made, lambda path: (path / "beta").chmod(0)),
    "hidden": partial(_made, lambda path: (path / "beta").rename(path / ".beta")),
}
