"""The page's and the report's scripts: as small as Python's modules; and the tokenizer that finds their functions."""

import pytest

import javascript
from javascript import SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_and_their_functions_stay_small(name: str) -> None:
    for text in SCRIPTS[name]:
        assert text.count("\n") <= 270
        assert [one for one in javascript.functions(text) if one.lines > 46] == []


def test_the_functions_of_a_script_are_found() -> None:
    """With braces, slashes and quotes in every place where they are none of a function's."""
    text = r"""// a { comment's brace
const half = (x) => x / 2; /* function no() {
} */
const pattern = /[/{`]\/'/g, ratio = half(4) / 2 / 1;
export async function outer(a = {}, [b] = ["}"]) {
  if (a) {
    for await (const c of b) { half(c); }
  }
  return `{ ${[1].map((d) => {
    return `${d}}`;
  })} ${a}` + '{';
}
class Shape {
  #side = 1;
  get #area() { return this.#side; }
  static async draw(canvas) {
    while (canvas) canvas = canvas?.next;
  }
  sorted = (list) =>
    list.sort(
      (a, b) => a - b,
    );
}
const object = { key(value) {
  return value;
}, other: async () => {} };
"""
    assert [(one.name, one.line, one.lines) for one in javascript.functions(text)] == [
        ("half", 2, 1), ("outer", 5, 8), ("", 9, 3), ("#area", 15, 1), ("draw", 16, 3), ("sorted", 19, 4), ("", 21, 1),
        ("key", 24, 3), ("", 26, 1),
    ]  # fmt: skip
    assert {"half", "outer", "Shape", "area", "canvas"} <= javascript.identifiers(text)
    assert {"comment", "no", "function"} & javascript.identifiers(text) == set()


def test_scripts_are_found_in_pages() -> None:
    page = '<script src="a.js"></script><script type="application/json">{}</script><script type="module">f();</script>'
    assert javascript.scripts(page) == ["f();"]
    assert {"web/main.js", "assets/report.html"} <= SCRIPTS.keys()
