"""Rows of `mnistry bench`, as they could be measured."""

from dataclasses import replace
from typing import Any

from mnistry.training.bench.row import Row


def row(recipe: str, backend: str = "torch", **changes: Any) -> Row:
    """A row of three runs, with what is given changed."""
    usual = Row(
        recipe=recipe,
        backend=backend,
        threads=2,
        share=1.0,
        sample=1.0,
        estimated=False,
        epochs=3,
        n=3,
        training_s=2.0,
        first_step_s=5.0,
        command_to_model_s=7.0,
        command_to_report_s=8.0,
        accuracy_mean=0.99321,
        accuracy_sd=0.0004,
        held_n=3,
        held_s=2.0,
        gflop_per_image=0.0023,
        gflop_s=80.0,
        sgemm_gflop_s=360.0,
        sgemm_share=0.22,
        peak_memory_mb=597.3,
        runs=(),
    )
    return replace(usual, **changes)
