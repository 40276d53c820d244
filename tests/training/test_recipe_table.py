import io
import json

from rich.console import Console

from conftest import Cli
from mnistry.training import DETECTORS, RECIPES, recipe_table


def test_every_recipe_stands_there_with_what_it_costs() -> None:
    found = {row.recipe: row for row in recipe_table.rows()}
    assert list(found) == [*RECIPES, *DETECTORS]
    assert found["tutorial"].parameters == 156_042
    assert (found["fast"].n or 0) >= 20
    assert (found["fast"].accuracy_mean or 0) > 0.9919
    for name, row in found.items():
        assert row.epochs == (RECIPES | DETECTORS)[name].epochs
        assert row.mflop > 0


def test_what_is_not_recorded_is_a_dash() -> None:
    text = io.StringIO()
    recipe_table.show(Console(file=text, width=100))
    lines = {line.split()[0]: line for line in text.getvalue().splitlines() if line.strip()}
    assert "99.29 % ± 0.04" in lines["fast"]
    for row in recipe_table.rows():
        assert lines[row.recipe].count("–") == (0 if row.n and row.elapsed_s else 1 if row.n else 3)


def test_on_the_command_line(cli: Cli) -> None:
    done = cli("train", "--list", "--json")
    assert [row["recipe"] for row in json.loads(done.stdout)["recipes"]] == [*RECIPES, *DETECTORS]
    assert cli("train", "--list").stdout.startswith("recipe ")
    refused = cli("train", "tiny", "--list", "--seed", "3", "--data", "mnist")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "error: --list lists all recipes: leave out RECIPE, --seed, --data\n"
