"""Named ways to train a network. What mnistry's own reach stands in records/, with the seeds behind it."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from mnistry.errors import RecipeError

Optimizer = Literal["adam", "adadelta"]
Schedule = Literal["cosine", "one-cycle", "step"]
Augmentation = Literal["none", "affine", "writers", "pens"]
Precision = Literal["float32", "bfloat16"]
Views = Literal[1, 5]
Source = Literal["hands", "fonts", "cuts", "nondigits"]


@dataclass(frozen=True)
class Recipe:
    """All that decides how a network is trained, but for data and seed.

    `model` is a name in the zoo; an epoch shows it every training image once (twice beside `sources`),
    in batches of `batch_size`. `schedule` says how the rate goes: "cosine", from `learning_rate` to 0 over all
    epochs; "one-cycle", up to it in the first part of the steps, then to 0 (see `schedules`); or
    "step", from it by the factor `epoch_decay` after each epoch. `beta_1` and `beta_2` are Adam's;
    Adadelta's decay is `beta_2`. `label_smoothing` is what the wrong classes share of the target.

    `own_loop` takes the backend's own training loop where mnistry has one (torch on a CPU), and
    else, as without it, Keras' `Model.fit`.

    `distillation` is the temperature at which a teacher's probabilities take the labels' place (Hinton et
    al. 2015, Distilling the Knowledge in a Neural Network); 0 learns from the labels. With `variants` the
    epochs show so many bent copies of each image in turn, so that a teacher is asked but once about each.

    `weight_decay` shrinks kernels, decoupled from the gradient (AdamW), by this times the rate a step.
    `averaging` is how much of the average of weights a step leaves as it is; what the run ends with is
    that average, over some 1 / (1 - averaging) steps; 0 ends with the last step's weights. `precision`
    is what `own_loop` computes layers in, where the processor knows it; weights, normalisation's statistics
    and the loss stay float32.

    `views` is how often model.onnx looks at an image, 1 or 5 times, to average (see training/export/tta.py).

    `augmentation` bends the images, anew for every epoch or variant: turned, slanted, scaled and shifted
    ("affine"), as other hands would have them ("writers"), or hands, pens and cameras ("pens"): see
    `augment.AUGMENTATIONS`. `sources` are learned beside the data set: "hands", digits of other schools,
    "fonts", those of handwriting fonts, "cuts", digits as a cut between touching ones leaves them, and
    "nondigits", what is no digit.
    """

    name: str
    model: str
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule = "cosine"
    epoch_decay: float = 1.0
    optimizer: Optimizer = "adam"
    beta_1: float = 0.9
    beta_2: float = 0.999
    label_smoothing: float = 0.0
    distillation: float = 0.0
    variants: int = 0
    weight_decay: float = 0.0
    averaging: float = 0.0
    own_loop: bool = False
    precision: Precision = "float32"
    views: Views = 1
    augmentation: Augmentation = "none"
    sources: tuple[Source, ...] = ()

    @property
    def open_set(self) -> bool:
        """Whether it learns what is no digit too: a class of its own, whose logit is 0 and is not put out."""
        return not {"cuts", "nondigits"}.isdisjoint(self.sources)

    def variant(self, epoch: int) -> int:
        """Which bent copy of the images an epoch, from 1, shows: the first epoch that showed it."""
        return (epoch - 1) % self.variants + 1 if self.variants else epoch

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 1 or more")
        for name in ("learning_rate", "epoch_decay"):
            if not 0 < getattr(self, name) <= 1:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be more than 0 and at most 1")
        for name in ("beta_1", "beta_2", "label_smoothing", "averaging"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 0 or more and less than 1")
        for name in ("weight_decay", "distillation", "variants"):
            if getattr(self, name) < 0:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 0 or more")
        if self.distillation and (self.label_smoothing or self.sources):
            raise RecipeError(f"`distillation` (={self.distillation}) does not go with `label_smoothing` or `sources`")
        if self.variants and not self.distillation:
            raise RecipeError(f"`variants` (={self.variants}) goes with `distillation`: else each epoch has its own")
        if self.weight_decay and self.optimizer != "adam":
            raise RecipeError(f"`weight_decay` (={self.weight_decay}) goes with adam, not with {self.optimizer}")
        object.__setattr__(self, "sources", tuple(self.sources))  # JSON knows no tuples
        if unknown := set(self.sources) - set(get_args(Source)):
            raise RecipeError(f"`sources` (={', '.join(sorted(unknown))}) must be of {', '.join(get_args(Source))}")
        choices = {"schedule": Schedule, "optimizer": Optimizer, "augmentation": Augmentation}
        choices |= {"precision": Precision, "views": Views}
        for name, known in ((name, get_args(kind)) for name, kind in choices.items()):
            if getattr(self, name) not in known:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be one of {', '.join(map(str, known))}")


# mnistry train tutorial
# The network that the notebook builds, as a beginner would train it: no augmentation, no tricks.
# Adam's usual 0.001 is doubled, which the falling rate makes safe: see docs/design/0003.
TUTORIAL = Recipe(name="tutorial", model="tutorial", epochs=10, batch_size=128, learning_rate=0.002)

# mnistry train fast
# 99.29 ± 0.04 % over 20 seeds in 2.1 s of training on two cores (records/fast.json).
# One look at every image. What each of its parts is worth was measured one by one: docs/design/0005.
FAST = Recipe(
    name="fast",
    model="fast",
    epochs=1,
    batch_size=128,
    learning_rate=0.01,
    schedule="one-cycle",
    beta_1=0.7,
    beta_2=0.9,
    label_smoothing=0.1,
    own_loop=True,
)

# mnistry train accurate
# 99.74 ± 0.03 % over 5 seeds (records/accurate.json). What its parts are worth was measured on training
# images: docs/design/0008.
ACCURATE = Recipe(
    name="accurate",
    model="accurate",
    epochs=40,
    batch_size=128,
    learning_rate=0.004,
    schedule="one-cycle",
    beta_2=0.99,
    weight_decay=0.01,
    averaging=0.999,
    own_loop=True,
    precision="bfloat16",
    views=5,
    augmentation="affine",
)

# mnistry train distilled --teacher RUN --teacher RUN --teacher RUN --teacher RUN --teacher RUN
# The same network, which learns what five runs of `accurate` think of each image, in place of its label.
# 99.76 ± 0.02 % over 5 seeds (records/distilled.json), each taught by the same five: see docs/design/0008.
DISTILLED = replace(ACCURATE, name="distilled", distillation=2.0, variants=10)

# mnistry train tiny
# 99.61 ± 0.04 % over 5 seeds from 9,954 parameters (records/tiny.json): longer than `accurate`, with elastic
# deformation, for one view.
TINY = replace(ACCURATE, name="tiny", model="tiny", epochs=72, views=1, augmentation="writers")

# mnistry train reader
# As `accurate`, for pictures: other hands, other pens and cameras, and what is no digit. It needs npm,
# once, for the handwriting fonts. `mnistry read` comes with seed 0: see docs/reading.md.
READER = replace(
    ACCURATE,
    name="reader",
    model="reader",
    epochs=24,
    views=1,
    augmentation="pens",
    sources=("hands", "fonts", "cuts", "nondigits"),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (TUTORIAL, FAST, READER, ACCURATE, DISTILLED, TINY)}

# What `mnistry bench train` sets beside them: published recipes, re-expressed, on the same 55,000
# images. Where they take 60,000 (the last two), they get by with fewer steps than published.

# Keras' simple MNIST convnet (Chollet 2015), "~99 %": keras.io/examples/vision/mnist_convnet
KERAS_EXAMPLE = Recipe(
    name="keras-example", model="keras-example", epochs=15, batch_size=128, learning_rate=0.001, schedule="step"
)

# PyTorch's basic MNIST example, 99.185 % (two runs by tuomaso): github.com/pytorch/examples, mnist.
# In mnistry's loop, which is faster than the published one with its data loader.
PYTORCH_EXAMPLE = Recipe(
    name="pytorch-example",
    model="pytorch-example",
    epochs=14,
    batch_size=64,
    learning_rate=1.0,
    schedule="step",
    epoch_decay=0.7,
    optimizer="adadelta",
    beta_2=0.9,
    own_loop=True,
)

# 99.04 ± 0.07 % (30 runs) in 0.76 s on a laptop's GPU: github.com/tuomaso/train_mnist_fast, step 8.
TUOMASO = Recipe(
    name="tuomaso",
    model="tuomaso",
    epochs=1,
    batch_size=256,
    learning_rate=0.01,
    schedule="one-cycle",
    beta_1=0.7,
    beta_2=0.9,
    own_loop=True,
)

PEERS: dict[str, Recipe] = {recipe.name: recipe for recipe in (KERAS_EXAMPLE, PYTORCH_EXAMPLE, TUOMASO)}


def find(name: str, epochs: int | None = None) -> Recipe:
    """The recipe of that name, with another number of epochs if one is given."""
    known = RECIPES | PEERS
    if name not in known:
        raise RecipeError(f"no recipe {name!r}: there are {', '.join(known)}")
    return known[name] if epochs is None else replace(known[name], epochs=epochs)
