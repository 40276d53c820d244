"""Training benchmarks: `measure` times runs, each in its own process (`worker`); `table` prints the results (`row`)."""
