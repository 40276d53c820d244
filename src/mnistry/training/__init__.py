"""Training: takes a recipe and a data set, and writes a run folder that contains `model.onnx`.

    from mnistry.training import RECIPES, resume, train
    run = train("tutorial", seed=0)

Only this package imports Keras. It needs `pip install 'mnistry[train]'`.
"""

from mnistry.training.recipes import RECIPES, Recipe
from mnistry.training.train import resume, train

__all__ = ["RECIPES", "Recipe", "resume", "train"]
