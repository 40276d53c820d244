"""Identifiers, in Python and JavaScript, are the field's words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import javascript
from javascript import SCRIPTS
from test_architecture import MODULES

# Words that cost every reader a look-up: the literature has others (docs/design/0012).
PRIVATE = {
    "told",
    "taught",
    "odds",
    "magnified",
    "lattice",
    "twin",
    "twins",
    "worn",
    "wear",
    "bent",
    "anew",
    "hands",
}
PRIVATE |= {"desk", "breath", "blind", "complain", "patience"}


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for name in ("id", "arg", "attr", "name", "asname"):
            if isinstance(found := getattr(node, name, None), str):
                yield found


def private(names: set[str]) -> set[str]:
    """Those of the identifiers that have a word of `PRIVATE`, or are named as no constant is in the literature."""
    words = {name: re.findall("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name) for name in names - {"log_odds"}}
    return {
        name
        for name, found in words.items()
        if name.startswith(("MOST", "LEAST")) or {word.lower() for word in found} & PRIVATE
    }


@pytest.mark.parametrize("module", MODULES)
def test_names_are_the_literature_s(module: str) -> None:
    found = {*identifiers(ast.parse(MODULES[module].read_text(encoding="utf-8"))), *module.split(".")}
    assert private(found) == set()


def test_private_words_are_found_within_names() -> None:
    assert private({"desk", "startDesk", "BREATH_MS", "is_told", "LEAST_PX", "almost", "bold", "desktop"}) == {
        "desk", "startDesk", "BREATH_MS", "is_told", "LEAST_PX",
    }  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_names_in_scripts_are_the_literature_s(name: str) -> None:
    assert private({Path(name).stem}.union(*map(javascript.identifiers, SCRIPTS[name]))) == set()
