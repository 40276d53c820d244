import inspect

import pytest

import mnistry
from mnistry import errors
from mnistry.errors import MissingExtraError, MnistryError, needs_extra


def test_every_error_is_drawn_in_the_tree_and_public() -> None:
    own = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MnistryError)}
    assert own
    assert all(name in (errors.__doc__ or "") for name in own)
    assert own <= set(mnistry.__all__)


def test_a_missing_extra_says_what_to_install() -> None:
    with (
        pytest.raises(
            MissingExtraError,
            match=r"^drawing needs no_such_library, which is not installed: pip install 'mnistry\[report\]'$",
        ),
        needs_extra("report", "drawing"),
    ):
        import no_such_library  # pyright: ignore[reportMissingImports]  # noqa: F401


def test_other_errors_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), needs_extra("report", "drawing"):
        _ = 1 / 0
