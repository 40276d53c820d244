import os
import sys

import pytest

from mnistry.safety.cores import available_cores


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")
def test_a_process_bound_to_one_core_has_one() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert available_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert available_cores() == len(allowed)


def test_other_systems_have_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_cores() == 6
