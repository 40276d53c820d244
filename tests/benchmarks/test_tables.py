"""benchmarks/tables.py: the pages say what the records say, and their prose is their own."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import tables
from injected import limits, records
from mnistry.safety.limits import LIMITS
from mnistry.server import Limits

ROOT = Path(__file__).parents[2]
PAGE = Path("page.md")


def test_the_pages_say_what_the_records_say() -> None:
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "tables.py", "--check"])
    assert done.returncode == 0, "a page has drifted from records/: python benchmarks/tables.py renews it"


def test_what_stands_between_markers_is_renewed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tables.TABLES, "fonts", lambda: "| new |")
    monkeypatch.setattr(tables, "_values", lambda group: {"scans": f"32 of {group}"})
    table, value = "a\n<!-- table: fonts -->\n{}<!-- end -->\n", "b <!-- value: limits.scans -->{}<!-- end --> c\n"
    wanted = table.format("| new |\n") + value.format("32 of limits")
    assert tables.renew(table.format("old\nold\n") + value.format("31"), PAGE) == wanted
    assert tables.renew(table.format("") + value.format(""), PAGE) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<!-- table: font -->\n<!-- end -->", r"page.md: has a marker 'font': wanted one of accuracy, "),
        ("<!-- value: limit.scans --><!-- end -->", r"page.md: has a marker 'limit': wanted one of reading, "),
        ("<!-- value: limits.scan --><!-- end -->", r"page.md: has a marker 'scan': wanted one of side_px, "),
        ("<!-- value: limits.scans -->\n<!-- end -->", r"page.md: a marker has no end, or an end no marker"),
        ("<!-- table: fonts -->", r"page.md: a marker has no end, or an end no marker"),
    ],
)
def test_a_marker_that_is_not_known_or_not_closed_is_an_error(text: str, why: str) -> None:
    with pytest.raises(SystemExit, match=why):
        tables.renew(text, PAGE)


@pytest.mark.parametrize(
    ("page", "group", "known"), [("reading.md", "limits", LIMITS), ("serving.md", "server", Limits())]
)
def test_every_limit_is_documented(page: str, group: str, known: Any) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [one.name for one in fields(known) if f"<!-- value: {group}.{one.name} -->" not in text] == []


def test_limits_are_printed_in_the_units_of_the_pages() -> None:
    found = limits.reading()
    assert [found[name] for name in ("picture_px", "model_bytes", "reading_s", "data_share", "logit", "side_px")] == [
        *("100", "256", "10", "50 %", "1e+30", "65,500"),
    ]


def test_readme_names_the_recipes_that_learned_the_validation_images() -> None:
    runs = {name: record["runs"][0] for name, record in records.recipes().items()}
    *first, last = (f"`{name}`" for name, run in runs.items() if run.get("calibrated_from"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{', '.join(first)} and {last} learned all 60,000 training images" in readme
    assert [name for name, run in runs.items() if run.get("teachers")] == ["distilled"]


def test_a_new_record_has_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fast.json").write_bytes((ROOT / "records" / "fast.json").read_bytes())
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    assert tables.TABLES["accuracy"]().splitlines()[2:] == [
        line
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `fast` | torch | **")
    ]
    (row,) = tables.TABLES["machines"]().splitlines()[2:]
    assert row.startswith("| [fast](fast.json) | `python benchmarks/record.py fast` | a430dae | 2 cores, ")
