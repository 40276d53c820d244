"""What the API says of itself, tried by schemathesis with requests made from it."""

import subprocess
import sys
from pathlib import Path

from server.served import Served


def test_the_api_keeps_what_its_description_promises(server: Served, tmp_path: Path) -> None:
    # Not every list of numbers is a tensor, nor every file a picture: such are refused, valid as they are.
    command = ["run", f"{server.url}/openapi.json", "--exclude-checks", "positive_data_acceptance"]
    command += ["--max-examples", "25", "--seed", "1", "--no-color"]
    tool = [sys.executable, "-m", "schemathesis.cli", *command]
    done = subprocess.run(tool, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "8 selected / 8 total" in done.stdout
