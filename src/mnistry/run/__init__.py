"""Run folders: what a training run leaves behind, and how it is read, written and locked.

`folder` creates, opens and writes them, `history` reads and formats history.csv (one row per epoch), `lock` lets one
process at a time write to a run. `config` and `evaluation` are recipe.json and evaluation.json as records.
"""
