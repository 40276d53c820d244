"""How well everyday situations are read."""

from typing import Any

from injected import records

NAME = "situations"


def situations() -> str:
    """Each kind with its figures, below the means of its group; kinds without digits in a table of their own."""
    if not (records.RECORDS / f"{NAME}.json").exists():
        return "Not measured yet: `python benchmarks/situations.py --record`."
    record = records.read(NAME)
    lines = ["| what is read | digits right | lines exact | numbers right |", "| --- | ---: | ---: | ---: |"]
    empty = ["| what holds no digit | nothing read |", "| --- | ---: |"]
    for group in record["groups"]:
        silent = "nothing_read" in group
        for row in (group, *(row for row in record["kinds"] if row["group"] == group["name"])):
            (empty if silent else lines).append(_row(row))
    return "\n".join([*lines, "", *empty])


def _row(row: dict[str, Any]) -> str:
    shares = ("nothing_read",) if "nothing_read" in row else ("digits_right", "lines_exact", "numbers_right")
    strong = "**" if "kinds" in row else ""
    what = f"{strong}{row['name']}{strong}: mean of {row['kinds']}" if strong else row["what"].rstrip(".")
    return f"| {what} | " + " | ".join(f"{strong}{records.share(row[name])}{strong}" for name in shares) + " |"
