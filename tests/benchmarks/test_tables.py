"""benchmarks/tables.py: the pages say what the records say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_pages_say_what_the_records_say() -> None:
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "tables.py", "--check"])
    assert done.returncode == 0, "a page has drifted from records/: python benchmarks/tables.py renews it"
