"""The model zoo: builds a network by its name. Every model is a plain `keras.Sequential`.

A model takes uint8 images (n, h, w, c), 0–255, white ink on black, and returns logits (n, classes).
"""

from collections.abc import Callable

from mnistry.errors import RecipeError
from mnistry.training.loops import backend

backend.choose()  # in case this module is imported on its own: Keras alone defaults to tensorflow

import keras  # noqa: E402
from keras import layers  # noqa: E402


def tutorial(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The tutorial's convolutional network: 156,042 parameters for MNIST.

    `image_shape` is (height, width, channels) in px, with a height and width of at least 16.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),  # pixels to 0–1, inside the model so that no caller can forget it
            layers.Conv2D(16, 5, activation="relu"),  # detects 16 kinds of small pen strokes, at every position
            layers.MaxPooling2D(),  # keeps the strongest of each 2×2: a stroke may be shifted by a pixel
            layers.Conv2D(32, 3, activation="relu"),  # combines strokes into corners and curves
            layers.Conv2D(64, 3, activation="relu"),  # combines corners and curves into parts of digits
            layers.MaxPooling2D(),  # presence matters more than exact position
            layers.Dropout(0.25),  # drops a quarter at random, so that no feature relies on a single other one
            layers.Flatten(),
            layers.Dense(128, activation="relu"),  # combines parts into whole digits
            layers.Dropout(0.5),  # a higher rate, because most parameters are in the dense layer
            layers.Dense(classes, name="logits"),  # one score per class; softmax is part of the loss, where it is exact
        ],
        name="tutorial",
    )


def fast(image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network of the recipe `fast`: 72,538 parameters for MNIST; see docs/design/0005.

    Pooling comes before normalisation and ReLU, which leaves them a quarter of the work. The convolutions
    have 16 or 32 channels: as many as a processor handles at once, or twice that.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            layers.Cropping2D(2),  # MNIST's digits are centred, within 20×20 px
            layers.Conv2D(16, 5, use_bias=False),  # the normalisation would cancel a bias
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9),  # one epoch is too short for Keras' default of 0.99
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

    Built like `fast`, but larger in every respect: it learns many writing styles, and non-digits.
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

    Two 3×3 convolutions have the receptive field of one 5×5, with fewer weights and one more ReLU. The
    logits are batch-normalised, as in An et al. 2020 (An Ensemble of Simple CNN Models for MNIST).
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

    With so few weights, ten narrow convolutions do better than five wider ones. Global average pooling
    replaces a dense layer over all positions, which leaves the weights to the convolutions.
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
    """A 3×3 convolution, batch normalisation and ReLU."""
    convolution = layers.Conv2D(channels, 3, padding=padding, use_bias=False)
    return [convolution, layers.BatchNormalization(momentum=momentum), layers.ReLU()]


def _standardized() -> layers.Layer:
    """Standardise with MNIST's mean 0.1307 and standard deviation 0.3081, as PyTorch's example does."""
    return layers.Rescaling(1 / 255 / 0.3081, offset=-0.1307 / 0.3081)


def _as_torch() -> keras.initializers.Initializer:
    """Torch's default weight initialisation: uniform within ±1/√fan_in. Biases still start at 0."""
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
    """Build the named model for this image shape. Raises `RecipeError` for an unknown name or images too small."""
    if name not in MODELS:
        raise RecipeError(f"no model {name!r}: there are {', '.join(MODELS)}")
    try:
        return MODELS[name](image_shape, classes)
    except ValueError as error:  # from Keras: a convolution would leave less than one pixel
        size = "×".join(map(str, image_shape))
        raise RecipeError(f"images of {size} px are too small for the model {name!r}") from error
