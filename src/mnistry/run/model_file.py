"""Finds the model that a path names: a model.onnx, or the run folder that contains one."""

import os
from pathlib import Path

from mnistry.errors import RunError
from mnistry.safety.regular_file import why


def model_file(path: Path) -> Path:
    """Return the path of a model, or of a run folder's model.onnx. Raises `RunError` if there is neither."""
    try:
        if not path.exists():
            raise RunError(f"{path}: no such model or run")
        if not path.is_dir():
            return path
    except (OSError, ValueError) as error:  # a name too long; a null character
        raise RunError(f"{path}: cannot be read ({why(error) if isinstance(error, OSError) else error})") from error
    model = path / "model.onnx"
    if model.exists():
        return model
    if os.path.lexists(path / "recipe.json"):
        raise RunError(f"{path}: has no model yet: go on with: mnistry train --resume {path}")
    raise RunError(f"{path}: no model there: wanted a model.onnx, or a folder with one, as mnistry train makes it")
