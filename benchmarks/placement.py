"""How pictures of class folders are placed, and how well the network then reads: records/placement.json.

    python benchmarks/placement.py

Pictures of single digits, photographed, scanned and drawn on papers of many kinds (`paper`), are made of MNIST's
training images and put into class folders; others, made of its validation images, are read. `mnistry train --data`
trains the recipe on the folder with each placement and the same seeds. Both networks are scored in two ways on the same
pictures: placed as in training (`classified`), and by `Reader.read`, which finds the ink itself (`read`).
"""

import json
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import paper
from mnistry.data import Dataset, Split, image_folder, load_dataset
from mnistry.errors import NoInkError
from mnistry.lineage import Placement
from mnistry.reader import Reader
from mnistry.safety import atomic_write
from mnistry.training import provenance, train

RECORD = Path(__file__).parents[1] / "records" / "placement.json"
RECIPE = "tutorial"
SEEDS = (0, 1, 2)
LEARNED, READ = 3_000, 1_000


def main() -> None:
    mnist, rng = load_dataset(), np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(mnist, mnist.train, LEARNED, rng, folder / "learned")
        truth = draw(mnist, mnist.validation, READ, rng, folder / "read")
        for placement in get_args(Placement):
            images = np.stack([placed(file, placement) for file in truth])
            for seed in SEEDS:
                run = train(
                    RECIPE, data=folder / "learned", placement=placement, seed=seed, out=folder / f"{placement}{seed}"
                )
                rows.append({"placement": placement, "seed": seed, **scored(Reader(run.model), truth, images)})
                print(rows[-1], flush=True)
    record = {
        "what": "pictures of single digits right, by a network trained on class folders of such pictures",
        "command": "python benchmarks/placement.py",
        "recipe": RECIPE,
        "learned": LEARNED,
        "measured_on": READ,
        "means": means(rows),
        "runs": rows,
        **provenance.describe(),
    }
    atomic_write.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def draw(mnist: Dataset, split: Split, count: int, rng: np.random.Generator, folder: Path) -> dict[Path, str]:
    """Draw pictures of one digit each into class folders; return what each shows."""
    source, truth = replace(mnist, validation=split), {}
    for i in range(count):
        sheet = paper.sheet(source, rng, paper.random_paper(rng), 1, 1)
        file = folder / sheet.lines[0] / f"{i:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet.pixels).save(file)
        truth[file] = sheet.lines[0]
    return truth


def placed(file: Path, placement: Placement) -> NDArray[np.uint8]:
    """A picture as training sees it; black if no ink is found."""
    try:
        return image_folder.read_picture(file, placement)
    except NoInkError:
        return np.zeros((28, 28), np.uint8)


def scored(reader: Reader, truth: dict[Path, str], images: NDArray[np.uint8]) -> dict[str, float]:
    """Return the shares of pictures that are classified right, placed as in training, and read right."""
    named = [reader.class_names[label] for label in reader.classify(images).argmax(axis=1)]
    read = [reader.read(file).text for file in truth]
    shares = {"classified": named, "read": read}
    return {
        key: float(np.mean([a == b for a, b in zip(found, truth.values(), strict=True)]))
        for key, found in shares.items()
    }


def means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By placement the means over seeds."""
    found = []
    for placement in get_args(Placement):
        own = [row for row in rows if row["placement"] == placement]
        shares = {key: round(statistics.mean(row[key] for row in own), 5) for key in ("classified", "read")}
        found.append({"placement": placement, **shares})
    return found


if __name__ == "__main__":
    main()
