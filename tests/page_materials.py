"""What the tests draw synthetic pages of: MNIST's validation digits, and fonts that come with matplotlib."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

from mnistry.data.dataset import Dataset
from mnistry.ocr.glyph_classes import DIGITS, SIGNS
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.alphabets import Font, Mnist
from mnistry.training.synthetic.pages.canvas import Canvas
from mnistry.training.synthetic.pages.content import LETTERS
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import Scene
from mnistry.training.synthetic.pages.sheet import Sheet

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
PLAIN = frozenset((*DIGITS, *SIGNS, *"&?!@"))
SIZES = ((64, 96), (33, 57), (17, 121), (96, 40), (80, 80), (8, 8), (5, 7), (128, 224))


def dejavu(script: str = "latin", name: str = "DejaVuSans") -> Font:
    """A font's digits, signs, and letters of a script."""
    return Font(FONTS / f"{name}.ttf", PLAIN | set(LETTERS[script]))


def dejavu_materials(mnist: Dataset) -> Materials:
    """Materials that need no network: a photo is noise."""
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    fonts = {("print", script): [dejavu(script)] for script in LETTERS}
    hand = {("hand", "latin"): [dejavu(name="DejaVuSerif-Italic")]}
    return Materials(Mnist(mnist.validation), {**fonts, **hand}, [photo])


def drawn(materials: Materials, number: int) -> Scene:
    """The picture of a number, of a size that goes in turns."""
    return scene.draw(*SIZES[number % len(SIZES)], materials, np.random.default_rng((28, number)))


def blank(height: int, width: int) -> Canvas:
    """White paper."""
    return Canvas(np.full((height, width, 3), 255, np.float32))


def sheet(materials: Materials, seed: int, size: tuple[int, int] = (160, 240), em_px: float = 24.0) -> Sheet:
    """White paper, to be laid out with black ink and grey print."""
    black, grey = np.zeros(3, np.float32), np.full(3, 90, np.float32)
    return Sheet(blank(*size), materials, np.random.default_rng(seed), em_px, black, grey)
