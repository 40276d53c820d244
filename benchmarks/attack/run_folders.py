"""Damage to run folders: `write` of these inputs is done to a copy of a real one, finished or still in training."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from attack.arrays import HEADERS
from attack.cases import DAMAGES, Cases, Rng
from attack.places import PLACES

Content = Callable[[bytes], bytes]
RECIPE_KEYS = (
    *(
        "versions",
        "commit",
        "machine",
        "recipe",
        "seed",
        "calibrated_from",
        "teachers",
        "extension",
        "backend",
        "parameters",
    ),
    *("precision", "data", "class_names", "image_shape"),
)
VALUES: tuple[Any, ...] = (None, "x", 5, -1, 1.5, [], {}, True, {"a": [1]}, "\x1b[31m\nerror: x", [None], 10**30)
INNER: dict[str, Any] = {
    "recipe.name": [5, "\x1b[31mx\ny", "x" * 1_000_000, None],
    "recipe.model": ["none", 5, None],
    "recipe.epochs": ["1", None, -3, [1]],
    "recipe.batch_size": [0, -1, "x", 10**30],
    "recipe.learning_rate": ["x", None, -1.0],
    "recipe.optimizer": ["none", 5],
    "recipe.schedule": ["none", None],
    "recipe.augmentation": ["none at all", 5],
    "recipe.sources": [5, ["none"], "x"],
    "recipe.views": [0, "x", 10**9],
    "recipe.surplus": [1],
    "data.source": [5, None, "nowhere.npz", "", "/dev/zero", "x" * 5_000, "a\0b"],
    "data.sha256": [5, "0" * 64],
    "data.name": [5, "\x1b[31m"],
}
WHERE = {"recipe.json": ("evaluate", "resume"), "history.csv": ("evaluate", "resume"), "checkpoint.npz": ("resume",)}
DONE = {"evaluation.json": ("resume",), "model.onnx": ("evaluate", "resume")}  # to a finished run


def cases(seed: int) -> Cases:
    """All of them. The attack says the file, and so what is done with the run."""
    found = Cases("runs", seed)
    for file in (*WHERE, *DONE):
        for name, content in CONTENTS.items():
            found.add(f"{file}-{name}", f"run {file}", "run", partial(_rewritten, file, content))
        for n, name in enumerate(("pipe", "folder", "loop", "dangling", "link-to-zero", "socket")):
            if n < 3 or file in ("recipe.json", "history.csv"):
                found.add(f"{file}-{name}", f"run {file}", "run", partial(_replaced, file, PLACES[name]))
        for name in ("truncated", "flipped", "overwritten"):
            found.add(f"{file}-{name}", f"run {file}", "run", partial(_damaged, file, name))
        found.add(f"{file}-missing", f"run {file}", "run", partial(_missing, file))
        found.add(f"{file}-vast", f"run {file}", "run", partial(_vast, file))
    for n, key in enumerate(RECIPE_KEYS):
        found.add(f"recipe.json-without-{key}", "run recipe.json", "run", partial(_changed, "recipe.json", key, ...))
        for value in (VALUES[2 * n % 12], VALUES[(2 * n + 5) % 12]):
            _wrong(found, "recipe.json", key, value)
    for key, values in INNER.items():
        for value in values:
            _wrong(found, "recipe.json", key, value)
    for n, key in enumerate(("accuracy", "correct", "total", "split", "accuracy_interval_95", "confusion")):
        found.add(
            f"evaluation.json-without-{key}",
            "run evaluation.json",
            "run",
            partial(_changed, "evaluation.json", key, ...),
        )
        _wrong(found, "evaluation.json", key, VALUES[n])
    for name, content in TABLES.items():
        found.add(f"history.csv-{name}", "run history.csv", "run", partial(_rewritten, "history.csv", content))
    for name, arrays in CHECKPOINTS.items():
        found.add(f"checkpoint.npz-{name}", "run checkpoint.npz", "run", partial(_checkpoint, arrays))
    return found


def commands(case_attack: str, name: str) -> list[tuple[str, str]]:
    """What is done with a run of such damage: a command, and to which of the two runs."""
    file = case_attack.removeprefix("run ")
    done = [(verb, "finished" if verb == "evaluate" else "begun") for verb in WHERE.get(file, ())]
    done += [(verb, "finished") for verb in DONE.get(file, ())]
    served = file == "model.onnx" or name.split("-")[1].startswith(("deep", "pipe", "null", "missing"))
    return [*done, ("serve", "finished")] if served and file != "checkpoint.npz" else done


def _wrong(found: Cases, file: str, key: str, value: Any) -> None:
    count = sum(one.name.startswith(f"{file}-{key}-wrong") for one in found)
    found.add(f"{file}-{key}-wrong-{count}", f"run {file}", "run", partial(_changed, file, key, value))


def _rewritten(file: str, content: Content, run: Path, rng: Rng) -> None:
    (run / file).write_bytes(content((run / file).read_bytes()))


def _damaged(file: str, damage: str, run: Path, rng: Rng) -> None:
    (run / file).write_bytes(DAMAGES[damage]((run / file).read_bytes(), rng))


def _replaced(file: str, place: Callable[[Path], object], run: Path, rng: Rng) -> None:
    (run / file).unlink()
    place(run / file)


def _missing(file: str, run: Path, rng: Rng) -> None:
    (run / file).unlink()


def _vast(file: str, run: Path, rng: Rng) -> None:
    os.truncate(run / file, 6_000_000_000)


def _changed(file: str, key: str, value: Any, run: Path, rng: Rng) -> None:
    """A key of a JSON file, or of an object in it, set; or left out, for `...`."""
    result = json.loads((run / file).read_text())
    outer, _, inner = key.rpartition(".")
    place = result[outer] if outer else result
    if value is ...:
        place.pop(inner, None)
    else:
        place[inner] = value
    (run / file).write_text(json.dumps(result))


def _checkpoint(arrays: dict[str, Any], run: Path, rng: Rng) -> None:
    from attack.archives import saved

    with np.load(run / "checkpoint.npz", allow_pickle=False) as archive:
        held = {key: archive[key] for key in archive.files}
    (run / "checkpoint.npz").write_bytes(saved({**held, **arrays}))


def copied(run: Path, to: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(run, to, symlinks=True))


CONTENTS: dict[str, Content] = {
    "empty": lambda content: b"",
    "blank": lambda content: b" \n",
    "null": lambda content: b"null",
    "null-bytes": lambda content: bytes(5_000),
    "number": lambda content: b"1" * 5_000,
    "list": lambda content: b"[]",
    "deep": lambda content: b"[" * 100_000,
    "deep-whole": lambda content: b'{"recipe": ' + b"[" * 990 + b"]" * 990 + b"}",
    "not-utf8": lambda content: content[:30] + b"\xff\xfe\xe9" + content[30:],
    "utf16": lambda content: content.decode("latin-1").encode("utf-16"),
    "twice": lambda content: content * 2,
    "nan": lambda content: content.replace(b": 0", b": NaN").replace(b",0.", b",nan"),
    "surrogate": lambda content: content.replace(b'"', b'"\\ud800', 8),
}
TABLES: dict[str, Content] = {
    "field-long": lambda content: content + b"2," + b"9" * 200_000 + b",1,1,1,1,1\n",
    "field-longest": lambda content: content + b'2,"' + b"x" * 5_000_000 + b'",1,1,1,1,1\n',
    "column-more": lambda content: content.rstrip() + b",7\n",
    "column-fewer": lambda content: content + b"2,0.1\n",
    "column-none": lambda content: b"\n" + content,
    "column-twice": lambda content: content.replace(b"loss", b"epoch", 1),
    "column-other": lambda content: content.replace(b"loss", b"\x1b[31m"),
    "words": lambda content: content + b"a,b,c,d,e,f,g\n",
    "infinite": lambda content: content + b"2,inf,nan,1e999,-inf,0,0\n",
    "quote-open": lambda content: content + b'2,"0.1,0.2,1,1,1,1\n',
    "null-character": lambda content: content + b"2,\0,1,1,1,1,1\n",
    "rows-none": lambda content: content.splitlines()[0] + b"\n",
    "rows-many": lambda content: content + content.splitlines()[-1].join([b"\n"] * 200_000),
    "returns": lambda content: content.replace(b"\n", b"\r"),
    "underscores": lambda content: content + b"2,1_0,1,1,1,1,1\n",
}
CHECKPOINTS: dict[str, dict[str, Any]] = {
    "history-none": {"history": None},
    "history-words": {"history": np.array("no json")},
    "history-deep": {"history": np.array("[" * 100_000)},
    "history-object": {"history": np.array('{"a": 1}')},
    "history-types": {"history": np.array('[{"epoch": "x", "loss": null}]')},
    "history-numbers": {"history": np.arange(3)},
    "history-nan": {"history": np.array('[{"epoch": NaN}]')},
    "state-none": {"v0": None},
    "state-empty": {"v0": np.zeros(0)},
    "state-words": {"v0": np.array(["a", "b"])},
    "state-objects": {"v0": np.array([None], object)},
    "state-gaps": {"v0": np.full((3, 3, 1, 16), np.nan, np.float32)},
    "state-more": {"v9999": np.zeros(3)},
    "state-vast": {"v0": HEADERS["size-vast"]},
    "state-terabyte": {"v0": HEADERS["size-terabyte"]},
}
