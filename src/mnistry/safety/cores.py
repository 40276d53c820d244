"""How many CPU cores this process may use."""

import os


def available_cores() -> int:
    """Return the number of cores that this process may use, which may be fewer than the machine has; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
