"""The results of `bench`: a row of the table, and the runs behind it."""

from dataclasses import dataclass

from mnistry.training.bench.worker import RunTiming


@dataclass(frozen=True, kw_only=True)
class MeasuredRun(RunTiming):
    """A run's times, the accuracy after each of its epochs, and the work of training on one image."""

    epoch_accuracy: tuple[float, ...]
    training_gflop_per_image: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """The runs of a cell, summarised: medians of times, mean ± sd (n - 1) of accuracies.

    `command_to_model_s` is what the user waits for; `held_s` are the training seconds until the target is held.
    `times_fast` is the training time relative to that of `fast` with the same threads and share.
    """

    recipe: str
    backend: str
    threads: int
    share: float
    sample: float
    estimated: bool
    epochs: int
    n: int
    training_s: float
    first_step_s: float
    command_to_model_s: float
    command_to_report_s: float
    accuracy_mean: float | None
    accuracy_sd: float | None
    held_n: int
    held_s: float | None
    gflop_per_image: float
    gflop_s: float
    sgemm_gflop_s: float
    sgemm_share: float
    peak_memory_mb: float | None
    runs: tuple[MeasuredRun, ...]
    times_fast: float | None = None
