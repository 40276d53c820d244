"""Which library computes for Keras: torch, tensorflow or jax.

Keras reads KERAS_BACKEND once, when it is first imported; so this module comes before it.
"""

import os
import sys
from importlib.util import find_spec

from mnistry.errors import MissingExtraError, RunError

# The first is the default. Without a GPU torch is the fastest for convolutions: measured on two
# cores 47 GFLOP/s, tensorflow 22, jax 14 (which loses its time in the gradient of max pooling).
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
        raise RunError(f"KERAS_BACKEND={backend} is not supported: wanted {', '.join(BACKENDS)}")
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

    As it comes, glibc maps large arrays afresh and gives them back when they are freed, and each of
    their pages faults when it is first touched: some 2,700 times a step in `tuomaso`, a good third
    of its time (docs/design/0005).
    """
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD: what is smaller, in bytes, comes from the heap
        mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD: the heap's free end may grow to this


def seed_everything(seed: int) -> None:
    """Seed Python's, numpy's and the backend's random numbers (`seed` below 2**32)."""
    import keras

    if keras.backend.backend() != "torch":
        keras.utils.set_random_seed(seed)
        return
    # What Keras' own function does, but that this one does not import tensorflow where it is
    # installed as well, which takes longer than the recipe `fast` trains.
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
