"""The detector's loss: focal for centres, L1 for sizes and distances, cross-entropy for ink and text.

Source: Zhou et al. 2019, Objects as Points, eq. 1; Lin et al. 2017, Focal Loss for Dense Object Detection.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

WEIGHTS = {"heat": 1.0, "glyph": 1.0, "size": 0.5, "offset": 0.3, "ink": 2.0, "owner": 0.5, "text": 0.5, "height": 0.2}


def losses(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return each part of the loss, unweighted, from the network's outputs (n, c, h, w) and `Targets` as tensors."""
    near = wanted["near"].float() / 255
    geometry = wanted["geometry"].float().permute(0, 3, 1, 2)
    weight = near.sum().clamp(min=1.0)
    apart = functional.l1_loss(torch.cat([found["size"], found["offset"]], 1), geometry, reduction="none")
    by_cell = (apart * near[:, None]).sum((0, 2, 3)) / weight
    owned = wanted["owned"].float()
    owner = functional.l1_loss(found["owner"], wanted["owner"].float().permute(0, 3, 1, 2), reduction="none")
    text, heights = found["text"][:, 0], found["text"][:, 1]
    there = (wanted["text"] == 1).float()
    tall = (heights - wanted["text_height"].float()).abs()
    return {
        "heat": focal(found["heat"][:, 0], wanted["heat"], wanted["asked"]),
        "glyph": _which(found["glyph"], wanted["glyph"], near),
        "size": by_cell[:2].mean(),
        "offset": by_cell[2:].mean(),
        "ink": _cross_entropy(found["ink"], wanted["ink"].permute(0, 3, 1, 2)),
        "owner": (owner * owned[:, None]).sum() / owned.sum().clamp(min=1.0),
        "text": _cross_entropy(text, wanted["text"]),
        "height": (tall * there).sum() / there.sum().clamp(min=1.0),
    }


def total(parts: Mapping[str, Tensor]) -> Tensor:
    """Return the weighted sum of the parts."""
    return torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()


def focal(logits: Tensor, level: Tensor, asked: Tensor) -> Tensor:
    """Penalty-reduced focal loss (α = 2, β = 4) per centre; `level` uint8 is 255 at centres, all (n, h, w)."""
    at_centre = level == 255
    log_p, log_not = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    p = log_p.exp()
    far = (1 - level.float() / 255) ** 4 * asked.float()
    centres = torch.where(at_centre, (1 - p) ** 2 * log_p, p**2 * far * log_not)
    return -centres.sum() / at_centre.sum().clamp(min=1)


def _which(logits: Tensor, glyph: Tensor, near: Tensor) -> Tensor:
    """Cross-entropy of the glyphs (n, h, w) in cells near a centre, weighted by `near`."""
    there = near > 0
    each = functional.cross_entropy(logits.permute(0, 2, 3, 1)[there], glyph[there].long(), reduction="none")
    return (each * near[there]).sum() / near.sum().clamp(min=1.0)


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    asked = (wanted != 255).float()
    each = functional.binary_cross_entropy_with_logits(logits, (wanted == 1).float(), reduction="none")
    return (each * asked).sum() / asked.sum().clamp(min=1.0)
