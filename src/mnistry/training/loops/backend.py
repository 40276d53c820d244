"""Which library computes for Keras: torch, tensorflow or jax.

Keras reads KERAS_BACKEND once, when it is first imported; so this module comes before it.
"""

import os
import sys
from importlib.util import find_spec

from mnistry.errors import MissingExtraError, RunError, UsageError

# The first is the default: it exports to ONNX, and has a loop of its own for small networks on a CPU.
BACKENDS = ("torch", "tensorflow", "jax")

# All that a run needs until its report is written, so that nothing is found missing after training.
# torch is among them whatever computes: it exports to ONNX.
NEEDED = ("keras", "torch", "onnx", "scipy", "sklearn", "matplotlib", "jinja2")


def choose(wanted: str | None = None) -> str:
    """Settle on a backend and let Keras know; returns its name.

    `wanted` is what a run to be resumed was begun on. Otherwise KERAS_BACKEND decides, or else the
    first of `BACKENDS`. Raises `MissingExtraError` if a library of the training half is not
    installed, `RunError` if `wanted` is not what this process is bound to.
    """
    for library in NEEDED:
        if find_spec(library) is None:
            raise MissingExtraError(f"training needs {library}, which is not installed: pip install 'mnistry[train]'")
    if "keras" in sys.modules:
        import keras

        bound = keras.backend.backend()
    else:
        bound = os.environ.get("KERAS_BACKEND")
    if wanted and bound and wanted != bound:
        raise RunError(f"the run was begun on {wanted}, this process uses {bound}: set KERAS_BACKEND={wanted}")
    backend = bound or wanted or BACKENDS[0]
    if backend not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND={backend} is not supported: wanted {', '.join(BACKENDS)}")
    if find_spec(backend) is None:
        raise MissingExtraError(f"KERAS_BACKEND={backend}, which is not installed: pip install 'mnistry[{backend}]'")
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings
    return backend


def make_deterministic() -> None:
    """Ask the backend for the same result each time. Torch and jax give it on a CPU as they are."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]

        tf.config.experimental.enable_op_determinism()


def keep_freed_memory() -> None:
    """Let the C library keep what a step frees for the next step. For Linux with glibc; else nothing.

    As it comes, glibc may map large arrays afresh and give them back when they are freed, and each of
    their pages faults when it is first touched (docs/design/0005). Holds until the process ends.
    """
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # M_MMAP_THRESHOLD (-3): what is smaller, in bytes, comes from the heap; older versions allow no more than 32 MB.
    # M_TRIM_THRESHOLD (-1): the heap's free end may grow to this. On its own it would make matters worse.
    if mallopt and (mallopt(-3, 1 << 30) or mallopt(-3, 1 << 25)):
        mallopt(-1, (1 << 31) - 1)


def seed_everything(seed: int) -> None:
    """Seed Python's, numpy's and the backend's random numbers (`seed` below 2**32)."""
    import keras

    if keras.backend.backend() != "torch":
        keras.utils.set_random_seed(seed)
        return
    # As Keras' own function, which would import tensorflow where it is installed as well: that takes
    # longer than the recipe `fast` trains. Keras' global generator is left: the zoo's layers have their own.
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
