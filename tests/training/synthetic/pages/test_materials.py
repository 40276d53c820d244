import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.training.synthetic import page_fonts, photos
from mnistry.training.synthetic.page_fonts import PageFont
from mnistry.training.synthetic.pages import materials as module
from mnistry.training.synthetic.pages.materials import Materials
from page_materials import FONTS, dejavu


def test_a_font_of_the_kind_else_of_any_kind_else_none(mnist: Dataset, materials: Materials) -> None:
    rng = np.random.default_rng(0)
    hand, plain = materials.fonts["hand", "latin"][0], materials.fonts["print", "latin"][0]
    assert materials.font("hand", "latin", rng) is hand
    assert materials.font("print", "latin", rng) is plain
    assert {id(materials.font("display", "latin", rng)) for _ in range(20)} == {id(hand), id(plain)}
    greek = Materials(materials.digits, {("print", "greek"): [dejavu("greek")]})
    assert greek.font("hand", "greek", rng) is greek.fonts["print", "greek"][0]
    assert greek.font("hand", "latin", rng) is None


def test_materials_are_the_fonts_of_a_split(mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    for name, kind, split in (("cmr10", "print", "training"), ("cmtt10", "hand", "validation")):
        sha256 = hashlib.sha256((FONTS / f"{name}.ttf").read_bytes()).hexdigest()
        listed.append(PageFont(name, "1.0.0", "OFL-1.1", f"{name}.ttf", kind, "latin", split, sha256))  # pyright: ignore[reportArgumentType]
    monkeypatch.setenv("MNISTRY_CACHE", str(tmp_path))
    monkeypatch.setattr(page_fonts, "known", lambda: tuple(listed))
    monkeypatch.setattr(photos, "load", lambda split: [split])
    for font in listed:
        font.path.parent.mkdir(exist_ok=True)
        shutil.copy(FONTS / font.file, font.path)
    found = module.materials("training", mnist.validation)
    assert list(found.fonts) == [("print", "latin")]
    assert found.photos == ["training"]
    rng = np.random.default_rng(0)
    font = found.fonts["print", "latin"][0]
    assert all(font.draw(character, rng) for character in "0aZ,")
    assert font.draw(";", rng) is None, "the font has it, but pages do not"
    assert list(module.materials("validation", mnist.validation).fonts) == [("hand", "latin")]
