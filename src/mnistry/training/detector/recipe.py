"""The detector's recipe: how its network is built and trained, except for the seed."""

from dataclasses import dataclass, fields

from mnistry.errors import RecipeError
from mnistry.lineage import RecipeRecord

Widths = tuple[int, int, int, int, int]
MOST_ROUNDS, MOST_MINED = 10, 100_000  # of hard-negative mining


@dataclass(frozen=True)
class DetectorRecipe:
    """All settings of a detector's training.

    An epoch shows `crops` synthetic pictures of `height` × `width` px, each new, in batches of `batch_size`. The
    learning rate rises to `learning_rate` over `warm_up` steps, then falls to 1 % of it along a cosine. `widths`
    and `deep` are the network's (see `network.build`). `weight_decay` and `averaging` are as in `recipes.Recipe`;
    gradients are clipped to the norm `clip`. After `mining` epochs, spread evenly, `mined_from` pictures are drawn;
    those without digits in which some are seen make up to `mined_share` of each later batch. The network of the epoch
    that does best on `pages` validation pages is kept.
    """

    name: str
    epochs: int
    crops: int
    batch_size: int = 16
    height: int = 160
    width: int = 240
    learning_rate: float = 0.003
    warm_up: int = 300
    weight_decay: float = 0.01
    averaging: float = 0.999
    clip: float = 5.0
    widths: Widths = (16, 40, 64, 112, 32)
    deep: int = 3
    mining: int = 2
    mined_from: int = 4_000
    mined_share: float = 0.15
    pages: int = 80

    def __post_init__(self) -> None:
        for name in ("epochs", "crops", "batch_size", "warm_up", "pages", "mined_from"):
            if getattr(self, name) < 1:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 1 or more")
        for name in ("weight_decay", "deep"):
            if getattr(self, name) < 0:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 0 or more")
        if not 0 < self.learning_rate <= 1:
            raise RecipeError(f"`learning_rate` (={self.learning_rate}) must be more than 0 and at most 1")
        for name in ("averaging", "mined_share"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be 0 or more and less than 1")
        if self.clip <= 0:
            raise RecipeError(f"`clip` (={self.clip}) must be more than 0")
        if not 0 <= self.mining <= MOST_ROUNDS:
            raise RecipeError(f"`mining` (={self.mining}) must be 0 to {MOST_ROUNDS}")
        if self.mined_from > MOST_MINED:
            raise RecipeError(f"`mined_from` (={self.mined_from}) must be {MOST_MINED} or less")
        if len(self.widths) != 5 or min(self.widths) < 1:
            raise RecipeError(f"`widths` (={list(self.widths)}) must be 5 numbers of 1 or more")
        for name in ("height", "width"):
            if getattr(self, name) % 16 or getattr(self, name) < 64:
                raise RecipeError(f"`{name}` (={getattr(self, name)}) must be a multiple of 16, and 64 or more")
        object.__setattr__(self, "widths", tuple(self.widths))  # JSON has no tuples

    @property
    def steps(self) -> int:
        """The number of batches in an epoch."""
        return max(1, self.crops // self.batch_size)

    @property
    def mined_after(self) -> tuple[int, ...]:
        """The epochs, from 1, after which hard negatives are looked for."""
        return tuple(round(self.epochs * (k + 1) / (self.mining + 1)) for k in range(self.mining))

    @property
    def record(self) -> RecipeRecord:
        """The recipe as recipe.json holds it."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "name"}
        return RecipeRecord(name=self.name, fields=values | {"widths": list(self.widths)})


# mnistry train detector
DETECTOR = DetectorRecipe(name="detector", epochs=24, crops=16_000)

DETECTORS: dict[str, DetectorRecipe] = {DETECTOR.name: DETECTOR}
