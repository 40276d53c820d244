"""studies/architectures.py: what is no layer is refused."""

import pytest


def test_a_word_that_is_no_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    import architectures

    for word in ("q3-4", "c3", "c3-4-5"):
        with pytest.raises(ValueError, match="is no layer: wanted such as c3-16"):
            architectures.build(f"c3-4 {word}")
