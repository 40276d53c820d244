"""Training recipes by name: mnistry's own, and published ones to compare with.

The results of mnistry's own recipes, with the seeds behind them, are in records/.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

from mnistry.errors import RecipeError
from mnistry.lineage import RecipeRecord
from mnistry.training.detector.recipe import DETECTORS

Optimizer = Literal["adam", "adadelta"]
Schedule = Literal["cosine", "one-cycle", "step"]
Augmentation = Literal["none", "affine", "writers", "pens"]
Precision = Literal["float32", "bfloat16"]
Views = Literal[1, 5]
Source = Literal["hands", "fonts", "cuts", "nondigits"]


@dataclass(frozen=True)
class Recipe:
    """All settings that decide how a network is trained, except the data and the seed.

    `model` is a name in the model zoo. One epoch shows every training image once (twice if there are `sources`),
    in batches of `batch_size`. `schedule` sets the learning rate: "cosine" decays from `learning_rate` to 0 over
    all epochs; "one-cycle" rises to it in the first part of the steps, then falls to 0 (see `schedules`); "step"
    starts from it and multiplies by `epoch_decay` after each epoch. `beta_1` and `beta_2` are Adam's; Adadelta's
    decay is `beta_2`. `label_smoothing` is the share of the target that is spread evenly over all classes.

    `own_loop` selects the backend's own training loop where mnistry has one (torch on a CPU). Otherwise, and
    by default, training uses Keras' `Model.fit`.

    `distillation` is the temperature at which a teacher's probabilities replace the labels (Hinton et al. 2015,
    Distilling the Knowledge in a Neural Network); 0 trains on the labels. With `variants`, the epochs cycle
    through that many augmented copies of each image, so that a teacher sees each copy only once.

    `weight_decay` is decoupled from the gradient (AdamW): each step shrinks the kernels by this times the rate.
    `averaging` is the decay of the exponential moving average (EMA) of the weights. The run ends with the EMA,
    over about 1 / (1 - averaging) steps; 0 ends with the last step's weights. `precision` is what `own_loop`
    computes layers in, if the processor supports it; weights, normalisation statistics and the loss stay float32.

    `views` is the number of test-time augmentation (TTA) views that model.onnx averages: 1 or 5 (see
    training/export/tta.py).

    `augmentation` distorts the images again in every epoch or variant: "affine" turns, slants, scales and
    shifts; "writers" imitates other writers; "pens" imitates other writers, pens and cameras: see
    `augment.geometric.AUGMENTATIONS`. `sources` add training images to the data set: "hands", digits in the
    writing styles of other schools; "fonts", those of handwriting fonts; "cuts", digits as a cut between
    touching ones leaves them; "nondigits", non-digits.
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
        """Whether non-digits are learned too: an extra class, whose logit is fixed at 0 and is not output."""
        return not {"cuts", "nondigits"}.isdisjoint(self.sources)

    @property
    def record(self) -> RecipeRecord:
        """The recipe as recipe.json holds it."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "name"}
        return RecipeRecord(name=self.name, fields=values | {"sources": list(self.sources)})

    def variant(self, epoch: int) -> int:
        """Return which augmented copy of the images an epoch, from 1, shows: the first epoch that showed it."""
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
        object.__setattr__(self, "sources", tuple(self.sources))  # JSON has no tuples
        if unknown := set(self.sources) - set(get_args(Source)):
            raise RecipeError(f"`sources` (={', '.join(sorted(unknown))}) must be of {', '.join(get_args(Source))}")
        choices = {"schedule": Schedule, "optimizer": Optimizer, "augmentation": Augmentation}
        choices |= {"precision": Precision, "views": Views}
        for name, known in ((name, get_args(kind)) for name, kind in choices.items()):
            if getattr(self, name) not in known:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be one of {', '.join(map(str, known))}")


# mnistry train tutorial
# The notebook's network, trained as a beginner would: no augmentation, no tricks.
# The rate is twice Adam's default of 0.001; the decay makes that safe: see docs/design/0003.
TUTORIAL = Recipe(name="tutorial", model="tutorial", epochs=10, batch_size=128, learning_rate=0.002)

# mnistry train fast
# 99.29 ± 0.04 % over 20 seeds in 2.1 s of training on two cores (records/fast.json).
# One pass over the images. The effect of each part was measured separately: docs/design/0005.
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
# 99.74 ± 0.03 % over 5 seeds (records/accurate.json). The effect of its parts was measured on training
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
# The network of `accurate`, trained on the logits of five runs of `accurate` instead of the labels.
# 99.76 ± 0.02 % over 5 seeds (records/distilled.json), all with the same five teachers: see docs/design/0008.
DISTILLED = replace(ACCURATE, name="distilled", distillation=2.0, variants=10)

# mnistry train tiny
# 99.61 ± 0.04 % over 5 seeds with 9,954 parameters (records/tiny.json). Compared with `accurate`, it trains
# longer, adds elastic deformation, and reads with one view.
TINY = replace(ACCURATE, name="tiny", model="tiny", epochs=72, views=1, augmentation="writers")

# mnistry train reader
# Like `accurate`, but for pictures: other writing styles, other pens and cameras, and non-digits. It needs npm
# once, to fetch the handwriting fonts. `mnistry read` ships with seed 0: see docs/reading.md.
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

# Published recipes that `mnistry bench train` compares with mnistry's own, re-implemented, on the same
# 55,000 images. The last two use 60,000 as published, so here they take fewer steps than published.

# Keras' simple MNIST convnet (Chollet 2015), "~99 %": keras.io/examples/vision/mnist_convnet
KERAS_EXAMPLE = Recipe(
    name="keras-example", model="keras-example", epochs=15, batch_size=128, learning_rate=0.001, schedule="step"
)

# PyTorch's basic MNIST example, 99.185 % (two runs by tuomaso): github.com/pytorch/examples, mnist.
# It runs in mnistry's loop, which is faster than the published one with its data loader.
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
    """Return the recipe of that name, with `epochs` replaced if given. Raises `RecipeError` for an unknown name."""
    known = RECIPES | PEERS
    if name in DETECTORS:
        raise RecipeError(f"the recipe {name!r} is of a detector (`train_detector`): wanted {', '.join(known)}")
    if name not in known:
        raise RecipeError(f"no recipe {name!r}: there are {', '.join(known)}")
    return known[name] if epochs is None else replace(known[name], epochs=epochs)
