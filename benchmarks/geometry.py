"""Where MNIST's makers put their digits, and what placing them again costs.

python benchmarks/geometry.py   # seconds; written to records/geometry.json
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import bundled
from mnistry.data import load_dataset
from mnistry.ocr import geometry
from mnistry.reader import Reader
from mnistry.run import folder as runs

RECORD = Path(__file__).parents[1] / "records" / "geometry.json"


def main() -> None:
    images = load_dataset().train.images[..., 0]
    weights: NDArray[np.float64] = images.sum(axis=(1, 2), dtype=np.float64)
    centres = np.stack([images.sum(axis=3 - axis, dtype=np.float64) @ np.arange(28) / weights for axis in (1, 2)])
    rows, columns = (np.asarray(images.any(axis=axis)) for axis in (2, 1))
    sides = np.maximum(*(28 - part[:, ::-1].argmax(axis=1) - part.argmax(axis=1) for part in (rows, columns)))
    test, reader = load_dataset().test, Reader()
    placed = np.stack([geometry.to_mnist(image) for image in test.images[..., 0]])
    result = {
        "what": "MNIST's own geometry",
        "command": "python benchmarks/geometry.py",
        **bundled.describe(),
        "centre_of_mass_px": {"mean": centres.mean(axis=1).tolist(), "least": centres.min(axis=1).tolist()}
        | {"most": centres.max(axis=1).tolist(), "within_half_of_14": float(np.mean(np.abs(centres - 14) <= 0.5))},
        "box_is_20_px": float((sides == 20).mean()),
        "test_images_unchanged": float((placed == test.images[..., 0]).all(axis=(1, 2)).mean()),
        "test_accuracy": {
            name: float((reader.classify(given).argmax(axis=1) == test.labels).mean())
            for name, given in (("as_published", test.images), ("placed_again", placed))
        },
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(result, indent=1) + "\n"))
    print(json.dumps({key: result[key] for key in list(result)[-4:]}, indent=1))


if __name__ == "__main__":
    main()
