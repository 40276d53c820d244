"""The house rules that no reader should have to check: who imports whom, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mnistry

SOURCE = Path(mnistry.__file__).parent

# Upstream first: a module imports only what stands before it.
READING = (
    *("errors", "files", "limits", "strict_json", "memory", "worker"),
    *(
        "picture_header",
        "picture_file",
        "decode",
        "rulings",
        "ink",
        "layout",
        "cuts",
        "geometry",
        "page",
        "lattice",
        "transcribe",
    ),
    *("corruption", "idx", "npz", "pictures", "holdout", "publishers", "class_names", "split", "dataset"),
    *("history", "lock", "replace", "run", "metadata", "network", "reader"),
    *("explain", "reading_process", "inside", "evaluate", "plots", "report"),
)
SERVER = tuple(
    f"server.{name}"
    for name in (
        *(
            "limits",
            "problems",
            "processes",
            "work",
            "batches",
            "inference",
            "schemas",
            "uploads",
            "metrics",
            "access",
            "guard",
            "request_head",
            "wire",
            "patience",
        ),
        *("readers", "api", "about", "test_set", "page", "app", "__init__", "serve"),
    )
)
TRAINING = tuple(
    f"training.{name}"
    for name in (
        *("recipes", "progress", "backend", "provenance", "calibrate", "models", "cost", "checkpoint", "schedules"),
        *("handwriting", "nondigits", "segments", "fonts", "sources", "wear", "augment"),
        *("views", "averages", "torch_layers", "torch_loop", "keras_loop", "teachers", "lessons", "fit"),
        *("export", "twins", "extension", "train", "ensemble", "__init__"),
        *("listing", "timed", "bench", "standings"),
    )
)
COMMANDS = ("program", "data_commands", "bench_commands", "read_commands", "serve_commands")
ORDER = (*READING, *SERVER, *TRAINING, "__init__", *COMMANDS, "cli", "__main__")
HEAVY = {"keras", "torch", "tensorflow", "jax"}
ON_FIRST_USE = {"cv2", "matplotlib", "onnxruntime", "pooch", "scipy", "sklearn", "jinja2", "onnx", "requests"}


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


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_imports_run_one_way(module: str) -> None:
    own = {name.removeprefix("mnistry.") for name in imports(MODULES[module], top_level=False)}
    downstream = set(ORDER[ORDER.index(module) + 1 :]) - {"__init__", "server.__init__", "training.__init__"}
    assert own & downstream == set()


@pytest.mark.parametrize("module", [*READING, *SERVER])
def test_only_training_knows_keras(module: str) -> None:
    assert {name.split(".")[0] for name in imports(MODULES[module], top_level=False)} & HEAVY == set()


@pytest.mark.parametrize("module", ORDER)
def test_what_is_slow_to_load_loads_on_first_use(module: str) -> None:
    assert {name.split(".")[0] for name in imports(MODULES[module], top_level=True)} & ON_FIRST_USE == set()


@pytest.mark.parametrize("code", ["import mnistry", "import mnistry.cli", "from mnistry.dataset import load; load()"])
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
    assert isinstance(mnistry.Reader, type)  # loaded on first use
    assert set(mnistry.__all__) <= set(dir(mnistry))
    with pytest.raises(AttributeError, match="module 'mnistry' has no attribute 'Writer'"):
        _ = mnistry.Writer  # pyright: ignore[reportAttributeAccessIssue]
    public = {name for name in vars(mnistry) if not name.startswith("_")}
    modules = {name.split(".")[0] for name in ORDER}
    assert public - modules == set(mnistry.__all__) - {"__version__"}
    assert all(getattr(mnistry, name).__doc__ for name in mnistry.__all__)


def test_training_opens_no_test_images() -> None:
    """`.test` of a data set is asked for by evaluate, report, save, the page and the data command alone."""
    opening = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"test", "open_test"}
    }
    assert opening == {"dataset", "evaluate", "report", "data_commands", "server.test_set"}


@pytest.mark.parametrize("module", ORDER)
def test_files_and_functions_stay_small(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    assert text.count("\n") <= 270
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 45, f"{node.name} is long"


def test_only_what_scores_asks_for_the_test_images() -> None:
    """In the training half: `train` and `ensemble`, once model.onnx is there, and `bench`, after training."""
    asking = set()
    for module in TRAINING:
        tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        imported = imports(MODULES[module], top_level=False)
        # These alone only say where a model comes from.
        telling = {"mnistry.evaluate.origin", "mnistry.evaluate.has_learned_validation"}
        scores = {name for name in imported if name.startswith("mnistry.evaluate")} - telling
        scores -= {"mnistry.evaluate"} if telling & imported else set()
        if scores or attributes & {"test", "open_test"} or strings & {"x_test", "y_test", "test"}:
            asking.add(module.removeprefix("training."))
    assert asking == {"train", "ensemble", "bench"}
