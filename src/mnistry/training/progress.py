"""Shows training progress to people: a bar on a terminal, one line per epoch everywhere else."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class Watch:
    """Receives training progress; this base class shows nothing. Losses are means over the epoch so far."""

    def start(self, epochs: int, steps: int, history: list[dict[str, float]]) -> None:
        """Training of `epochs` epochs begins, or resumes after the epochs in `history`; an epoch has `steps` steps."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """A batch was trained on. Epochs and steps count from 1."""

    def epoch(self, row: dict[str, float]) -> None:
        """An epoch is done and saved; `row` is its row in history.csv."""


class Display(Watch):
    """Writes progress to a rich console; a context manager that cleans up after itself."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TextColumn("validation {task.fields[validation]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal or console.is_dumb_terminal,
        )
        self._steps = self._epochs = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, epochs: int, steps: int, history: list[dict[str, float]]) -> None:
        self._steps, self._epochs = steps, epochs
        done = len(history)
        if done:
            self._console.print(f"resuming after epoch {done} of {epochs}")
        self._task = self._bar.add_task(
            "",
            total=epochs * steps,
            completed=done * steps,
            epoch=min(done + 1, epochs),
            epochs=epochs,
            loss=0.0,
            validation=_validation(history[-1]) if history else "–",
        )

    def step(self, epoch: int, step: int, loss: float) -> None:
        self._bar.update(self._task, completed=(epoch - 1) * self._steps + step, epoch=epoch, loss=loss)

    def epoch(self, row: dict[str, float]) -> None:
        validation = _validation(row)
        self._bar.update(self._task, validation=validation)
        self._console.print(
            f"epoch {row['epoch']:>{len(str(self._epochs))}}/{self._epochs}  loss {row['loss']:.4f}  "
            f"validation {validation}  {row['elapsed_s']:.0f} s",
            highlight=False,
        )


def _validation(row: dict[str, float]) -> str:
    # A detector has a score. Both are absent if the validation images are trained on.
    share = row.get("validation_accuracy", row.get("score"))
    return "–" if share is None else f"{100 * share:.2f} %"
