from dataclasses import replace

import pytest

from mnistry.data import Dataset
from mnistry.data.split import Split
from mnistry.training.detector import sources
from mnistry.training.synthetic import page_fonts, photos
from mnistry.training.synthetic.pages import materials


@pytest.mark.parametrize("split", ["training", "validation", "figures"])
def test_each_split_has_its_own_digits_and_only_the_figures_open_the_test_images(
    split: page_fonts.SplitName, mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []

    def open_test() -> Split:
        opened.append(True)
        return mnist.validation

    watched = Dataset(mnist.name, mnist.source, mnist.class_names, mnist.train, mnist.validation, open_test)
    monkeypatch.setattr(sources, "load_dataset", lambda: watched)
    monkeypatch.setattr(materials, "materials", lambda split, digits: (split, digits))
    found = sources.split_materials(split)
    assert found == (split, mnist.train if split == "training" else mnist.validation)
    assert opened == [True] * (split == "figures")


def test_other_fonts_or_photos_are_other_material(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "load_dataset", lambda: mnist)
    now = sources.identity(24, 2)
    assert (now.name, now.source, now.train, now.validation) == ("pages", "mnist", 24, 2)
    assert sources.identity(24, 2) == now
    for module in (page_fonts, photos):
        first, *others = module.known()
        changed = (replace(first, sha256="0"), *others)
        with monkeypatch.context() as patch:
            patch.setattr(module, "known", lambda changed=changed: changed)
            assert sources.identity(24, 2).sha256 != now.sha256
