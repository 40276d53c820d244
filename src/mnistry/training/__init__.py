"""Training: takes a recipe and a data set, and writes a run folder that contains `model.onnx`.

    from mnistry.training import RECIPES, resume, train
    run = train("tutorial", seed=0)

`train_detector` trains the network that finds digits on pages, which draws its own data.

Only this package imports Keras. It needs `pip install 'mnistry[train]'`.
"""

from mnistry.training.detector.recipe import DETECTORS, DetectorRecipe
from mnistry.training.detector.train import train_detector
from mnistry.training.recipes import RECIPES, Recipe
from mnistry.training.train import resume, train

__all__ = ["DETECTORS", "RECIPES", "DetectorRecipe", "Recipe", "resume", "train", "train_detector"]
