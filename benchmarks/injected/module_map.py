"""One line per module, by its docstring, for docs/where-things-are.md."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "mnistry"
SHELVES = ("ocr", "data", "run", "classifier", "detector", "evaluation", "training", "server", "cli", "safety")


def modules() -> str:
    """Each shelf with what it is, and each of its modules with the first line of its docstring."""
    top = [path for path in SOURCE.glob("*.py") if path.stem not in ("__init__", "__main__")]
    parts = ["### `src/mnistry/`", "\n".join(_line(path) for path in sorted(top))]
    for shelf in SHELVES:
        for folder in (SOURCE / shelf, *sorted(path.parent for path in (SOURCE / shelf).glob("*/__init__.py"))):
            name = folder.relative_to(SOURCE).as_posix()
            parts += [f"### `{name}/`", _first_line(folder / "__init__.py")]
            parts.append("\n".join(_line(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"))
    return "\n\n".join(parts)


def _line(path: Path) -> str:
    return f"- **`{path.stem}`**: {_first_line(path)}"


def _first_line(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not said:
        raise ValueError(f"{path}: has no docstring")
    return said.split("\n\n")[0].replace("\n", " ")
