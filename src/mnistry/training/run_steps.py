"""The steps of a training run in their order, each safe to repeat: whatever stops a run, it can be resumed."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor

from mnistry.errors import InterruptedRunError, RunError
from mnistry.run.folder import Run
from mnistry.safety.atomic_write import writing


def complete(
    run: Run,
    epochs: int,
    *,
    fit: Callable[[], object],
    make_usable: Callable[[], object],
    finish: Callable[[], object],
) -> Run:
    """Do all remaining steps of a run: `fit`, then `finish`, which exports and evaluates; then the checkpoint goes.

    If Ctrl-C stops `fit`, `make_usable` exports what there is of the network. Raises `InterruptedRunError` after
    Ctrl-C, and `RunError` if a file cannot be written or another process was killed; both say how to go on.
    """
    go_on = f"go on with: mnistry train --resume {run.folder}"
    with writing(run.folder, go_on):
        try:
            try:
                fit()
            except KeyboardInterrupt:
                make_usable()
                raise
            finish()
            run.checkpoint.unlink(missing_ok=True)
        except KeyboardInterrupt:
            done = len(run.history)
            raise InterruptedRunError(f"stopped after epoch {done} of {epochs}: {go_on}") from None
        except BrokenExecutor as error:
            ended = "a process that draws training pictures has ended, perhaps for lack of memory"
            raise RunError(f"{run.folder}: {ended}: {go_on}") from error
    return run
