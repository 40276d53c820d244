"""The detector's network: a small U-Net that says where glyphs are, which, how large, and which pixels are their ink.

Source: Ronneberger et al. 2015, U-Net; Zhou et al. 2019, Objects as Points (CenterNet).
"""

import keras
from keras import KerasTensor, layers

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.training.detector.recipe import Widths

HEADS = {
    "heat": 1,  # logit: is this cell a glyph's centre; at stride 2
    "glyph": len(GLYPHS),  # logits: which glyph, in cells near a centre
    "size": 2,  # logarithm of width and height, of 16 px
    "offset": 2,  # from the cell to the centre, x and y, in cells
    "owner": 2,  # for a pixel of ink: from the cell to its glyph's centre, x and y, in 16 px
    "ink": 4,  # logits: is each of the cell's 2×2 pixels ink of a glyph
}
TEXT = 2  # at stride 8: logit of being inside a glyph of any size, logarithm of its line's digit height, of 16 px


def build(
    widths: Widths = (16, 40, 64, 112, 32),
    deep: int = 3,
    seed: int = 0,
    sides: tuple[int | None, int | None] = (None, None),
) -> keras.Model:
    """Build the network, uint8 (n, h, w, 3) → a dict of `HEADS` (n, h/2, w/2, …) and `text` (n, h/8, w/8, 2).

    h and w are multiples of 16. `widths` are the channels at strides 2, 4, 8 and 16, and before the heads; `deep`
    is the number of residual blocks at stride 16. `sides` fixes h and w.
    """
    initialize = _Initializers(seed)
    w2, w4, w8, w16, last = widths
    picture = keras.Input((*sides, 3), dtype="uint8", name="picture")
    x = layers.Rescaling(1 / 255)(picture)
    s2 = initialize.convolution(x, w2, 3, 2)
    s4 = initialize.block(initialize.convolution(s2, w4, 3, 2), w4)
    s8 = initialize.block(initialize.convolution(s4, w8, 3, 2), w8)
    x = initialize.convolution(s8, w16, 3, 2)
    for _ in range(deep):
        x = initialize.block(x, w16)
    x = initialize.convolution(_joined(initialize.convolution(x, w8, 1), s8), w8, 3)
    text = initialize.head(x, TEXT, "text", -2.0)
    x = initialize.convolution(_joined(initialize.convolution(x, w4, 1), s4), w4, 3)
    up = layers.UpSampling2D(2)(initialize.convolution(x, w2 + 8, 1))
    x = initialize.convolution(layers.Concatenate()([up, s2]), last, 3)
    start = {"heat": -4.6, "ink": -2.0}  # rare things: the loss starts low
    outputs = {name: initialize.head(x, n, name, start.get(name, 0.0)) for name, n in HEADS.items()}
    return keras.Model(picture, {**outputs, "text": text}, name="detector")


def _joined(small: KerasTensor, large: KerasTensor) -> KerasTensor:
    return layers.Add()([layers.UpSampling2D(2)(small), large])


class _Initializers:
    """Makes layers, each with a seed of its own that follows from the network's."""

    def __init__(self, seed: int) -> None:
        self._seed = seed * 1000

    def _next(self, kind: type) -> keras.Initializer:
        self._seed += 1
        return kind(seed=self._seed)

    def convolution(self, x: KerasTensor, n: int, side: int, stride: int = 1, *, activate: bool = True) -> KerasTensor:
        """Convolution, batch normalization, ReLU; stride 2 is centred on every second pixel."""
        if stride > 1:
            x = layers.ZeroPadding2D(side // 2)(x)
        padding = "valid" if stride > 1 else "same"
        kernel = self._next(keras.initializers.HeNormal)
        x = layers.Conv2D(n, side, stride, padding, use_bias=False, kernel_initializer=kernel)(x)
        x = layers.BatchNormalization(momentum=0.98, epsilon=1e-3)(x)
        return layers.ReLU()(x) if activate else x

    def block(self, x: KerasTensor, n: int) -> KerasTensor:
        """Return a residual block (He et al. 2016)."""
        inner = self.convolution(self.convolution(x, n, 3), n, 3, activate=False)
        return layers.ReLU()(layers.Add()([x, inner]))

    def head(self, x: KerasTensor, n: int, name: str, start: float) -> KerasTensor:
        """Return one output, whose bias is `start`."""
        kernel = keras.initializers.RandomNormal(stddev=0.01, seed=self._seed + 1)
        self._seed += 1
        return layers.Conv2D(
            n, 1, kernel_initializer=kernel, bias_initializer=keras.initializers.Constant(start), name=name
        )(x)
