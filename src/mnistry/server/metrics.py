"""Prometheus metrics: counters, request times, and how full the queue is."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Metrics"]
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """The metrics of one server, in a registry of their own.

    `taken` returns the number of pictures being read or queued, `able` that of the workers that can read.
    """

    def __init__(self, taken: Callable[[], int], able: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("mnistry_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "mnistry_request_seconds",
            "From a request's head to the end of its answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "mnistry_batch_requests", "Infer requests answered together", buckets=SIZES, registry=self.registry
        )
        self.digits = Counter("mnistry_digits", "Pieces of ink in pictures", ["taken_for"], registry=self.registry)
        self.died = Counter(
            "mnistry_processes_died", "Worker processes that died and were replaced", registry=self.registry
        )
        Gauge("mnistry_processes", "Processes that can read pictures", registry=self.registry).set_function(able)
        Gauge("mnistry_work", "Pictures being read or queued", registry=self.registry).set_function(taken)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
