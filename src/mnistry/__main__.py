"""Runs the command line: `python -m mnistry` does the same as `mnistry`."""

from mnistry.cli import main

if __name__ == "__main__":
    main()
