"""What the reader makes of what it never saw: digits of other writers, clothes, scribbles, and MNIST as pictures.

python benchmarks/strangers.py   # up to ten minutes; written to records/strangers.json

Each is read as a picture of its own, through all that `mnistry read` does. Fashion-MNIST is Debian's
package `dataset-fashion-mnist`; where it is not installed, it is left out. Of it and of MNIST's test images
the first 2,000 are read. The letters and signs, scribbles and shapes are drawn as those that the network
learns are, but others, and read as whole pictures. The network alone is scored on MNIST's test images too.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import bundled
from mnistry.data import idx, load_dataset
from mnistry.evaluation.evaluate import evaluate
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.training.synthetic import nondigits

RECORD = Path(__file__).parents[1] / "records" / "strangers.json"
DRAWN = 500
FIRST = 2_000  # of test sets
SEED = 10_000
FASHION = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")


def main() -> None:
    reader = Reader()
    digits, test = load_digits(), load_dataset().test
    result: dict[str, Any] = {"what": "pictures of one thing each, read", "command": "python benchmarks/strangers.py"}
    result |= bundled.describe()
    scored = evaluate(reader, load_dataset())
    result["network"] = {"accuracy": scored.accuracy, "ece": scored.ece}
    result["load_digits"] = measure(reader, (digits.images * (255 / 16)).astype(np.uint8), digits.target)
    result["mnist_test"] = measure(reader, test.images[:FIRST, ..., 0], test.labels[:FIRST])
    for kind in (nondigits.sign, nondigits.scribble, nondigits.shape):
        rng = np.random.default_rng(SEED)
        drawn = [255 - np.pad(kind(load_dataset().validation, rng), 20) for _ in range(DRAWN)]
        result[kind.__name__] = measure(reader, drawn, None)
    if FASHION.exists():
        result["fashion_mnist_test"] = measure(reader, idx.read(FASHION, 3)[:FIRST], None)
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(result, indent=1) + "\n"))
    print(json.dumps({name: value for name, value in result.items() if isinstance(value, dict)}, indent=1))


def measure(
    reader: Reader, images: Iterable[NDArray[np.uint8]], labels: NDArray[np.integer] | None
) -> dict[str, float]:
    """How many give exactly the digit that is wanted, how many none at all, as shares."""
    texts = [reader.read(image).text for image in images]
    found = {"pictures": len(texts), "no_digit": sum(not text for text in texts) / len(texts)}
    if labels is None:
        return found
    return found | {"right": sum(t == str(w) for t, w in zip(texts, labels, strict=True)) / len(texts)}


if __name__ == "__main__":
    main()
