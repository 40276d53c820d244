"""What a few pictures of one's own give, and what they cost on MNIST: records/extend.json.

    python studies/extend.py

Sevens that are crossed, as in much of Europe, are rare in MNIST, whose writers were American. Some are made
of its validation images, which no network here learns, by a bar across each: 40 of them are given to
`mnistry train --extend`, 400 others are what it is measured on. Each recipe is trained with the same
seeds without them and with them; both are then scored on MNIST's 10,000 test images.

Finished: last run at commit bdab566.
"""

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.data import load_dataset
from mnistry.reader import Reader
from mnistry.safety.atomic_write import replace
from mnistry.training import provenance, train

RECORD = Path(__file__).parents[1] / "records" / "extend.json"
RECIPES = ("fast", "tutorial")
SEEDS = (0, 1, 2)
GIVEN = 40


def main() -> None:
    sevens = crossed()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        given = Path(name) / "mine"
        (given / "7").mkdir(parents=True)
        for i, image in enumerate(sevens[:GIVEN]):
            Image.fromarray(image).save(given / "7" / f"{i:04}.png")
        for recipe in RECIPES:
            for seed in SEEDS:
                for extend in (None, given):
                    run = train(recipe, seed=seed, extend=extend, out=Path(name) / f"{recipe}{seed}{bool(extend)}")
                    right = float((Reader(run.model).classify(sevens[GIVEN:]).argmax(axis=1) == 7).mean())
                    test = run.evaluation.accuracy if run.evaluation else None
                    rows.append({"recipe": recipe, "seed": seed, "extended": bool(extend), "own": right, "mnist": test})
                    print(rows[-1], flush=True)
    record = {
        "what": "crossed sevens, and MNIST's test images, right without 40 crossed sevens and with them",
        "command": "python studies/extend.py",
        "given": GIVEN,
        "measured_on": len(sevens) - GIVEN,
        "means": means(rows),
        "runs": rows,
        **provenance.describe(),
    }
    replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def crossed() -> NDArray[np.uint8]:
    """Validation sevens with a bar across the middle of their stem, as thick as they are: (n, 28, 28)."""
    split, rng = load_dataset().validation, np.random.default_rng(0)
    images = split.images[split.labels == 7][..., 0].copy()
    for image in images:
        y = int(rng.integers(13, 17))
        inked = np.flatnonzero(image[y] > 127)
        middle = int(inked.mean()) if len(inked) else 14
        reach, tilt = int(rng.integers(3, 6)), int(rng.integers(-1, 2))
        cv2.line(image, (middle - reach, y + tilt), (middle + reach, y - tilt), 255, 2, cv2.LINE_AA)
    return images[: GIVEN + 400]


def means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By recipe the means over seeds, without and with the pictures."""
    found = []
    for recipe in RECIPES:
        for extended in (False, True):
            own = [row for row in rows if (row["recipe"], row["extended"]) == (recipe, extended)]
            shares = {key: round(statistics.mean(row[key] for row in own), 5) for key in ("own", "mnist")}
            found.append({"recipe": recipe, "extended": extended, **shares})
    return found


if __name__ == "__main__":
    main()
