"""`python -m mnistry` is `mnistry`."""

from mnistry.cli.main import main

if __name__ == "__main__":
    main()
