"""benchmarks/pages.py: pages are read and compared with what is written on them."""

from mnistry.reader import Reader


def test_pages_are_read_and_compared_with_what_is_written() -> None:
    import pages

    found = pages.measure(Reader(), 3, touching=False, first=0)
    assert found["pages"] == 3
    assert found["pairs"] == found["digits"] / 2
    assert found["digits_right"] > 0.9
    assert found["digits_per_s"] > 0
    assert pages.distance("1234", "124") == 1
    assert pages.distance("12\n3", "13\n3") == 1
    assert pages.aligned("1234", "124") == [0, 1, None, 2]
    assert pages.aligned("12", "") == [None, None]
