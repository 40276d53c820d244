"""studies/sources.py: every source is left out once, and trials are kept."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnistry.training import RECIPES

ROOT = Path(__file__).parents[2]


def test_every_source_was_left_out_once() -> None:
    record = json.loads((ROOT / "records" / "sources.json").read_text())
    assert len(record["commit"]) == 40, "made from a checkout with changes that were not committed"
    known = RECIPES["reader"].sources
    left_out = [set(known) - set(row["sources"]) for row in record["rows"]]
    assert left_out == [set(), set(known), *({source} for source in known)]


@pytest.mark.slow
def test_a_trial_of_sources_is_kept_and_one_of_another_recipe_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sources

    model = sources._trained(RECIPES["fast"], tmp_path / "run")
    written = model.stat().st_mtime_ns
    assert sources._trained(RECIPES["fast"], tmp_path / "run") == model
    assert model.stat().st_mtime_ns == written
    with pytest.raises(SystemExit, match="run is of another recipe or commit: remove it"):
        sources._trained(replace(RECIPES["fast"], epochs=2), tmp_path / "run")
