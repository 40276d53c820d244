"""The command line: one thin module per command group; `main` combines them, `program` sets the exit status."""
