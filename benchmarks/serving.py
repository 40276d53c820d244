"""How many requests a second `mnistry serve` answers, how fast, and whether it stays as it is: records/serving.json.

    python benchmarks/serving.py              # 100,000 requests, and ten minutes of watching the memory
    python benchmarks/serving.py --minutes 1  # quicker

The server and wrk (Debian's package wrk), which asks from as many connections as keep it busy, share the
machine's cores.
"""

import argparse
import io
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mnistry.data import load_dataset
from mnistry.training import provenance

RECORD = Path(__file__).parents[1] / "records" / "serving.json"
CONNECTIONS = {"infer": 16, "read": 4}  # as many as keep the server busy
PATHS = {"infer": "/v2/models/mnistry/infer", "read": "/read"}
REQUESTS = 100_000
ROUND_S = 30
LUA = """
local file = io.open("{body}", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "{kind}"
done = function(summary, latency, requests)
  local failed = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    failed.status + failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="that the memory is watched (default: %(default)s)")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("error: there is no wrk on this machine: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        bodies = {"infer": tensor(), "read": picture()}
        scripts = {}
        for name, body in bodies.items():
            (Path(folder) / name).write_bytes(body)
            kind = "application/json" if name == "infer" else "application/octet-stream"
            scripts[name] = Path(folder) / f"{name}.lua"
            scripts[name].write_text(LUA.format(body=Path(folder) / name, kind=kind))
        found: dict[str, Any] = {}
        for name in bodies:
            asked(server, name, scripts[name], 3)  # warm
            found[name] = rounds(server, name, scripts[name])
            print(name, found[name], flush=True)
        found["memory"] = watched(server, "read", scripts["read"], options.minutes)
        print(found["memory"], flush=True)
    record = {
        "what": "requests to mnistry serve on loopback, wrk on the same cores",
        "command": "python benchmarks/serving.py",
        "connections": CONNECTIONS,
        **found,
        **provenance.describe(),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


class Server:
    """`mnistry serve` in a process of its own."""

    def __enter__(self) -> "Server":
        command = [sys.executable, "-m", "mnistry", "serve", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().replace("localhost", "127.0.0.1")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    @property
    def memory_mb(self) -> float:
        """What it and its processes hold in memory now."""
        pid = self.process.pid
        children = " ".join(one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")).split()
        pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in (pid, *children))
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def asked(server: Server, name: str, script: Path, seconds: float) -> dict[str, float]:
    """One round of wrk."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS[name]}", f"-d{round(seconds)}s", "--timeout", "10s", "-s", str(script)]
    said = subprocess.run([*command, server.url + PATHS[name]], capture_output=True, text=True, check=True).stdout
    match = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    assert match, said
    requests, duration, errors, p50, p99, longest = map(int, match.groups())
    times = {"p50_ms": p50 / 1e3, "p99_ms": p99 / 1e3, "longest_ms": longest / 1e3}
    return {"requests": requests, "per_s": requests / (duration / 1e6), "errors": errors, **times}


def rounds(server: Server, name: str, script: Path) -> dict[str, Any]:
    """Rounds until there were `REQUESTS`: all counted, rates and times as medians of rounds."""
    done: list[dict[str, float]] = []
    while sum(one["requests"] for one in done) < REQUESTS:
        done.append(asked(server, name, script, ROUND_S))
    medians = {key: round(statistics.median(one[key] for one in done), 2) for key in ("per_s", "p50_ms", "p99_ms")}
    total = {key: sum(int(one[key]) for one in done) for key in ("requests", "errors")}
    worst = {f"worst_{key}": round(max(one[key] for one in done), 2) for key in ("p99_ms", "longest_ms")}
    return {**total, **medians, **worst, "rounds": len(done)}


def watched(server: Server, name: str, script: Path, minutes: float) -> dict[str, Any]:
    """The server's memory under load, once a minute, from the end of the first."""
    seen: list[float] = []
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(asked, server, name, script, 60 * minutes)
        while not asking.done():
            wait([asking], 60)
            seen.append(round(server.memory_mb, 1))
        done = asking.result()
    return {"minutes": minutes, "requests": done["requests"], "errors": done["errors"], "mb_each_minute": seen}


def tensor() -> bytes:
    """An infer request of one image."""
    data = load_dataset().validation.images[0].ravel().tolist()
    return json.dumps(
        {"inputs": [{"name": "images", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": data}]}
    ).encode()


def picture() -> bytes:
    """A PNG of 120 × 120 px with one digit."""
    sheet = np.full((120, 120), 255, np.uint8)
    sheet[32:88, 32:88] -= np.kron(load_dataset().validation.images[0, ..., 0], np.ones((2, 2), np.uint8))
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    main()
