"""Where a training step of the recipe `fast` spends its time, and how fast its arithmetic is.

    python benchmarks/profile_step.py     # writes records/profile.json

A hundred steps by the clock, the median of seven rounds: in torch's own loop, with its operations
compiled by torch.compile (where a C++ compiler is there), and in Keras' `Model.fit`. Then the same steps
under torch's profiler, which makes them somewhat longer: the shares are of the profiled step.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from mnistry.data import load_dataset
from mnistry.data.split import Split
from mnistry.run import folder as runs
from mnistry.training.loops import backend

backend.choose("torch")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.profiler import ProfilerActivity, profile  # noqa: E402

from mnistry.training import fit, flops, provenance  # noqa: E402
from mnistry.training.bench.worker import sgemm_gflop_s  # noqa: E402
from mnistry.training.loops.torch_loop import TorchLoop  # noqa: E402
from mnistry.training.recipes import FAST  # noqa: E402

RECORD = Path(__file__).parents[1] / "records" / "profile.json"
STEPS = 100
# What an operation's name begins with → what it is for.
KINDS = {
    "convolutions, backward": ("aten::convolution_backward",),
    "convolutions, forward": ("aten::mkldnn_convolution",),
    "dense layers": ("aten::addmm", "aten::mm"),
    "batch normalisation": ("aten::native_batch_norm",),
    "pooling": ("aten::max_pool2d_with_indices",),
    "ReLU": ("aten::clamp_min", "aten::threshold_backward"),
    "loss and accuracy": (
        "aten::_log_softmax",
        "aten::nll_loss",
        "aten::argmax",
        "aten::eq",
        "aten::sum",
        "aten::mean",
    ),
    "Adam": ("aten::_fused_adam_", "Optimizer."),
    "pixels and copies": ("aten::copy_", "aten::fill_", "aten::mul_", "aten::add_", "aten::index", "aten::contiguous"),
}


def main() -> None:
    backend.keep_freed_memory()
    data, images = load_dataset(), STEPS * FAST.batch_size
    few = Split(data.train.images[:images], data.train.labels[:images])
    data = replace(data, train=few)
    order = np.arange(images)

    def epoch(loop: fit.Loop) -> None:
        loop.epoch(few, order, 1, 0, lambda step, loss: None)

    loop = fit.prepare(FAST, data, 0)
    step_s = _step_s(epoch, loop)
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        started = time.perf_counter()
        epoch(loop)
        profiled_s = (time.perf_counter() - started) / STEPS
    inside = {event.key: event.self_cpu_time_total / 1e6 / STEPS for event in profiled.key_averages()}
    shares = _shares(inside, profiled_s)
    flop = FAST.batch_size * flops.training_flop(loop.model)
    arithmetic = sum(shares[kind] for kind in KINDS if kind.startswith(("convolutions", "dense")))
    record: dict[str, Any] = {
        "what": "one training step of the recipe fast, by what it spends its time on",
        "command": "python benchmarks/profile_step.py",
        **provenance.describe(),
        "threads": torch.get_num_threads(),
        "step_ms": 1000 * step_s,
        "profiled_step_ms": 1000 * profiled_s,
        "keras_fit_step_ms": 1000 * _step_s(epoch, fit.prepare(replace(FAST, own_loop=False), data, 0)),
        "compiled": _compiled(epoch, fit.prepare(FAST, data, 0)),
        "mflop": flop / 1e6,
        "gflop_s": flop / step_s / 1e9,
        "gflop_s_inside_convolutions_and_dense_layers": flop / (arithmetic * profiled_s) / 1e9,
        "sgemm_gflop_s": sgemm_gflop_s(),
        "shares": shares,
    }
    runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))
    print(json.dumps(record, indent=1))


def _step_s(epoch: Callable[[fit.Loop], None], loop: fit.Loop) -> float:
    """The median of seven rounds, after one that does not count."""
    times = []
    for _ in range(8):
        started = time.perf_counter()
        epoch(loop)
        times.append((time.perf_counter() - started) / STEPS)
    return statistics.median(times[1:])


def _compiled(epoch: Callable[[fit.Loop], None], loop: fit.Loop) -> dict[str, float] | str:
    """The layers as one compiled function: seconds until it is compiled, then a step's milliseconds."""
    operations = list(cast(TorchLoop, loop)._operations)

    def forward(x: torch.Tensor, training: bool) -> torch.Tensor:
        for apply in operations:
            x = apply(x, training)
        return x

    cast(TorchLoop, loop)._operations[:] = [torch.compile(forward)]
    try:
        started = time.perf_counter()
        epoch(loop)
        first_s = time.perf_counter() - started
        step_s = _step_s(epoch, loop)
    except Exception as error:  # whatever a compiler may say
        return f"{type(error).__name__}"
    return {"until_it_stands_s": first_s - STEPS * step_s, "step_ms": 1000 * step_s}


def _shares(inside: dict[str, float], step_s: float) -> dict[str, float]:
    """Of a step: each kind's operations, all other operations, and the time in none (Python, mostly)."""
    shares = {
        kind: sum(time_s for name, time_s in inside.items() if name.startswith(names)) / step_s
        for kind, names in KINDS.items()
    }
    other = sum(inside.values()) / step_s - sum(shares.values())
    return shares | {"other operations": other, "in no operation": 1 - sum(shares.values()) - other}


if __name__ == "__main__":
    main()
