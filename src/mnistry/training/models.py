"""The zoo: what a network is made of, by name. Every model is a plain `keras.Sequential`.

A model takes uint8 images (n, h, w, c), 0–255, white ink on black, and gives logits (n, classes).
"""

from collections.abc import Callable

from mnistry.errors import RecipeError
from mnistry.training.loops import backend

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


def fast(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network of the recipe `fast`: 72,538 parameters for MNIST; see docs/design/0005.

    Pooling stands before normalisation and ReLU, where it leaves them a quarter of the work; the
    convolutions have as many channels as a processor takes at once, 16 or twice that.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            layers.Cropping2D(2),  # MNIST's digits stand in the middle, in 20×20 px
            layers.Conv2D(16, 5, use_bias=False),  # the normalisation would take a bias out again
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9),  # one epoch is too short for Keras' usual 0.99
            layers.ReLU(),
            layers.Conv2D(32, 3, use_bias=False),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Dense(classes, name="logits"),
        ],
        name="fast",
    )


def reader(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network of the recipe `reader`: 463,048 parameters for MNIST.

    Built as `fast`, with more of everything: it learns many hands, and what is no digit.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 5, use_bias=False),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.95),
            layers.ReLU(),
            *_block(48, momentum=0.95),
            *_block(64, momentum=0.95),
            layers.MaxPooling2D(),
            *_block(128, momentum=0.95),
            *_block(128, "valid", momentum=0.95),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(96, use_bias=False),
            layers.BatchNormalization(momentum=0.95),
            layers.ReLU(),
            layers.Dense(classes, use_bias=False),
            layers.BatchNormalization(momentum=0.95, name="logits"),
        ],
        name="reader",
    )


def accurate(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network of the recipe `accurate`: 186,304 parameters for MNIST; see docs/design/0008.

    Two 3×3 convolutions see as much as one of 5×5, with fewer weights and one more ReLU. The logits
    are normalised, as An et al. 2020 have it (An Ensemble of Simple CNN Models for MNIST).
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            *_block(24),
            *_block(24),
            layers.MaxPooling2D(),
            *_block(48),
            *_block(48),
            layers.MaxPooling2D(),
            *_block(96),
            *_block(96, "valid"),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(classes, use_bias=False),
            layers.BatchNormalization(momentum=0.9, name="logits"),
        ],
        name="accurate",
    )


def tiny(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network of the recipe `tiny`: 9,954 parameters for MNIST; see docs/design/0008.

    Ten narrow convolutions do more with so few weights than five broader ones. The mean of all places,
    instead of a dense layer on each of them, leaves the weights to the convolutions.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            *_block(6),
            *_block(8),
            *_block(8),
            layers.MaxPooling2D(),
            *_block(10),
            *_block(10),
            *_block(12),
            layers.MaxPooling2D(),
            *_block(12),
            *_block(12),
            *_block(14, "valid"),
            *_block(12, "valid"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(classes, use_bias=False),
            layers.BatchNormalization(momentum=0.9, name="logits"),
        ],
        name="tiny",
    )


def keras_example(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """Keras' simple MNIST convnet: 34,826 parameters. Source: Chollet 2015, keras.io/examples."""
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(classes, name="logits"),
        ],
        name="keras-example",
    )


def pytorch_example(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """PyTorch's basic MNIST example: 1,199,882 parameters. Source: github.com/pytorch/examples, mnist."""
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            _standardized(),
            layers.Conv2D(32, 3, activation="relu", kernel_initializer=_as_torch()),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=_as_torch()),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer=_as_torch()),
            layers.Dropout(0.5),
            layers.Dense(classes, kernel_initializer=_as_torch(), name="logits"),
        ],
        name="pytorch-example",
    )


def tuomaso(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """Tuomaso's one-epoch network: 215,194 parameters. Source: github.com/tuomaso/train_mnist_fast."""
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            _standardized(),
            layers.Conv2D(24, 5, kernel_initializer=_as_torch()),
            layers.MaxPooling2D(),
            layers.ReLU(),
            layers.Conv2D(32, 3, kernel_initializer=_as_torch()),
            layers.MaxPooling2D(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(256, activation="relu", kernel_initializer=_as_torch()),
            layers.Dense(classes, kernel_initializer=_as_torch(), name="logits"),
        ],
        name="tuomaso",
    )


def _block(channels: int, padding: str = "same", momentum: float = 0.9) -> list[layers.Layer]:
    """A 3×3 convolution, normalised, with ReLU."""
    convolution = layers.Conv2D(channels, 3, padding=padding, use_bias=False)
    return [convolution, layers.BatchNormalization(momentum=momentum), layers.ReLU()]


def _standardized() -> layers.Layer:
    """MNIST's mean 0.1307 and standard deviation 0.3081 taken out, as PyTorch's example does."""
    return layers.Rescaling(1 / 255 / 0.3081, offset=-0.1307 / 0.3081)


def _as_torch() -> keras.initializers.Initializer:
    """Weights as torch's layers draw them: uniform within ±1/√(what comes in). Biases begin at 0 all the same."""
    return keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")


MODELS: dict[str, Callable[[tuple[int, int, int], int], keras.Sequential]] = {
    "tutorial": tutorial,
    "fast": fast,
    "reader": reader,
    "accurate": accurate,
    "tiny": tiny,
    "keras-example": keras_example,
    "pytorch-example": pytorch_example,
    "tuomaso": tuomaso,
}


def build(name: str, image_shape: tuple[int, int, int], classes: int) -> keras.Sequential:
    """The model of that name for images of this shape. Raises `RecipeError` if they do not go together."""
    if name not in MODELS:
        raise RecipeError(f"no model {name!r}: there are {', '.join(MODELS)}")
    try:
        return MODELS[name](image_shape, classes)
    except ValueError as error:  # Keras: a convolution would leave less than one pixel
        size = "×".join(map(str, image_shape))
        raise RecipeError(f"images of {size} px are too small for the model {name!r}") from error
