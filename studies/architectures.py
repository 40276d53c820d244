"""A network in a line, for studies of many: words → `keras.Sequential`.

    build("c3-16 c3-16 p c3-32 v3-32 x.3", seed=0)

`c3-16` is a 3×3 convolution to 16 channels that keeps the size, `v5-32` a 5×5 one without padding,
`s5-32` such a one at every second place, `d-32` a 3×3 one of each channel alone and then a 1×1 one
to 32: each with batch normalisation and ReLU behind it, and no bias. `p` takes the largest of each
2×2, `g` the mean of all places, `x.3` drops 30 %, `k2` crops 2 px on all sides. At the end stand a
dense layer without bias and batch normalisation of the logits, as An et al. 2020 have them.

Finished, with study.py: last run at commit 7a235e8.
"""

from typing import Any

import keras
from keras import layers

MOMENTUM = 0.9


def build(line: str, image_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Sequential:
    """The network that the line says, from uint8 images to logits."""
    body = [layer for word in line.split() for layer in _layers(word)]
    return keras.Sequential(
        [
            keras.Input(image_shape, dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            *body,
            layers.Flatten(),
            layers.Dense(classes, use_bias=False),
            layers.BatchNormalization(momentum=MOMENTUM, name="logits"),
        ],
        name="study",
    )


def _layers(word: str) -> list[Any]:
    kind, rest = word[0], word[1:]
    if word in ("p", "g"):
        return [layers.MaxPooling2D() if word == "p" else layers.GlobalAveragePooling2D()]
    if kind in "xk":
        return [layers.Dropout(float(rest)) if kind == "x" else layers.Cropping2D(int(rest))]
    if kind not in "cvsd" or rest.count("-") != 1:
        raise ValueError(f"{word!r} is no layer: wanted such as c3-16, v5-32, s5-32, d-32, p, g, k2 or x.3")
    side, channels = rest.split("-")
    if kind == "d":
        convolutions = [
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.Conv2D(int(channels), 1, use_bias=False),
        ]
    else:
        padding, strides = "same" if kind == "c" else "valid", 2 if kind == "s" else 1
        convolutions = [layers.Conv2D(int(channels), int(side), strides, padding, use_bias=False)]
    return [*convolutions, layers.BatchNormalization(momentum=MOMENTUM), layers.ReLU()]
