"""The command line: one module a command group, thin; `main` draws them together, `program` ends with a status."""
