"""The command line: one thin module per command group; `app` combines them, `program` sets the exit status."""


def main() -> None:
    """Run the command line and exit: what the command `mnistry` and `python -m mnistry` call."""
    from mnistry.cli.app import app
    from mnistry.cli.program import run

    run(app)
