"""How many requests `mnistry serve` answers, and how fast the page does."""

from injected import records


def serving() -> str:
    """How many requests are answered."""
    record = records.read("serving")
    named = {"read": "`POST /read`, a picture of one digit", "infer": "`POST /v2/models/mnistry/infer`, one image"}
    lines = ["| | requests | errors | a second | median | 99th percentile | in the worst round |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, title in named.items():
        found = record[name]
        times = [f"{found[key]:.1f} ms" for key in ("p50_ms", "p99_ms", "worst_p99_ms")]
        lines.append(
            f"| {title} | {found['requests']:,} | {found['errors']} | **{found['per_s']:,.0f}** | {' | '.join(times)} |"
        )
    return "\n".join(lines)


def measured() -> dict[str, str]:
    """How it was measured, and the server's memory."""
    record = records.read("serving")
    memory = record["memory"]
    held = memory["mb_each_minute"]
    return {
        "machine": f"{records.cores(record['machine'])} ({record['machine']['processor']})",
        "read_connections": f"{record['connections']['read']}",
        "infer_connections": f"{record['connections']['infer']}",
        "read_rounds": f"{record['read']['rounds']}",
        "infer_rounds": f"{record['infer']['rounds']}",
        "minutes": f"{memory['minutes']:g} minutes",
        "requests": f"{memory['requests']:,}",
        "errors": f"{memory['errors']}",
        "first_minute": f"{held[0]:.0f} MB",
        "last_minute": f"{held[-1]:.0f} MB",
    }


def latency() -> dict[str, str]:
    """How long after the pen is lifted the page shows what is read, in ms."""
    record = records.read("latency")
    found = {f"{name}_{key}": f"{record[name][key]:.0f} ms" for name in ("reading", "layers") for key in ("p50", "p95")}
    machine = f"{records.cores(record['machine'])}, {record['machine']['processor']}"
    return found | {"strokes": f"{record['reading']['n']}", "machine": machine}
