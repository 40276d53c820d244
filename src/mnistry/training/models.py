"""The zoo: what a network is made of, by name. Every model is a plain `keras.Sequential`.

A model takes uint8 images (n, h, w, c), 0–255, white ink on black, and gives logits (n, classes).
"""

from collections.abc import Callable

from mnistry.errors import RecipeError
from mnistry.training import backend

backend.choose()  # for those who import this module on its own: Keras alone would insist on tensorflow

import keras  # noqa: E402
from keras import layers  # noqa: E402


def tutorial(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The tutorial's convolutional network: 156,042 parameters for MNIST.

    `image_shape` is (height, width, channels) in px, 16 or more each way.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),  # pixels to 0–1, inside the model: no one who uses it can forget to
            layers.Conv2D(16, 5, activation="relu"),  # 16 small pen strokes, looked for everywhere
            layers.MaxPooling2D(),  # a stroke may lie a pixel further: keep the strongest of each 2×2
            layers.Conv2D(32, 3, activation="relu"),  # strokes to corners and curves;
            layers.Conv2D(64, 3, activation="relu"),  # corners and curves to parts of digits
            layers.MaxPooling2D(),  # what is there matters more than exactly where
            layers.Dropout(0.25),  # forget a quarter of it at random, so that no part relies on one other
            layers.Flatten(),
            layers.Dense(128, activation="relu"),  # parts to whole digits
            layers.Dropout(0.5),  # most parameters sit here, so most of the forgetting does too
            layers.Dense(classes, name="logits"),  # a score a class; softmax comes with the loss, where it is exact
        ],
        name="tutorial",
    )


MODELS: dict[str, Callable[[tuple[int, int, int], int], keras.Sequential]] = {"tutorial": tutorial}


def build(name: str, image_shape: tuple[int, int, int], classes: int) -> keras.Sequential:
    """The model of that name for images of this shape. Raises `RecipeError` if they do not go together."""
    if name not in MODELS:
        raise RecipeError(f"no model {name!r}: there are {', '.join(MODELS)}")
    try:
        return MODELS[name](image_shape, classes)
    except ValueError as error:  # Keras: a convolution would leave less than one pixel
        size = "×".join(map(str, image_shape))
        raise RecipeError(f"images of {size} px are too small for the model {name!r}") from error
