"""The map of the test images that the page shows: t-SNE of the bundled network's last features.

    python docs/figures/test_map.py   # some minutes; writes src/mnistry/assets/test_map.npz

Source: van der Maaten & Hinton 2008, Visualizing Data using t-SNE.
"""

from pathlib import Path

import numpy as np
from sklearn.manifold import TSNE

from mnistry.data import load_dataset
from mnistry.evaluation.interpret import Inside
from mnistry.reader import Reader
from mnistry.safety.atomic_write import replace
from mnistry.server.mnist_explorer import PLACES

PERPLEXITY = 40
FINEST = 65_535  # places as uint16


def main() -> None:
    features = Inside(Reader()).features(load_dataset().test.images)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    found = TSNE(2, init="pca", perplexity=PERPLEXITY, random_state=0, n_jobs=-1).fit_transform(features)
    found = (found - found.min(axis=0)) / np.ptp(found, axis=0)
    places = np.round(found * FINEST).astype(np.uint16)
    replace(PLACES, lambda part: _write(part, places))
    print(f"{PLACES}: {len(places)} places")


def _write(path: Path, places: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, places=places)


if __name__ == "__main__":
    main()
