"""The shapes of a run's JSON files, as far as any code relies on them (see `strict_json`)."""

# Values fitted on another run's validation images: see `training.full_data`.
CALIBRATION = {
    "temperature": float,
    "rejection": {"threshold": float, "learned_below": float},
    "validation": {str: float},
}

# recipe.json. Older files lack a few keys; a recipe's fields are checked where they are used.
DESCRIPTION = {
    "recipe": {"name": str, "members?": [{"recipe": {"name": str}, "seed": (int, None)}]},
    "seed": (int, None),
    "data": {"name": str, "source": str, "sha256": str, "train": int, "validation": int},
    "class_names": [str],
    "image_shape?": [int, int, int],
    "parameters": int,
    "precision?": str,
    "backend": (str, None),
    "versions": {"mnistry": str, str: str},
    "commit?": (str, None),
    "machine?": dict,
    "calibrated_from?": ({"seed": int, "parameters": int, **CALIBRATION}, None),
    "teachers?": [{"source": str, "sha256": str, "recipe?": (str, None), "seed?": (int, None)}],
    "extension?": ({"source": str, "sha256": str, "learned": int, "held": int, "times": int}, None),
}
EVALUATION = {
    "accuracy": float,
    "correct": int,
    "total": int,
    "split": str,
    "accuracy_interval_95": [float, float],
    "extension?": ({"correct": int, "total": int, "correct_bundled?": int}, None),
    "corruptions?": ({str: float}, None),
}
