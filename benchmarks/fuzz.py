"""Coverage-guided fuzzing of what reads files of other people: records/fuzz.json.

    pip install atheris                                # not among the extras: it is needed here alone
    python benchmarks/fuzz.py decode --minutes 15      # one target; without a name all of them, one after the other
    python benchmarks/fuzz.py --minutes 15 --record    # and write what came into records/fuzz.json

libFuzzer changes files at random, keeps those that reach new code, and goes on from them; here it sees the code of
mnistry, and of zipfile, NumPy's header and Pillow's readers in Python, but not what is compiled. A finding is any
exception but those that a target is meant to raise, 20 seconds over one input, or 2 GB of memory. Linux only.

Source: Serebryany 2016, Continuous Fuzzing with libFuzzer; Google's atheris.
"""

import argparse
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mnistry.classifier import metadata
from mnistry.data import idx, npz
from mnistry.errors import DataError, ModelError, PictureError
from mnistry.ocr import decode, document
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import replace

RECORD = Path(__file__).parents[1] / "records" / "fuzz.json"
MEMORY_MB = 2_000
INPUT_S = 20
MAX_BYTES = 16_384
WATCHED = ["mnistry", "PIL", "zipfile", "numpy.lib", "json"]  # code in Python whose branches guide the search
STATS = re.compile(rb"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)")


@dataclass(frozen=True)
class Target:
    """What is given bytes, the errors it is meant to raise, and the files it begins with."""

    call: Callable[[bytes], object]
    raises: type[Exception]
    seeds: Callable[[], list[bytes]]


def pictures() -> list[bytes]:
    """A small picture in every format that is read."""
    grey = Image.fromarray(np.kron(np.eye(4, dtype=np.uint8), np.full((4, 4), 200, np.uint8)))
    ways: list[tuple[str, str, dict[str, Any]]] = [
        *(("PNG", mode, {}) for mode in ("1", "L", "P", "RGBA", "I;16")),
        *(("JPEG", mode, {"progressive": mode == "L"}) for mode in ("L", "CMYK")),
        *(("TIFF", "L", {"compression": name}) for name in ("raw", "packbits", "tiff_lzw", "jpeg", "group4")),
        *((name, "RGB", {}) for name in ("BMP", "GIF", "PPM", "WEBP")),
    ]
    exif = Image.Exif()
    exif[0x0112] = 6
    found = []
    for name, mode, options in ways:
        options |= {"exif": exif} if name in ("PNG", "JPEG", "WEBP") else {}
        image = grey.convert("1") if options.get("compression") == "group4" else grey.convert(mode)
        out = io.BytesIO()
        image.save(out, name, **options)
        found.append(out.getvalue())
    return [*found, b"P3 2 2 255 1 2 3 4 5 6 7 8 9 10 11 12", b"P1 2 2 0 1 1 0"]


def documents() -> list[bytes]:
    """Two small pages in every format that may have several, except PDF, whose reader is not in Python."""
    pages = [Image.fromarray(np.kron(np.eye(4, dtype=np.uint8), np.full((4, 4), grey, np.uint8))) for grey in (90, 200)]
    found = []
    for name in ("TIFF", "GIF", "PNG", "WEBP"):
        out = io.BytesIO()
        pages[0].save(out, name, save_all=True, append_images=pages[1:])
        found.append(out.getvalue())
    return found


def archives() -> list[bytes]:
    """Small archives of arrays, stored and deflated."""
    found = []
    for save in (np.savez, np.savez_compressed):
        for array in (np.arange(6).reshape(2, 3), np.zeros((2, 4, 4), np.uint8), np.array(["a", "b"])):
            out = io.BytesIO()
            save(out, x=array)
            found.append(out.getvalue())
    return found


def idx_files() -> list[bytes]:
    """Small IDX files, gzipped and not."""
    plain = [idx.header(shape) + bytes(range(int(np.prod(shape)))) for shape in ((4,), (2, 3, 3))]
    return [*plain, *map(gzip.compress, plain)]


def texts() -> list[bytes]:
    """What a model says of itself, a value a line, with its key before it."""
    result = {"temperature": 1.5, "rejection": {"threshold": -0.5}, "class_names": ["a", "b"], "seed": 0}
    result |= {"recipe": {"name": "x", "members": [{"recipe": {"name": "y"}, "seed": None}]}, "elapsed_s": 1e3}
    return [
        "\n".join(f"{key} {json.dumps(value)}" for key, value in result.items()).encode(),
        b'[{"a": ["\\ud83d\\ude00", -1]}]',
    ]


def read_pages(data: bytes) -> None:
    """The first pages of a file."""
    with document.opened(data, "a") as file:
        for number in file.pages.numbers[:4]:
            decode.decode_page(file, number)


def read_archive(data: bytes) -> None:
    """Every array of an archive."""
    path = scratch() / "a.npz"
    path.write_bytes(data)
    for key in sorted(npz.keys(path))[:8]:
        npz.header(path, key)
        npz.read(path, key)


def read_idx(data: bytes) -> None:
    """As labels and as images."""
    path = scratch() / "a.idx"
    path.write_bytes(data)
    idx.read(path, 1 if len(data) % 2 else 3)


def read_metadata(data: bytes) -> None:
    """As a reader does with a model's."""
    lines = [line.partition(" ") for line in data.decode("utf-8", "replace").split("\n")]
    result = metadata.read({key: value for key, _, value in lines}, "m.onnx")
    metadata.temperature(result, "m.onnx")
    metadata.threshold(result, "m.onnx")
    metadata.names(result, 2, "m.onnx")


def parse(data: bytes) -> None:
    """As the files of a run."""
    shape = {"a?": [str], "b?": ({"c": int}, None), str: object}
    strict_json.parse(data.decode("utf-8", "replace"), shape if len(data) % 2 else object)


def scratch() -> Path:
    """A folder in memory, where there is one."""
    shared = Path("/dev/shm")
    folder = (shared if shared.is_dir() else Path(tempfile.gettempdir())) / f"fuzz-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    return folder


TARGETS = {
    "decode": Target(decode.decode, PictureError, pictures),
    "pages": Target(read_pages, PictureError, documents),
    "npz": Target(read_archive, DataError, archives),
    "idx": Target(read_idx, DataError, idx_files),
    "metadata": Target(read_metadata, ModelError, texts),
    "strict_json": Target(parse, ValueError, texts),
}


def tried(target: Target, data: bytes) -> None:
    """Give bytes to a target; what it raises on purpose is well."""
    with suppress(target.raises):
        target.call(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="*", choices=[[], *TARGETS], help=f"by default all: {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=1, help="for each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the changes (default: %(default)s)")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="a folder for findings")
    parser.add_argument("--record", action="store_true", help="write records/fuzz.json")
    options = parser.parse_args()
    if subprocess.run([sys.executable, "-c", "import atheris"], capture_output=True).returncode:
        sys.exit("error: fuzzing needs atheris, which is not installed: pip install atheris")
    found = {name: fuzzed(name, options) for name in options.target or TARGETS}
    if options.record:
        from mnistry.training import provenance

        earlier = json.loads(RECORD.read_text())["targets"] if RECORD.exists() else {}
        record = {
            "what": "coverage-guided fuzzing of what reads files of other people",
            "command": "python benchmarks/fuzz.py TARGET --minutes N --record",
            "targets": earlier | {name: {**one, **provenance.describe()} for name, one in found.items()},
        }
        replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    sys.exit(any(one["findings"] for one in found.values()))


def fuzzed(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One target, in a process of its own, which libFuzzer ends; figures from what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, findings = Path(folder) / "corpus", Path(folder) / "findings"
        corpus.mkdir()
        findings.mkdir()
        for n, seed in enumerate(TARGETS[name].seeds()):
            (corpus / f"seed-{n}").write_bytes(seed)
        flags = [f"-max_total_time={round(60 * options.minutes)}", f"-seed={options.seed}", f"-max_len={MAX_BYTES}"]
        flags += [f"-rss_limit_mb={MEMORY_MB}", f"-timeout={INPUT_S}", f"-artifact_prefix={findings}/"]
        command = [sys.executable, __file__, "--inside", name, *flags, "-print_final_stats=1", str(corpus)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())
        kept = sorted(findings.iterdir())
        for finding in kept:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{name}-{finding.name}").write_bytes(finding.read_bytes())
    last = STATS.findall(done.stderr)
    executions, coverage, features, inputs = map(int, last[-1]) if last else (0, 0, 0, 0)
    ended = re.search(rb"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    figures = {
        "minutes": options.minutes,
        "executions": int(ended[1]) if ended else executions,
        "coverage": coverage,
        "features": features,
        "corpus": inputs,
        "findings": [finding.name for finding in kept],
    }
    print(name, figures, flush=True)
    if done.returncode and not kept:
        sys.exit(f"error: the fuzzer ended with {done.returncode}: {done.stderr[-2000:].decode(errors='replace')}")
    if kept:
        print(done.stderr[-4000:].decode(errors="replace"), flush=True)
    return figures


def environment() -> dict[str, str]:
    """One thread: another finds nothing sooner."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def inside(name: str, flags: list[str]) -> None:
    """Instrument the code that guides the fuzzer, then run it until its time is up; the process ends with it."""
    import atheris

    watched = [one for one in list(sys.modules) if one.split(".")[0] in {w.split(".")[0] for w in WATCHED}]
    for module in watched:
        if any(module == one or module.startswith(f"{one}.") for one in WATCHED):
            _instrument(atheris, sys.modules[module])
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], *flags], lambda data: tried(target, data), internal_libfuzzer=True)
    atheris.Fuzz()


def _instrument(atheris: Any, module: Any) -> None:
    """Every function and method of a module that is loaded already."""
    for owner in (module, *(one for one in vars(module).values() if isinstance(one, type))):
        if getattr(owner, "__module__", module.__name__) != module.__name__:
            continue
        for key, value in list(vars(owner).items()):
            code = getattr(value, "__code__", None)
            if code is not None and getattr(value, "__module__", None) == module.__name__:
                setattr(owner, key, atheris.instrument_func(value))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
    else:
        main()
