"""Imports a package's names on first use, because loading them all takes most of an import's time."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_imports(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package; `names` maps each name to its module. Source: PEP 562."""

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(names[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    def names_of() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return get, names_of
