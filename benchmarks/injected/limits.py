"""The bounds of reading and of `mnistry serve`, in the units that the pages give them in."""

from dataclasses import asdict

from mnistry.safety.limits import LIMITS
from mnistry.server import Limits

MILLIONS = {"body", "tensors", "bodies", "memory", "picture_px", "costly_px", "tile_px", "data_bytes"}


def reading() -> dict[str, str]:
    return _printed(asdict(LIMITS))


def serving() -> dict[str, str]:
    return _printed(asdict(Limits()))


def _printed(limits: dict[str, float]) -> dict[str, str]:
    """Bytes and pixels in millions, except the few bytes of a head; other numbers as they are."""
    found = {}
    for name, value in limits.items():
        if name.endswith("_share"):
            found[name] = f"{100 * value:.0f} %"
            continue
        size = value / 1e6 if name in MILLIONS or name.endswith("_bytes") else value
        found[name] = f"{size:,.3g}" if size % 1 or size > 1e12 else f"{size:,.0f}"
    return found
