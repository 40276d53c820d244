"""Named ways to train a network. Every figure here stands in records/, with the seeds behind it."""

from dataclasses import dataclass, replace

from mnistry.errors import RecipeError


@dataclass(frozen=True)
class Recipe:
    """All that decides how a network is trained, but for data and seed.

    `model` is a name in the zoo. Adam's learning rate falls from `learning_rate` to 0 along half a
    cosine over all `epochs`, in batches of `batch_size` images.
    """

    name: str
    model: str
    epochs: int
    batch_size: int
    learning_rate: float

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise RecipeError(f"`epochs` (={self.epochs}) must be 1 or more")
        if self.batch_size < 1:
            raise RecipeError(f"`batch_size` (={self.batch_size}) must be 1 or more")
        if not 0 < self.learning_rate < 1:
            raise RecipeError(f"`learning_rate` (={self.learning_rate}) must be between 0 and 1")


# mnistry train tutorial
# The network that the notebook builds, as a beginner would train it: no augmentation, no tricks.
# Adam's usual 0.001 is doubled, which the falling rate makes safe: see docs/design/0003.
TUTORIAL = Recipe(name="tutorial", model="tutorial", epochs=10, batch_size=128, learning_rate=0.002)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (TUTORIAL,)}


def find(name: str, epochs: int | None = None) -> Recipe:
    """The recipe of that name, with another number of epochs if one is given."""
    if name not in RECIPES:
        raise RecipeError(f"no recipe {name!r}: there are {', '.join(RECIPES)}")
    return RECIPES[name] if epochs is None else replace(RECIPES[name], epochs=epochs)
