"""The house rules that no reader should have to check: who imports whom, and what an import costs."""

import ast
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import mnistry

SOURCE = Path(mnistry.__file__).parent

# Upstream first: what stands on a shelf imports from its own and from those named, no other.
SHELVES = {
    "assets": "",
    "errors": "",
    "lazy_imports": "",
    "safety": "errors",
    "lineage": "safety",
    "ocr": "assets errors safety",
    "data": "assets errors lazy_imports safety lineage ocr",
    "run": "errors safety lineage",
    "classifier": "assets errors safety lineage data",
    "detector": "assets errors safety lineage ocr classifier",
    "reader": "assets errors safety ocr classifier detector",
    "reading_tasks": "safety ocr reader",
    "reading_process": "errors safety ocr detector reader reading_tasks",
    "evaluation": "assets errors lineage data run classifier",
    "__init__": "errors lazy_imports lineage ocr data run classifier detector reader evaluation",
    "training": "assets errors safety lineage ocr data run classifier detector reader evaluation",
    "server": "assets errors safety ocr data run detector reader reading_process evaluation __init__",
    "cli": "assets errors safety lineage ocr data run classifier detector reader reading_tasks reading_process evaluation __init__ training server",
    "__main__": "cli",
}
HEAVY = {"keras", "torch", "tensorflow", "jax"}
ON_FIRST_USE = {
    "cv2",
    "matplotlib",
    "onnxruntime",
    "pooch",
    "scipy",
    "sklearn",
    "jinja2",
    "onnx",
    "pypdfium2",
    "requests",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


MODULES = {name_of(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imports(path: Path, *, top_level: bool) -> set[str]:
    """Dotted names that a module imports: when it is loaded, or ever."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def shelf(module: str) -> str:
    return module.split(".")[0]


READING = [module for module in MODULES if shelf(module) not in ("training", "cli", "__main__")]
TRAINING = [module for module in MODULES if shelf(module) == "training"]


def imported(path: Path) -> set[str]:
    """Those of mnistry's own modules that a module ever imports."""
    names = {name.removeprefix("mnistry.") for name in imports(path, top_level=False) if name.startswith("mnistry")}
    modules = {name.removesuffix(".__init__") for name in MODULES} - {"__init__"}
    # `from mnistry.ocr import decode` names the shelf and the module; `from mnistry import Reader` the package.
    own = {
        max((part for part in modules if f"{name}.".startswith(f"{part}.")), key=len, default="__init__")
        for name in names
    }
    return {name for name in own if not any(other.startswith(f"{name}.") for other in own)}


def test_every_module_stands_on_a_shelf() -> None:
    assert {shelf(module) for module in MODULES} == set(SHELVES)


@pytest.mark.parametrize("name", SHELVES)
def test_imports_run_one_way(name: str) -> None:
    upstream = SHELVES[name].split()
    names = list(SHELVES)
    assert all(names.index(other) < names.index(name) for other in upstream)
    used = {shelf(other) for module, path in MODULES.items() if shelf(module) == name for other in imported(path)}
    assert used - {name} <= set(upstream)
    assert set(upstream) <= used, "a shelf that is not needed"


def test_no_module_imports_one_that_imports_it() -> None:
    left = {module.removesuffix(".__init__"): imported(path) for module, path in MODULES.items()}
    while free := {module for module, needs in left.items() if not needs & (left.keys() - {module})}:
        left = {module: needs for module, needs in left.items() if module not in free}
    assert left == {}, "a circle"


@pytest.mark.parametrize("module", READING)
def test_only_training_knows_keras(module: str) -> None:
    assert {name.split(".")[0] for name in imports(MODULES[module], top_level=False)} & HEAVY == set()


@pytest.mark.parametrize("module", [one for one in MODULES if not one.startswith("training.synthetic.pages.")])
def test_what_is_slow_to_load_loads_on_first_use(module: str) -> None:
    assert {name.split(".")[0] for name in imports(MODULES[module], top_level=True)} & ON_FIRST_USE == set()


@pytest.mark.parametrize(
    "code", ["import mnistry", "import mnistry.cli.app", "from mnistry.data import load_dataset; load_dataset()"]
)
def test_the_reading_half_loads_nothing_heavy(code: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "mnistry" in loaded
    assert (HEAVY | ON_FIRST_USE) & set(loaded) == set()


def test_keras_comes_only_when_training_begins() -> None:
    code = "from mnistry.training import RECIPES, train; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "mnistry.training.train" in loaded
    assert HEAVY & set(loaded) == set()


def test_public_names_are_sorted_complete_and_documented() -> None:
    assert mnistry.__all__ == sorted(mnistry.__all__)
    assert all(getattr(mnistry, name).__doc__ for name in mnistry.__all__)
    assert set(mnistry.__all__) <= set(dir(mnistry))
    with pytest.raises(AttributeError, match="module 'mnistry' has no attribute 'Writer'"):
        _ = mnistry.Writer  # pyright: ignore[reportAttributeAccessIssue]
    public = {name for name in vars(mnistry) if not name.startswith("_")}
    modules = {shelf(name) for name in MODULES}
    assert public - modules == set(mnistry.__all__) - {"__version__"}


def annotated(thing: object) -> Iterator[object]:
    """What public functions and methods take and return, and the fields of dataclasses: all types within."""
    members = [one for name, one in vars(thing).items() if not name.startswith("_")] if isinstance(thing, type) else []
    functions = [one.fget if isinstance(one, property) else getattr(one, "func", one) for one in members]
    for one in (thing, *(function for function in functions if callable(function))):
        waiting = list(typing.get_type_hints(one).values())
        while waiting:
            kind = waiting.pop()
            waiting += [other for other in typing.get_args(kind) if not isinstance(other, str)]
            yield kind


@pytest.mark.parametrize("name", [*mnistry.__all__])
def test_the_types_of_public_functions_are_public(name: str) -> None:
    if name == "__version__":
        return
    named = {
        kind for kind in annotated(getattr(mnistry, name)) if getattr(kind, "__module__", "").startswith("mnistry")
    }
    assert {kind.__name__ for kind in named if isinstance(kind, type)} <= set(mnistry.__all__)


def test_training_opens_no_test_images() -> None:
    """`.test` of a data set is asked for by evaluate, classify, report, save, the page and the data command alone."""
    opening = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"test", "open_test"}
    }
    scoring = {"evaluation.evaluate", "evaluation.report", "cli.data", "server.mnist_explorer"}
    scoring |= {"training.detector.sources"}  # for the pages of the figures alone: tests/training/detector
    assert opening == {"data.dataset", "data.load_csv", "data.unlabelled", *scoring}


ROOT = SOURCE.parents[1]
SCRIPTS = [
    path for folder in ("benchmarks", "studies", "docs/figures") for path in sorted((ROOT / folder).rglob("*.py"))
]
FINISHED = {"study.py"}  # experiments that are kept as they ran, though they are longer


@pytest.mark.parametrize("path", [*MODULES.values(), *SCRIPTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 270 or path.name in FINISHED
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 45, f"{node.name} is long"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_import_only_their_own_shelf_and_benchmarks(path: Path) -> None:
    """Finished experiments and what draws the docs may use benchmarks/; nothing uses them, and src/ no script."""
    own = ROOT / path.relative_to(ROOT).parts[0]
    others = {other.stem for other in SCRIPTS if not other.is_relative_to(own) and "benchmarks" not in other.parts}
    assert {name.split(".")[0] for name in imports(path, top_level=False)} & others == set()


def test_a_finished_experiment_says_when_it_last_ran() -> None:
    for path in sorted((ROOT / "studies").glob("*.py")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert re.search(r"last run at commits? [0-9a-f]{7}", said), path.name


def test_only_what_scores_asks_for_the_test_images() -> None:
    """In the training half: `train` and `ensemble`, once model.onnx is there, and `bench`, after training.

    So does what draws a detector's pages, for those of the figures.
    """
    asking = set()
    for module in TRAINING:
        tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        imported = imports(MODULES[module], top_level=False)
        # These alone only say where a model comes from.
        telling = {"mnistry.evaluation.evaluate.origin", "mnistry.evaluation.evaluate.has_learned_validation"}
        scores = {name for name in imported if name.startswith("mnistry.evaluation.evaluate")} - telling
        scores -= {"mnistry.evaluation.evaluate"} if telling & imported else set()
        if scores or attributes & {"test", "open_test"} or strings & {"x_test", "y_test", "test"}:
            asking.add(module.removeprefix("training."))
    assert asking == {"train", "export.ensemble", "bench.measure", "detector.sources"}


# Where JSON is written or read; elsewhere what travels is a dataclass or a TypedDict (docs/design/0013).
EDGE_TO_JSON = {
    *("safety.json_record", "classifier.metadata", "detector.metadata", "run.config", "run.evaluation", "run.folder"),
    *("server.app", "server.model_info", "training.provenance"),
}


def untyped_objects(tree: ast.AST) -> int:
    """How often `dict[str, Any]` or `Mapping[str, Any]` stands in a module."""
    generics = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    return len([node for node in generics if ast.unparse(node) in ("dict[str, Any]", "Mapping[str, Any]")])


def test_what_travels_has_a_type() -> None:
    counts = {name: untyped_objects(ast.parse(path.read_text(encoding="utf-8"))) for name, path in MODULES.items()}
    assert sum(counts.values()) <= 15
    assert {name for name, count in counts.items() if count} == EDGE_TO_JSON
