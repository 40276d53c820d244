import io

from rich.console import Console

from mnistry.training.progress import Display
from mnistry.training.recipes import Recipe

RECIPE = Recipe("tutorial", "tutorial", epochs=10, batch_size=128, learning_rate=0.1)
ROW = {
    "epoch": 3,
    "loss": 0.12345,
    "accuracy": 0.9,
    "validation_loss": 0.1,
    "validation_accuracy": 0.9876,
    "elapsed_s": 20.4,
}


def shown(*, terminal: bool) -> str:
    text = io.StringIO()
    with Display(Console(file=text, force_terminal=terminal, width=100)) as display:
        display.start(RECIPE, 4, [ROW, ROW])
        for step in (1, 2, 3, 4):
            display.step(3, step, 0.5)
        display.epoch(ROW)
    return text.getvalue()


def test_elsewhere_a_line_an_epoch() -> None:
    assert shown(terminal=False) == (
        "going on after epoch 2 of 10\nepoch  3/10  loss 0.1235  validation 98.76 %  20 s\n"
    )


def test_on_a_terminal_a_bar_with_the_time_left() -> None:
    text = shown(terminal=True)
    assert "epoch 3/10" in text
    assert "30 %" in text
    assert "left" in text
    assert "loss 0.5000" in text
    assert "validation 98.76 %" in text
