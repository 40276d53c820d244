"""Materials and pictures that tests of synthetic pages and of the detector's training share."""

import pytest

from mnistry.data.dataset import Dataset
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import Scene
from page_materials import dejavu_materials, drawn


@pytest.fixture(scope="session")
def materials(mnist: Dataset) -> Materials:
    """Digits and fonts that need no network."""
    return dejavu_materials(mnist)


@pytest.fixture(scope="session")
def scenes(materials: Materials) -> list[Scene]:
    """Many small pictures, of odd sizes among them: none raises."""
    return [drawn(materials, number) for number in range(320)]
