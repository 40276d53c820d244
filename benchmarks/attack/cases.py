"""One hostile input: its name, and how it is made from that name and a seed alone; and what damages bytes of any kind.

A name says the kind, what is done, and the seed: `png-flipped-3-s0`. The random numbers of an input follow from its
name and the seed, so that each can be made again without the others.
"""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Rng = np.random.Generator
Write = Callable[[Path, Rng], object]
EXTREMES = (0, 1, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Case:
    """One input. `write` makes it at a path that ends in `file`, whose folder is its own.

    `attack` says what it is given to (see attack.py). An input that is `heavy` may cost much to make or read.
    """

    name: str
    kind: str
    attack: str
    file: str
    write: Write
    seed: int
    heavy: bool = False

    def make(self, folder: Path) -> Path:
        """Make it in a folder of its own, below `folder`."""
        own = folder / self.name
        own.mkdir(parents=True)
        self.do(own / self.file)
        return own / self.file

    def do(self, path: Path) -> None:
        """Write it there, or damage what is there."""
        self.write(path, np.random.default_rng([self.seed, zlib.crc32(self.name.encode())]))


class Cases(list[Case]):
    """Inputs of one kind, with a seed, as they are gathered."""

    def __init__(self, kind: str, seed: int) -> None:
        super().__init__()
        self.kind, self.seed = kind, seed

    def add(self, what: str, attack: str, file: str, write: Write | bytes, *, heavy: bool = False) -> None:
        """One more; `write` may be its content."""
        made = always(write) if isinstance(write, bytes) else write
        self.append(Case(f"{what}-s{self.seed}", self.kind, attack, file, made, self.seed, heavy))


def always(content: bytes) -> Write:
    """A file of this content."""
    return lambda path, rng: path.write_bytes(content)


def drawn(content: Callable[[Rng], bytes]) -> Write:
    """A file whose content is drawn."""
    return lambda path, rng: path.write_bytes(content(rng))


def truncated(data: bytes, rng: Rng) -> bytes:
    """A part of it from its beginning: anywhere, or with only its end, or all but its head, missing."""
    ends = (int(rng.integers(1, len(data))), len(data) - int(rng.integers(1, 9)), int(rng.integers(1, 65)))
    return data[: max(1, ends[rng.integers(3)])]


def flipped(data: bytes, rng: Rng) -> bytes:
    """With 1 to 64 bits turned; one time of three in its head, where the sizes are."""
    array = np.frombuffer(data, np.uint8).copy()
    room = min(len(array), 128) if rng.random() < 1 / 3 else len(array)
    for at in map(int, rng.integers(0, room, 2 ** int(rng.integers(0, 7)))):
        array[at] ^= 1 << int(rng.integers(8))
    return array.tobytes()


def overwritten(data: bytes, rng: Rng) -> bytes:
    """With a run of up to a quarter of it replaced by noise, zeros or ones."""
    length = int(rng.integers(1, max(2, len(data) // 4)))
    at = int(rng.integers(0, max(1, len(data) - length)))
    run = (rng.bytes(length), bytes(length), b"\xff" * length)[rng.integers(3)]
    return data[:at] + run + data[at + length :]


def lying(data: bytes, rng: Rng) -> bytes:
    """With a number in its head, of 1, 2 or 4 bytes in either order, replaced by an extreme one."""
    size, order = (1, 2, 4)[rng.integers(3)], ("<", ">")[rng.integers(2)]
    number = EXTREMES[rng.integers(len(EXTREMES))] & (256**size - 1)
    at = int(rng.integers(0, max(1, min(len(data), 160) - size)))
    return data[:at] + struct.pack(order + {1: "B", 2: "H", 4: "I"}[size], number) + data[at + size :]


def stretched(data: bytes, rng: Rng) -> bytes:
    """With a run in it repeated up to 200 times, or left out."""
    at = int(rng.integers(0, len(data)))
    end = min(len(data), at + int(rng.integers(1, 400)))
    return data[:at] + data[at:end] * int(rng.choice([0, 2, 20, 200])) + data[end:]


def spliced(data: bytes, others: Sequence[bytes], rng: Rng) -> bytes:
    """The head of one and the tail of another."""
    other = others[int(rng.integers(len(others)))]
    return data[: int(rng.integers(4, max(5, min(len(data), 400))))] + other[int(rng.integers(0, len(other))) :]


DAMAGES: dict[str, Callable[[bytes, Rng], bytes]] = {
    "truncated": truncated,
    "flipped": flipped,
    "overwritten": overwritten,
    "lying": lying,
    "stretched": stretched,
}


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def resealed(data: bytes) -> bytes:
    """A damaged PNG with checksums that hold again, so that the damage reaches what is behind them."""
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        body = data[at + 8 : at + 8 + length]
        out.append(data[at : at + 8] + body + struct.pack(">I", zlib.crc32(data[at + 4 : at + 8] + body)))
        at += 12 + length
    return b"".join(out)


def damaged(cases: Cases, name: str, data: Callable[[], bytes], attack: str, file: str, times: dict[str, int]) -> None:
    """Add inputs of each damage, `times` times; `data` is asked for only when one is made."""
    for damage, many in times.items():
        for n in range(many):
            cases.add(f"{name}-{damage}-{n}", attack, file, drawn(_damage(DAMAGES[damage], data)))


def _damage(damage: Callable[[bytes, Rng], bytes], data: Callable[[], bytes]) -> Callable[[Rng], bytes]:
    return lambda rng: damage(data(), rng)
