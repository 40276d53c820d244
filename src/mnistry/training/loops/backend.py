"""Selects the library that computes for Keras: torch, tensorflow or jax.

Keras reads KERAS_BACKEND once, when it is first imported, so this module must run before that.
"""

import os
import sys
from importlib.util import find_spec

from mnistry.errors import MissingExtraError, RunError, UsageError

# The first is the default: it exports to ONNX, and has its own training loop for small networks on a CPU.
BACKENDS = ("torch", "tensorflow", "jax")

# All that a run needs until its report is written, so that nothing turns out to be missing after training.
# torch is needed with every backend: it exports to ONNX.
NEEDED = ("keras", "torch", "onnx", "scipy", "sklearn", "matplotlib", "jinja2")


def choose(wanted: str | None = None) -> str:
    """Select a backend, tell Keras, and return its name.

    `wanted` is the backend that a run to be resumed was started on. Otherwise KERAS_BACKEND decides, or else
    the first of `BACKENDS`. Raises `MissingExtraError` if a library of the training half is not installed,
    `RunError` if `wanted` is not the backend this process is bound to, `UsageError` for an unknown backend.
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
        raise RunError(f"the run was started on {wanted}, this process uses {bound}: set KERAS_BACKEND={wanted}")
    backend = bound or wanted or BACKENDS[0]
    if backend not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND={backend} is not supported: wanted {', '.join(BACKENDS)}")
    if find_spec(backend) is None:
        raise MissingExtraError(f"KERAS_BACKEND={backend}, which is not installed: pip install 'mnistry[{backend}]'")
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # silences TensorFlow's start-up messages
    return backend


def make_deterministic() -> None:
    """Make the backend's results repeatable. Torch and jax are deterministic on a CPU by default."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # pyright: ignore[reportMissingModuleSource]

        tf.config.experimental.enable_op_determinism()


def keep_freed_memory() -> None:
    """Let the C library keep the memory that a step frees for the next step. Does nothing except on Linux with glibc.

    By default, glibc may map large arrays again each time and unmap them when they are freed, so that each of their
    pages faults on first use (docs/design/0005). The setting lasts until the process ends.
    """
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # M_MMAP_THRESHOLD (-3): smaller blocks, in bytes, come from the heap; older versions allow at most 32 MB.
    # M_TRIM_THRESHOLD (-1): the heap's free end may grow to this size. Set alone, it would make things worse.
    if mallopt and (mallopt(-3, 1 << 30) or mallopt(-3, 1 << 25)):
        mallopt(-1, (1 << 31) - 1)


def seed_everything(seed: int) -> None:
    """Seed the random numbers of Python, numpy and the backend (`seed` below 2**32)."""
    import keras

    if keras.backend.backend() != "torch":
        keras.utils.set_random_seed(seed)
        return
    # Replaces Keras' own function, which would also import tensorflow if it is installed: that takes longer
    # than the recipe `fast` trains. Keras' global generator is not seeded: the zoo's layers have their own.
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
