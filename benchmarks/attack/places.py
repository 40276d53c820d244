"""Files that are no pictures and are called so; and things in a folder that are no files, or have odd names."""

import os
import socket
import struct
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attack.cases import Cases, Rng
from attack.pictures import picture

Place = Callable[[Path], object]
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n%%EOF\n"
HEIC = struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + struct.pack(">I", 16) + b"meta" + bytes(8)
STRANGERS = {
    "eps": EPS,
    "eps-binary": b"\xc5\xd0\xd3\xc6" + struct.pack("<IIIIIIH", 32, len(EPS), 0, 0, 0, 0, 65_535) + b"\0\0" + EPS,
    "ps-loop": EPS.replace(b"showpage", b"{} loop"),
    "pdf": b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "xml-laughs": b'<!DOCTYPE l [<!ENTITY a "ha">' + b'<!ENTITY b "&a;&a;&a;&a;">' * 40 + b"]><svg>&b;</svg>",
    "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 65_000, 65_000, 8, 3) + bytes(40),
    "icns": b"icns" + struct.pack(">I", 24) + b"ic10" + struct.pack(">I", 16) + bytes(8),
    "ico": b"\0\0\1\0\xff\xff" + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, 2**31, 22) * 20,
    "xbm": b"#define a_width 99999\n#define a_height 99999\nstatic char a_bits[] = {\n0x00, 0x00\n};\n",
    "xpm": b'/* XPM */\nstatic char *a[] = {\n"99999 99999 1 1",\n"a c #000000",\n"a"};\n',
    "fits": b"SIMPLE  =                    T".ljust(80) + b"BITPIX  =                    8".ljust(2_800),
    "heic": HEIC,
    "avif": HEIC.replace(b"heic", b"avif"),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I", 20) + b"ftypjp2 \0\0\0\0jp2 ",
    "j2k": b"\xff\x4f\xff\x51" + struct.pack(">HHIIII", 47, 0, 2**31, 2**31, 0, 0) + bytes(40),
    "tga": bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 24, 0]) + bytes(100),
    "pcx": b"\n\5\1\10\0\0\0\0\xff\xff\xff\xff" + bytes(116),
    "dds": b"DDS " + struct.pack("<IIII", 124, 0x1007, 65_535, 65_535) + bytes(108),
    "sgi": b"\1\xda\1\1\0\3\xff\xff\xff\xff\0\3" + bytes(500),
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 1_000,
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(500),
    "grib": b"GRIB" + bytes(500),
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(100),
    "flash-dynamic": b"DSIG" + bytes(500),
    "zip": b"PK\3\4" + bytes(500),
    "text": b"no picture at all\n" * 100,
    "html": b"<html><img src=x></html>",
    "null": bytes(10_000),
    "ones": b"\xff" * 50_000,
    "pnm-comment": b"P5\n#" + b"c" * 5_000_000,
    "pnm-number": b"P5\n" + b"9" * 5_000_000 + b" 1\n255\n",
    "pnm-blanks": b"P5\n" + b" " * 5_000_000,
    "pnm-negative": b"P5\n-5 -5\n255\n" + bytes(25),
    "pnm-deep": b"P6\n10 10\n65535\n" + bytes(600),
    "pnm-zero": b"P6\n10 10\n0\n" + bytes(300),
    "pam": b"P7\nWIDTH 99999\nHEIGHT 99999\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" + bytes(64),
    "pfm": b"Pf\n10 10\nnan\n" + bytes(400),
    "pfm-infinite": b"Pf\n10 10\n-1.0\n" + struct.pack("<f", float("inf")) * 50 + struct.pack("<f", float("nan")) * 50,
}
NAMES: dict[str, str | bytes] = {
    "escape": "a\x1b[2J\x1b]0;title\x07.png",
    "newline": "a\nerror: b.png",
    "tab": "a\tb.png",
    "return": "a\rb.png",
    "delete": "a\x7f.png",
    "control-c1": "a\x9b2J.png",
    "right-to-left": "a\u202egnp.png",
    "line-separator": "a\u2028b.png",
    "invalid": b"a\xff\xfe.png",
    "invalid-latin": b"caf\xe9.png",
    "longest": "n" * 251 + ".png",
    "longest-wide": "é" * 125 + ".png",
    "markup": "[bold red]a.png",
    "format": "%s%n{0}{file}.png",
    "shell": "$(touch x);`touch y`.png",
    "quotes": '"a\'b".png',
    "backslash": "a\\nb.png",
    "emoji": "\U0001f9ee\u200d.png",
    "only-suffix": "a.png.png",
    "blank": " .png",
    "dots": "...png",
    "upper": "A.PNG",
    "null-width": "a\u200b\ufeff.png",
    "combining": "e" + "\u0301" * 60 + ".png",
}


def cases(seed: int) -> Cases:
    """Both kinds."""
    found = Cases("places", seed)
    for name, content in STRANGERS.items():
        for suffix in ("png", "jpg"):
            found.add(f"called-{suffix}-{name}", "picture", f"a.{suffix}", content)
    for name, place in PLACES.items():
        found.add(f"place-{name}", "place", "a.png", partial(_placed, place))
    for name, odd in NAMES.items():
        found.add(f"name-{name}", "place", "a.png", partial(_named, odd))
    return found


def _placed(place: Place, path: Path, rng: Rng) -> None:
    place(path)


def _named(name: str | bytes, path: Path, rng: Rng) -> None:
    path.with_name(os.fsdecode(name)).write_bytes(picture("png-grey"))


def _socket(path: Path) -> None:
    """A Unix socket: its address has room for some 100 bytes, so it is made elsewhere and moved here."""
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as made:
        made.bind(f"{short}/s")
        Path(short, "s").replace(path)


def _unreadable(path: Path) -> None:
    path.write_bytes(picture("png-grey"))
    path.chmod(0)


def _unreadable_folder(path: Path) -> None:
    path.mkdir()
    path.chmod(0)


def _folder_link(path: Path) -> None:
    """A link to the folder that it lies in."""
    path.symlink_to(".", target_is_directory=True)


def _chain(path: Path) -> None:
    """Links, one to the next, more than are followed."""
    for n in range(60):
        (path.parent / f"link{n}").symlink_to(f"link{n + 1}")
    (path.parent / "link60").write_bytes(picture("png-grey"))
    path.symlink_to("link0")


PLACES: dict[str, Place] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "dangling": lambda path: path.symlink_to("nowhere.png"),
    "loop": lambda path: path.symlink_to("a.png"),
    "loop-of-two": lambda path: (path.symlink_to("b.png"), path.with_name("b.png").symlink_to("a.png")),
    "chain": _chain,
    "folder": lambda path: path.mkdir(),
    "folder-link": _folder_link,
    "unreadable": _unreadable,
    "unreadable-folder": _unreadable_folder,
    "link-to-pipe": lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to("p")),
    "link-to-zero": lambda path: path.symlink_to("/dev/zero"),
    "link-to-random": lambda path: path.symlink_to("/dev/urandom"),
    "link-to-full": lambda path: path.symlink_to("/dev/full"),
    "link-to-null": lambda path: path.symlink_to("/dev/null"),
    "link-to-stdin": lambda path: path.symlink_to("/dev/stdin"),
    "link-to-memory": lambda path: path.symlink_to("/proc/self/mem"),
    "link-to-messages": lambda path: path.symlink_to("/proc/kmsg"),
    "link-to-picture": lambda path: (
        path.with_name("real").write_bytes(picture("png-grey")),
        path.symlink_to("real"),
    ),
}
