import gzip
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import csv_file
from mnistry.errors import DataError

HEADER = "label," + ",".join(f"pixel{i}" for i in range(784))


def rows(n: int = 5) -> np.ndarray:
    """Labels, then pixels: (n, 785)."""
    rng = np.random.default_rng(0)
    return np.concatenate([np.arange(n)[:, None] % 10, rng.integers(0, 256, (n, 784))], axis=1)


def text(values: np.ndarray, separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in values.tolist())


def read(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> csv_file.Table:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return csv_file.read(tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{text(rows())}",
        text(rows()),
        "\ufeff" + f"{HEADER}\r\n" + text(rows()).replace("\n", "\r\n"),
        f"{HEADER}\n\n{text(rows())}\n\n",
        text(rows(), ";"),
        text(rows(), "\t"),
        text(rows().astype(float)),
        "".join(",".join(f'"{value}"' for value in row) + "\n" for row in rows().tolist()),
        f"{','.join(map(str, range(785)))}\n{text(rows())}",
        f"{HEADER.removeprefix('label,')},class\n{text(np.roll(rows(), -1, axis=1))}",
        f"{','.join(map(str, range(784)))},label\n{text(np.roll(rows(), -1, axis=1))}",
        "," + f"{HEADER}\n" + text(np.insert(rows(), 0, np.arange(5), axis=1)),
        "\t" + HEADER.replace(",", "\t") + "\n" + text(np.insert(rows(), 0, np.arange(5), axis=1), "\t"),
        f"sep=;\n{HEADER.replace(',', ';')}\n{text(rows(), ';')}",
        f"# label, pixels\n{text(rows())}",
        f"# {HEADER.removeprefix('label,')},label\n{text(np.roll(rows(), -1, axis=1))}",
    ],
    ids=[
        "header",
        "none",
        "bom",
        "blank lines",
        "semicolons",
        "tabs",
        "12.0",
        "quotes",
        "numbered",
        "label last",
        "numbered, label last",
        "index",
        "index, tabs",
        "sep=",
        "#",
        "# names",
    ],
)
def test_ways_to_write_it(tmp_path: Path, content: str) -> None:
    found, expected = read(tmp_path, content), rows()
    assert found.labels is not None
    assert found.labels.tolist() == expected[:, 0].tolist()
    assert np.array_equal(found.images, expected[:, 1:].reshape(-1, 28, 28))
    assert found.images.dtype == np.uint8


def test_without_labels(tmp_path: Path) -> None:
    for header in ("", HEADER.removeprefix("label,") + "\n"):
        found = read(tmp_path, header + text(rows()[:, 1:]))
        assert found.labels is None
        assert np.array_equal(found.images, rows()[:, 1:].reshape(-1, 28, 28))


def test_more_rows_than_are_parsed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "ROWS", 3)
    assert np.array_equal(read(tmp_path, text(rows(10))).images, rows(10)[:, 1:].reshape(-1, 28, 28))
    broken = text(rows(10)).splitlines()
    broken[7] += ",1"
    with pytest.raises(DataError, match=r"a\.csv: line 8 has 786 columns: wanted 785, as in the first$"):
        read(tmp_path, "\n".join(broken))


def test_gzipped(tmp_path: Path) -> None:
    packed = gzip.compress(text(rows()).encode())
    assert len(read(tmp_path, packed, "a.csv.gz").images) == 5
    with pytest.raises(DataError, match=r"a\.csv\.gz: truncated or damaged gzip data \(.*\): fetch it again$"):
        read(tmp_path, packed[:-50], "a.csv.gz")


def changed(row: int, column: int, value: str) -> str:
    lines = [line.split(",") for line in text(rows()).splitlines()]
    lines[row][column] = value
    return "\n".join(map(",".join, lines))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty: wanted a CSV file of images"),
        (HEADER, "has a header and no rows: wanted images"),
        ("1,2,3", "line 1 has 3 columns: wanted 784 pixels per row, or 785 columns with the label"),
        ("hello", "line 1 has 1 column: wanted 784 pixels per row, or 785 columns with the label"),
        (changed(2, 3, "x"), "line 3, column 4 is 'x': wanted a whole number from 0 to 255"),
        (changed(2, 3, ""), "line 3, column 4 is '': wanted a whole number from 0 to 255"),
        (changed(2, 3, "256"), "line 3, column 4 is '256': wanted a whole number from 0 to 255"),
        (changed(2, 3, "-1"), "line 3, column 4 is '-1': wanted a whole number from 0 to 255"),
        (changed(2, 3, "0.5"), "line 3, column 4 is '0.5': wanted a whole number from 0 to 255: multiply by 255"),
        (changed(2, 3, "1_0"), "line 3, column 4 is '1_0': wanted a whole number from 0 to 255"),
        ("\n" * 2_000, "more than 1,000 blank lines from line 1 on: wanted a row in each"),
        (changed(2, 3, "nan"), "line 3, column 4 is 'nan': wanted a whole number from 0 to 255"),
        (changed(2, 3, "9" * 30), "line 3, column 4 is '9999"),
        (changed(4, 0, "seven"), "line 5, column 1 is 'seven': wanted a label, a whole number of 0 or more"),
        (changed(4, 0, "-7"), "line 5, column 1 is '-7': wanted a label, a whole number of 0 or more"),
        (
            HEADER.replace("label", "id") + "\n" + text(rows()),
            "has 785 columns, the first of them 'id': wanted 784 pixels, and beside them one column named label or none",
        ),
        (text(rows()) + "1,2\n", "line 6 has 2 columns: wanted 785, as in the first"),
        (b"\xff\xfe\x00", "line 1 is not text (UTF-8): wanted a CSV file: save it as CSV UTF-8"),
        ("1," * 60_000, "line 1 has more than 50,000 characters: wanted 784 pixels per row"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError) as said:
        read(tmp_path, content)
    assert str(said.value).startswith(f"{tmp_path / 'a.csv'}: {message}")


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    packed = gzip.compress(b"0\n" * 60_000_000, 9)
    with pytest.raises(DataError, match=r"bomb\.csv\.gz: (line 1 has 1 column|holds .* MB, packed into)"):
        read(tmp_path, packed, "bomb.csv.gz")
    lines = gzip.compress((",".join("0" * 785) + "\n").encode() * 70_000, 9)
    with pytest.raises(DataError, match=r"bomb\.csv\.gz: holds 100 MB, packed into 0\.\d MB: wanted at most 100 times"):
        read(tmp_path, lines, "bomb.csv.gz")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: cannot be read: [Nn]o such file"):
        csv_file.read(tmp_path / "none.csv")
