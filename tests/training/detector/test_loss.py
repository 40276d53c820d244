import numpy as np
import pytest
import torch

from mnistry.training.detector import loss
from mnistry.training.detector.targets import stacked
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials


@pytest.fixture(scope="module")
def wanted(materials: Materials) -> dict[str, torch.Tensor]:
    pages = [scene.draw(64, 96, materials, np.random.default_rng(k), 24.0) for k in range(8)]
    return {name: torch.from_numpy(array) for name, array in vars(stacked(pages)).items()}


def perfect(wanted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Outputs (n, c, h, w) that say what is wanted, and are sure of it."""
    geometry = wanted["geometry"].float().permute(0, 3, 1, 2)
    glyph = torch.nn.functional.one_hot(wanted["glyph"].long(), 31).permute(0, 3, 1, 2)
    return {
        "heat": 20 * (wanted["heat"][:, None] == 255).float() - 10,
        "glyph": 20 * glyph.float(),
        "size": geometry[:, :2],
        "offset": geometry[:, 2:],
        "owner": wanted["owner"].float().permute(0, 3, 1, 2),
        "ink": 20 * (wanted["ink"] == 1).float().permute(0, 3, 1, 2) - 10,
        "text": torch.stack([20 * (wanted["text"] == 1).float() - 10, wanted["text_height"].float()], 1),
    }


def test_what_is_right_costs_nothing(wanted: dict[str, torch.Tensor]) -> None:
    parts = loss.losses(perfect(wanted), wanted)
    assert parts.keys() == loss.WEIGHTS.keys()
    assert all(float(part) < 1e-3 for part in parts.values())
    assert float(loss.total(parts)) < 1e-3


def test_each_output_has_its_part(wanted: dict[str, torch.Tensor]) -> None:
    parts = {"heat": "heat", "glyph": "glyph", "size": "size", "offset": "offset", "owner": "owner", "ink": "ink"}
    for output, part in parts.items():
        found = perfect(wanted)
        found[output] = -found[output] - 1
        worse = loss.losses(found, wanted)
        assert [name for name, value in worse.items() if float(value) > 1e-2] == [part]


def test_where_nothing_is_asked_nothing_counts(wanted: dict[str, torch.Tensor]) -> None:
    asked = wanted | {"asked": torch.zeros_like(wanted["asked"]), "ink": torch.full_like(wanted["ink"], 255)}
    found = perfect(asked)
    found["heat"] = torch.where(wanted["heat"][:, None] == 255, 10.0, 10.0)
    parts = loss.losses(found, asked)
    assert float(parts["heat"]) < 1e-3
    assert float(parts["ink"]) == 0


def test_pictures_without_glyphs(wanted: dict[str, torch.Tensor]) -> None:
    blank = {name: torch.zeros_like(tensor) for name, tensor in wanted.items()} | {"asked": wanted["asked"] | True}
    parts = loss.losses(perfect(blank), blank)
    assert all(torch.isfinite(part) for part in parts.values())
    assert float(loss.total(parts)) < 1e-2
