import json

import numpy as np

from mnistry.ocr.page import Digit, Line, Page, Rejected, Sign

SEEN = np.zeros((28, 28), np.uint8)


def test_text_and_json() -> None:
    def digit(value: str) -> Digit:
        return Digit(value, 0.98765, (1, 2, 3, 4), {"5": 0.98765, "0": 0.01235}, SEEN)

    lines = (Line("5 0", (digit("5"), digit("0"))), Line("5", (digit("5"),)))
    page = Page(lines, (Rejected((9, 9, 1, 1), 0.3123, "not a digit", SEEN),), 60, 40)
    assert page.text == "5 0\n5"
    assert [digit.value for digit in page.digits] == ["5", "0", "5"]
    result = json.loads(json.dumps(page.as_json()))
    assert result.keys() == {"text", "width", "height", "lines", "rejected"}
    assert result["lines"][1] == {
        "text": "5",
        "digits": [
            {"value": "5", "confidence": 0.9877, "box": [1, 2, 3, 4], "probabilities": {"5": 0.9877, "0": 0.0123}}
        ],
    }
    assert result["rejected"] == [{"box": [9, 9, 1, 1], "confidence": 0.3123, "reason": "not a digit"}]


def test_what_only_some_readers_know_is_in_the_json_where_they_do() -> None:
    comma = Sign(",", 0.97654, (4, 5, 1, 2))
    digit = Digit("5", 0.5, (1, 2, 3, 4), {"5": 0.5}, SEEN)
    page = Page((Line("5", (digit,), (comma,), 0.87654), Line("5", (digit,), confidence=0.0)), (), 60, 40, turned=90)
    result = json.loads(json.dumps(page.as_json()))
    assert result["turned"] == 90
    assert result["lines"][0].keys() == {"text", "digits", "signs", "confidence"}
    assert result["lines"][0]["signs"] == [{"value": ",", "confidence": 0.9765, "box": [4, 5, 1, 2]}]
    assert [line["confidence"] for line in result["lines"]] == [0.8765, 0.0]
    assert result["lines"][1].keys() == {"text", "digits", "confidence"}


def test_an_empty_page_has_an_empty_text() -> None:
    assert Page((), (), 10, 10).text == ""
