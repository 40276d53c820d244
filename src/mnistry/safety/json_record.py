"""Frozen dataclasses as JSON objects: the class is the one definition of the keys, their order and their types.

    @dataclass(frozen=True, kw_only=True)
    class Teacher:
        source: str = absent("")   # may be missing; left out while it has this value
        sha256: str                # must be there
        seed: int | None = None    # may be missing, e.g. in older files; None is written as null

    teacher = from_json(Teacher, {"sha256": "0"})
    as_json(teacher)               # {"sha256": "0", "seed": None}

JSON's lists are tuples in a record, except where a field's type is a list: its items are not checked, since a matrix
may be large.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from mnistry.safety import strict_json

T = TypeVar("T")
REST = {"rest": True}
ABSENT = {"absent": True}


def absent(value: Any = None) -> Any:
    """Return a field whose key is left out of the JSON while the field has this value."""
    return field(default=value, metadata=ABSENT)


def rest() -> Any:
    """Return a field that holds all keys that have no field of their own."""
    return field(default_factory=dict, metadata=REST)


class Also:
    """Annotates the type of a JSON object with keys that are needed here, or have another type here."""

    def __init__(self, **keys: Any) -> None:
        self.keys = keys


def shape_of(kind: Any) -> Any:
    """Return the shape (see `strict_json`) of the JSON that a type is read from."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        shape = shape_of(inner[0])
        for also in (one for one in inner[1:] if isinstance(one, Also)):
            for key, value in also.keys.items():
                name = key.removesuffix("?")
                shape = {(key if known in (name, f"{name}?") else known): of for known, of in shape.items()}
                shape[key] = value
        return shape
    if origin is UnionType or NoneType in inner:
        return tuple(None if one is NoneType else shape_of(one) for one in inner)
    if origin is tuple:
        return [shape_of(one) for one in inner if one is not ...]
    if origin is Literal:
        return frozenset(inner) if isinstance(inner[0], str) else type(inner[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict if inner[1] is object else {str: shape_of(inner[1])}
    if is_dataclass(kind):
        return {_key(one): shape_of(_hints(kind)[one.name]) for one in fields(kind) if one.metadata != REST}
    return origin or kind


def from_json(kind: type[T], value: Any) -> T:
    """Return a record of what JSON holds. Raises `ValueError`, which names the first key of another shape."""
    if problem := strict_json.misfit(value, shape_of(kind)):
        raise ValueError(problem)
    return _record(kind, value)


def as_json(record: Any) -> dict[str, Any]:
    """Return the JSON object of a record, its keys in the order of the fields."""
    found: dict[str, Any] = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if one.metadata == REST:
            found |= _plain(value)
        elif one.metadata != ABSENT or value != one.default:
            found[one.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return as_json(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _record(kind: Any, value: Any) -> Any:
    """Turn JSON of the kind's shape into the kind: objects into records, lists into tuples."""
    origin, inner = get_origin(kind), get_args(kind)
    if value is None:
        return None
    if origin is Annotated or NoneType in inner:
        return _record(next(one for one in inner if one is not NoneType), value)
    if origin is tuple:
        kinds = inner if ... not in inner else inner[:1] * len(value)
        return tuple(_record(of, one) for of, one in zip(kinds, value, strict=True))
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return value
    named = {one.name: _hints(kind)[one.name] for one in fields(kind) if one.metadata != REST}
    known = {name: _record(of, value[name]) for name, of in named.items() if name in value}
    others = {key: one for key, one in value.items() if key not in named}
    return kind(**known, **{one.name: others for one in fields(kind) if one.metadata == REST})


def _key(one: "Field[Any]") -> str:
    return one.name if one.default is MISSING and one.default_factory is MISSING else f"{one.name}?"


@cache
def _hints(kind: Any) -> Mapping[str, object]:
    return get_type_hints(kind, include_extras=True)
