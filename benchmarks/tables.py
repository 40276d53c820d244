"""Write the tables of README.md from records/*.json, between their markers.

python benchmarks/tables.py           # renew
python benchmarks/tables.py --check   # status 1 if README.md is not what the records say
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    renewed = renew(text)
    if "--check" in sys.argv:
        sys.exit(renewed != text)
    readme.write_text(renewed, encoding="utf-8")


def renew(text: str) -> str:
    """README's text with what stands between `<!-- table: NAME -->` and `<!-- end -->` made anew."""

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"

    markers = re.findall(r"<!-- table: (\w+) -->", text)
    if sorted(markers) != sorted(TABLES):
        sys.exit(f"README.md has the tables {markers}: wanted each of {list(TABLES)} once")
    return re.sub(r"(<!-- table: (\w+) -->)\n(?:.*?\n)?(<!-- end -->)", table, text, flags=re.DOTALL)


def read(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "records" / f"{name}.json").read_text(encoding="utf-8"))


def accuracy() -> str:
    rows = ["| recipe | backend | test accuracy | each seed | parameters | epochs | from command to report |"]
    rows.append("| --- | --- | --- | --- | ---: | ---: | ---: |")
    for path in sorted((ROOT / "records").glob("*.json")):
        record = read(path.stem)
        for backend, summary in record.get("summary", {}).items():
            runs = [run for run in record["runs"] if run["backend"] == backend]
            spread = f" ± {100 * summary['accuracy_sd']:.2f}" if summary["n"] > 1 else ""
            waited = f"{summary['wall_s_median'] / 60:.1f} min" if summary["wall_s_median"] else "not timed"
            each = ", ".join(f"{100 * run['accuracy']:.2f}" for run in runs)
            rows.append(
                f"| `{path.stem}` | {backend} | **{100 * summary['accuracy_mean']:.2f} %**{spread} | {each} "
                f"| {runs[0]['parameters']:,} | {runs[0]['epochs']} | {waited} |"
            )
    return "\n".join(rows)


def machine() -> str:
    record = read("tutorial")
    run = record["runs"][0]
    versions = ", ".join(
        f"{name} {run['versions'][name]}" for name in ("python", "keras", "torch") if name in run["versions"]
    )
    return (
        f"Mean ± standard deviation over the seeds, every run listed, none left out. {record['chosen']} "
        f"On {run['machine']['cores']} cores ({run['machine']['processor']}, {run['machine']['system']}), no GPU; "
        f"{versions}. Again: `{record['command']}`, for another backend with `KERAS_BACKEND=jax` before it."
    )


TABLES = {"accuracy": accuracy, "machine": machine}

if __name__ == "__main__":
    main()
