"""Records, and how their numbers are printed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).parents[2] / "records"


def read(name: str) -> dict[str, Any]:
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def recipes() -> dict[str, dict[str, Any]]:
    """The records of recipes by name, over seeds."""
    every = {path.stem: read(path.stem) for path in sorted(RECORDS.glob("*.json"))}
    return {name: record for name, record in every.items() if "summary" in record}


def share(share: float) -> str:
    """A share in per cent, with a second decimal near 0 and 100."""
    return f"{100 * share:.1f} %" if 0.02 < share < 0.98 else f"{100 * share:.2f} %"


def cores(machine: Mapping[str, Any]) -> str:
    return f"{machine['cores']} core" + "s" * (machine["cores"] > 1)
