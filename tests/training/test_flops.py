import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mnistry.training import flops, models


@pytest.mark.parametrize("name", models.MODELS)
def test_as_torch_counts(name: str) -> None:
    """Forward, and backward to all weights; except for the gradient to the pixels, which torch leaves out too."""
    model = models.build(name, (28, 28, 1), 10)
    with FlopCounterMode(display=False) as forward:
        logits = model(np.zeros((1, 28, 28, 1), np.uint8), training=False)
    with FlopCounterMode(display=False) as backward:
        torch.autograd.grad(logits.sum(), [variable.value for variable in model.trainable_variables])
    assert flops.forward_flop(model) == forward.get_total_flops()
    assert flops.training_flop(model) == forward.get_total_flops() + backward.get_total_flops()


def test_what_is_not_trained_costs_less() -> None:
    model = models.build("fast", (28, 28, 1), 10)
    whole = flops.training_flop(model)
    model.layers[2].trainable = False
    first = 2 * 25 * 16 * 20 * 20
    second = 2 * 9 * 16 * 32 * 8 * 8
    assert flops.training_flop(model) == whole - first - second
