import re
import subprocess
from pathlib import Path

from mnistry.training import provenance


def test_tells_versions_and_machine_but_not_the_owner() -> None:
    result = provenance.describe()
    assert {"python", "mnistry", "keras", "numpy", "onnxruntime"} <= result["versions"].keys()
    assert result["machine"]["cores"] >= 1
    assert str(Path.home()) not in str(result)


def test_the_commit_is_the_checkouts() -> None:
    root = Path(__file__).parents[2]
    found = provenance.commit()
    if not (root / ".git").exists():
        assert found is None
        return
    assert found is not None
    assert re.fullmatch(r"[0-9a-f]{40}\+?", found)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True).stdout.strip()
    assert found.rstrip("+") == head
