"""A run folder: what a training run leaves behind, and what goes on with it.

`folder` opens, lists and writes them, `history` reads and writes history.csv (one row per epoch), `lock` lets one
process at a time write into a run.
"""
