"""Put tables and numbers from records/*.json between the markers of README.md, docs/ and records/README.md.

    python benchmarks/tables.py           # renew
    python benchmarks/tables.py --check   # status 1 if a page is not what the records say

The prose is the page's own. `<!-- table: NAME -->` and `<!-- end -->`, on lines of their own, hold a table;
`<!-- value: GROUP.NAME -->` and `<!-- end -->`, within a line, a single value. What fills them is in injected/.
"""

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from injected import experiments, limits, module_map, reading, recipes, serving, situations, standings
from mnistry.training.recipe_table import RECORDED

ROOT = Path(__file__).parents[1]
TABLES: dict[str, Callable[[], str]] = {
    "accuracy": recipes.accuracy,
    "machines": recipes.machines,
    "bench": standings.bench,
    "work": standings.work,
    "growth": standings.growth,
    "ideas": experiments.ideas,
    "study": experiments.study,
    "ensembles": experiments.ensembles,
    "profile": experiments.profile,
    "sources": experiments.sources,
    "extend": experiments.extend,
    "robustness": reading.robustness,
    "fonts": reading.fonts,
    "serving": serving.serving,
    "situations": situations.situations,
    "modules": module_map.modules,
}
VALUES: dict[str, Callable[[], Mapping[str, str]]] = {
    "reading": reading.reading,
    "speed": reading.speed,
    "model": reading.model,
    "limits": limits.reading,
    "server": limits.serving,
    "step": experiments.step,
    "serving": serving.measured,
    "latency": serving.latency,
    "placement": experiments.placement,
}
TABLE = re.compile(r"(<!-- table: (\w+) -->)\n(?:.*?\n)??(<!-- end -->)", re.DOTALL)
VALUE = re.compile(r"(<!-- value: (\w+)\.(\w+) -->)[^\n]*?(<!-- end -->)")


def main() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    renewed = {page: renew(text, page) for page, text in texts.items()}
    texts[RECORDED], renewed[RECORDED] = RECORDED.read_text(encoding="utf-8"), recipes.recorded()
    if "--check" in sys.argv:
        sys.exit(renewed != texts)
    for page, text in renewed.items():
        page.write_text(text, encoding="utf-8")


def pages() -> list[Path]:
    """Every page that may have markers."""
    folders = [(ROOT / folder).rglob("*.md") for folder in ("docs", "studies", "records")]
    return sorted([ROOT / "README.md", *(page for found in folders for page in found)])


def renew(text: str, page: Path) -> str:
    """The page's text with what stands between its markers renewed; ends the program if it has an unknown one."""

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{_known(TABLES, match[2], page)()}\n{match[3]}"

    def value(match: re.Match[str]) -> str:
        _known(VALUES, match[2], page)
        return f"{match[1]}{_known(_values(match[2]), match[3], page)}{match[4]}"

    result = VALUE.sub(value, TABLE.sub(table, text))
    known = len(TABLE.findall(text)) + len(VALUE.findall(text))
    if not text.count("<!-- end -->") == len(re.findall("<!-- (?:table|value): ", text)) == known:
        sys.exit(f"{page}: a marker has no end, or an end no marker")
    return result


@cache
def _values(group: str) -> Mapping[str, str]:
    return VALUES[group]()


def _known(known: Mapping[str, Any], name: str, page: Path) -> Any:
    if name not in known:
        sys.exit(f"{page}: has a marker {name!r}: wanted one of {', '.join(known)}")
    return known[name]


if __name__ == "__main__":
    main()
