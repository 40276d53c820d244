"""How fast training and inference are: `measure` times, each in a process of its own (`worker`); `table` prints."""
