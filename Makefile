# make train   train the tutorial network, score it, write the report
# make serve   the page to draw on, at http://localhost:8000
# make test    every check that CI runs but the slow ones
# Each makes .venv where there is none. PYTHON=python3.12 chooses another Python (3.11 or newer).

PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: train serve test test-slow record clean

train: .venv/train.installed
	$(BIN)/mnistry train tutorial

serve: .venv/serve.installed
	$(BIN)/mnistry serve --open

# Two tests at a time, of one thread each: that takes two thirds of the time of two threads for all.
test: .venv/dev.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/pyright --pythonpath $(BIN)/python
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 -m "not slow"

# The other backends come with the slow tests: together they are larger than all the rest.
test-slow: .venv/dev,tensorflow,jax.installed
	$(BIN)/pytest -m slow

record: .venv/train.installed
	$(BIN)/python benchmarks/record.py tutorial

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: $$($(PYTHON) --version): wanted Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/%.installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing mnistry[$*] into .venv (once; some minutes)"
	@$(PIP_INSTALL) --editable '.[$*]'
	@touch '$@'

clean:
	rm -rf .venv dist .pytest_cache .ruff_cache
