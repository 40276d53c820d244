"""The tables of `mnistry bench train`: records/bench.json and records/growth.json."""

from collections.abc import Mapping

from injected import records
from mnistry.safety.json_record import from_json
from mnistry.training.bench.row import Row
from mnistry.training.bench.table import figures


def bench() -> str:
    """What each recipe of records/bench.json takes and reaches, the fastest first."""
    heads = {"training": "training", "× fast": "× `fast`", "to model": "from command to model"}
    return _standings(heads | {"accuracy": "test accuracy", "runs": "runs", "99.19 % at": "99.19 % first held after"})


def work() -> str:
    """The work behind it."""
    heads = {"MFLOP": "MFLOP to learn an image", "GFLOP/s": "GFLOP/s", "of sgemm": "of a matrix product's"}
    return _standings(heads | {"memory": "memory at most"})


def _standings(heads: Mapping[str, str]) -> str:
    lines = [f"| recipe | backend | {' | '.join(heads.values())} |", f"| --- | --- |{' ---: |' * len(heads)}"]
    for row in sorted(records.read("bench")["rows"], key=lambda row: row["training_s"]):
        result = figures(from_json(Row, row))
        lines.append(f"| `{row['recipe']}` | {row['backend']} | {' | '.join(result[key] for key in heads)} |")
    return "\n".join(lines)


def growth() -> str:
    """Seconds of one epoch and the most memory, by recipe and threads, over the images."""
    rows = records.read("growth")["rows"]
    shares = sorted({row["share"] for row in rows})
    lines = [f"| recipe | backend | threads |{''.join(f' {55_000 * share:,.0f} images |' for share in shares)}"]
    lines.append("| --- | --- | ---: |" + " ---: |" * len(shares))
    cells = {(row["recipe"], row["backend"], row["threads"], row["share"]): row for row in rows}
    for recipe, backend, threads in dict.fromkeys(key[:3] for key in cells):
        result = (figures(from_json(Row, cells[recipe, backend, threads, share])) for share in shares)
        each = "".join(f" {one['training']}, {one['memory']} |" for one in result)
        lines.append(f"| `{recipe}` | {backend} | {threads} |{each}")
    return "\n".join(lines)
