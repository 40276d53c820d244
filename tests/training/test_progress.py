import io

import pytest
from rich.console import Console

from mnistry.training.progress import Display

ROW = {
    "epoch": 3,
    "loss": 0.12345,
    "accuracy": 0.9,
    "validation_loss": 0.1,
    "validation_accuracy": 0.9876,
    "elapsed_s": 20.4,
}


def shown(term: str | None) -> str:
    """What is printed on a terminal of this kind; None is no terminal. The kind of the one at hand does not matter."""
    text = io.StringIO()
    environment = {"TERM": term or "xterm"}
    console = Console(file=text, force_terminal=term is not None, width=100, _environ=environment)
    with Display(console) as display:
        display.start(10, 4, [ROW, ROW])
        for step in (1, 2, 3, 4):
            display.step(3, step, 0.5)
        display.epoch(ROW)
    return text.getvalue()


@pytest.mark.parametrize("term", [None, "dumb", "unknown"])
def test_elsewhere_one_line_per_epoch(term: str | None) -> None:
    assert shown(term) == ("resuming after epoch 2 of 10\nepoch  3/10  loss 0.1235  validation 98.76 %  20 s\n")


def test_on_a_terminal_a_bar_with_the_time_left() -> None:
    text = shown("xterm-256color")
    assert "epoch 3/10" in text
    assert "30 %" in text
    assert "left" in text
    assert "loss 0.5000" in text
    assert "validation 98.76 %" in text
