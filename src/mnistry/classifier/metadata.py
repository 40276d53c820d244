"""Reads the metadata of a model.onnx, JSON under our own keys; strictly, since anyone may have written it."""

import math
from collections.abc import Mapping
from typing import Any

from mnistry.data import class_names
from mnistry.errors import ModelError
from mnistry.safety import strict_json
from mnistry.safety.limits import LIMITS
from mnistry.safety.strict_json import short

# Facts for people. An entry of another shape, e.g. in a foreign model, counts as missing.
ORIGIN = {
    "mnistry": str,
    "commit": (str, None),
    "recipe": {
        "name": str,
        "epochs?": int,
        "views?": int,
        "members?": [{"recipe": {"name": str}, "seed": (int, None)}],
    },
    "seed": (int, None),
    "data": {"name": str, "sha256": str, "train?": int, "validation?": int},
    "backend": (str, None),
    "parameters": int,
    "epochs": int,
    "elapsed_s": float,
    "calibrated_from": ({"seed": int}, None),
    "teachers": [{"sha256": str, "recipe": (str, None), "seed": (int, None)}],
    "extension": dict,
    "validation": {"accuracy": float, "correct": int, "total": int, "loss": float},
}


def read(strings: Mapping[str, str], where: str) -> dict[str, Any]:
    """Parse ONNX metadata, which are strings: JSON is parsed, other text is kept. Empty for a bare model.

    Raises `ModelError`, which calls the model `where`, if the metadata are too long.
    """
    size = sum(len(text.encode("utf-8", "surrogatepass")) for pair in strings.items() for text in pair)
    if size > LIMITS.metadata_bytes:
        raise ModelError(
            f"{where}: has {size / 1e6:.1f} MB of metadata: wanted at most {LIMITS.metadata_bytes / 1e6:g} MB"
        )
    values: dict[str, Any] = {}
    for key, string in strings.items():
        try:
            values[key] = strict_json.parse(string)
        except ValueError:
            if key not in ORIGIN:
                values[key] = string
    return {key: value for key, value in values.items() if not strict_json.misfit(value, ORIGIN.get(key, object))}


def temperature(values: Mapping[str, Any], where: str) -> float:
    """Return what logits are divided by; 1 if the metadata have none. Raises `ModelError`."""
    value, highest = values.get("temperature", 1.0), LIMITS.temperature
    if strict_json.misfit(value, float) or not 1 / highest <= value <= highest:
        raise ModelError(f"{where}: its temperature is {short(value)}: wanted {1 / highest:g} to {highest:g}")
    return float(value)


def threshold(values: Mapping[str, Any], where: str) -> float:
    """Return the rejection score from which an image counts as a digit; -inf if none. Raises `ModelError`."""
    rejection = values.get("rejection")
    if rejection is None:
        return -math.inf
    value = rejection.get("threshold") if isinstance(rejection, dict) else rejection
    if value is None or strict_json.misfit(value, float):
        raise ModelError(f"{where}: its rejection threshold is {short(value)}: wanted a number")
    return float(value)


def names(values: Mapping[str, Any], classes: int, where: str) -> tuple[str, ...]:
    """Return the class names, by default their numbers. Raises `ModelError`."""
    found = values.get("class_names", [str(label) for label in range(classes)])
    if not isinstance(found, list) or len(found) != classes:
        raise ModelError(f"{where}: has {classes} logits but the class names {short(found)}: wanted a name for each")
    if wrong := strict_json.misfit(found, [(str, int)]) or class_names.problem(tuple(map(str, found))):
        raise ModelError(f"{where}: {wrong}")
    return tuple(map(str, found))
