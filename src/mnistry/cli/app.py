"""The command line's application: registers the commands and limits the process's memory.

Results go to stdout, progress and errors to stderr; an error is one line. Exit status: 0 all done,
1 some input failed, 2 wrong use or a model or run that does not exist, 130 stopped by Ctrl-C.
"""

import os
from typing import Annotated

import typer

from mnistry import __version__
from mnistry.cli import bench, classify, data, evaluate, program, read, serve, train
from mnistry.safety import bounded_process, memory

MEMORY_SHARE = 0.75  # share of this machine's memory that a command may take
LIBRARIES = 3  # that start one thread per core: NumPy's, OpenCV, ONNX Runtime
UNBOUNDED = ("train", "ensemble", "bench")  # mapping a GPU's memory does not fit any limit
# Commands that decode pictures in this process.
DECODING = ("classify", "data", "evaluate", "train", "ensemble", "bench")
FOREIGN = ("classify", "evaluate", "train", "ensemble")  # commands that run foreign models in this process

app = typer.Typer(
    name="mnistry",
    help="Handwritten digits, from training to reading.",
    epilog="Example: [bold]mnistry train[/bold]",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(data.app, name="data")
app.add_typer(bench.app, name="bench")
app.command("train", epilog="Example: [bold]mnistry train tutorial --seed 1[/bold]")(train.train)
app.command("ensemble", epilog="Example: [bold]mnistry ensemble runs/a runs/b runs/c[/bold]")(train.ensemble)
app.command("evaluate", epilog="Example: [bold]mnistry evaluate runs/latest[/bold]")(evaluate.evaluate)
app.command("classify", epilog="Example: [bold]mnistry classify test.csv --out submission.csv[/bold]")(
    classify.classify
)
app.command("read", epilog="Example: [bold]mnistry read photo.jpg[/bold]")(read.read)
app.command("serve", epilog="Example: [bold]mnistry serve[/bold], then open http://127.0.0.1:8000")(serve.serve)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        print(f"mnistry {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())
    if context.invoked_subcommand in DECODING and not os.environ.get("MNISTRY_DEBUG"):
        bounded_process.mute_native_stderr()
    if context.invoked_subcommand not in UNBOUNDED:
        memory.bound(int(MEMORY_SHARE * memory.memory_bytes()), LIBRARIES * (os.cpu_count() or 1))
    if context.invoked_subcommand in FOREIGN:
        from mnistry.classifier import network

        network.stuck = program.give_up
