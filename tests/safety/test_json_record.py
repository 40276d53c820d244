from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from mnistry.safety.json_record import Also, absent, as_json, from_json, rest, shape_of


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    source: str = absent("")
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Whole:
    parts: tuple[Part, ...]
    own: Annotated[Part, Also(source=str)] | None = absent()
    shape: tuple[int, int, int] | None = None
    kind: Literal["a", "b"] = "a"
    counts: Mapping[str, float] | None = absent()
    matrix: list[list[int]] | None = absent()
    others: Mapping[str, object] = rest()


@dataclass(frozen=True, kw_only=True)
class First:
    one: int


@dataclass(frozen=True, kw_only=True)
class Second(Part, First):
    """Both; its JSON begins with the fields of `First`."""


WHOLE: dict[str, Any] = {
    "parts": [{"name": "a", "source": "x", "size": 1}, {"name": "b", "size": None}],
    "own": {"name": "c", "source": "y", "size": 2},
    "shape": [1, 2, 3],
    "kind": "b",
    "counts": {"a": 0.5},
    "matrix": [[1, 0], [0, 1]],
    "hue": [{"a": 1}],
}


def test_json_goes_in_and_comes_out() -> None:
    record = from_json(Whole, WHOLE)
    assert record == Whole(
        parts=(Part(name="a", source="x", size=1), Part(name="b")),
        own=Part(name="c", source="y", size=2),
        shape=(1, 2, 3),
        kind="b",
        counts={"a": 0.5},
        matrix=[[1, 0], [0, 1]],
        others={"hue": [{"a": 1}]},
    )
    assert as_json(record) == WHOLE
    assert list(as_json(record)) == list(WHOLE), "keys are in the order of the fields"


def test_what_is_missing_has_its_default_and_is_left_out_or_null() -> None:
    record = from_json(Whole, {"parts": []})
    assert record == Whole(parts=())
    assert as_json(record) == {"parts": [], "shape": None, "kind": "a"}


def test_fields_of_two_classes() -> None:
    assert list(as_json(Second(one=1, name="a"))) == ["one", "name", "size"]
    assert from_json(Second, {"name": "a", "one": 1}) == Second(one=1, name="a")


def test_the_shape_is_that_of_the_class() -> None:
    part = {"name": str, "source?": str, "size?": (int, None)}
    assert shape_of(Whole) == {
        "parts": [part],
        "own?": ({"name": str, "source": str, "size?": (int, None)}, None),
        "shape?": ([int, int, int], None),
        "kind?": frozenset({"a", "b"}),
        "counts?": ({str: float}, None),
        "matrix?": (list, None),
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parts": 5}, "parts is 5: wanted a list"),
        ({"parts": [{}]}, r"parts\[0\]\.name is missing"),
        ({"parts": [{"name": "a", "size": "x"}]}, r"parts\[0\]\.size is 'x': wanted a whole number"),
        ({"own": {"name": "a"}}, r"own\.source is missing"),
        ({"shape": [1, 2]}, r"shape is \[1, 2\]: wanted a list of 3"),
        ({"counts": {"a": "x"}}, r"counts\.a is 'x': wanted a number"),
    ],
)
def test_json_of_another_shape(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        from_json(Whole, WHOLE | change)


def test_a_text_outside_a_literal_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^kind is 'c': wanted a or b$"):
        from_json(Whole, {"parts": [], "kind": "c"})
