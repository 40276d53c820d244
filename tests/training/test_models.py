import re

import keras
import numpy as np
import pytest

from mnistry.errors import RecipeError
from mnistry.training import models


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_is_a_plain_sequential_of_raw_pixels(name: str) -> None:
    model = models.build(name, (28, 28, 1), 10)
    assert type(model) is keras.Sequential
    assert type(model.layers[0]) is keras.layers.Rescaling
    assert model.inputs[0].dtype == "uint8"
    logits = keras.ops.convert_to_numpy(model(np.zeros((3, 28, 28, 1), np.uint8)))
    assert (logits.shape, logits.dtype) == ((3, 10), np.float32)


def test_the_tutorial_is_what_the_issue_of_a_tutorial_is() -> None:
    model = models.tutorial()
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == 3
    assert kinds.count("MaxPooling2D") == 2
    assert kinds.count("Dropout") == 2
    assert kinds[-3:] == ["Dense", "Dropout", "Dense"]
    assert model.count_params() == 156_042


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_says_how_many_parameters_it_has(name: str) -> None:
    (result,) = re.findall(r"([\d,]+) parameters", models.MODELS[name].__doc__ or "")
    assert models.build(name, (28, 28, 1), 10).count_params() == int(result.replace(",", ""))


def test_tiny_is_tiny() -> None:
    assert models.tiny().count_params() < 10_000  # those of normalisation, which are not trained, among them


@pytest.mark.parametrize(
    ("name", "parameters"),
    # as their authors' own code gives
    [("keras-example", 34_826), ("pytorch-example", 1_199_882), ("tuomaso", 215_194)],
)
def test_peers_are_what_was_published(name: str, parameters: int) -> None:
    assert models.build(name, (28, 28, 1), 10).count_params() == parameters


@pytest.mark.parametrize(("shape", "classes"), [((32, 24, 3), 4), ((64, 64, 1), 62), ((18, 18, 1), 2)])
def test_other_pictures_and_classes(shape: tuple[int, int, int], classes: int) -> None:
    model = models.build("tutorial", shape, classes)
    assert model.output_shape == (None, classes)


def test_too_small() -> None:
    with pytest.raises(RecipeError, match="^images of 8×8×1 px are too small for the model 'tutorial'$"):
        models.build("tutorial", (8, 8, 1), 10)


def test_no_such_model() -> None:
    with pytest.raises(
        RecipeError,
        match="^no model 'bread': there are tutorial, fast, reader, accurate, tiny, keras-example, pytorch-example, tuomaso$",
    ):
        models.build("bread", (28, 28, 1), 10)
