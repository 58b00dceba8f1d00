# `make run` sees a governed run happen, `make test` sees the tests pass.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run up test lint bench fuzz redteam samples clean
run: $(READY)
	@$(BIN)/atomq run

up: $(READY)
	@$(BIN)/atomq up

test: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@$(BIN)/python -m tests.bench

fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz

redteam: $(READY)
	@$(BIN)/python -m tests.redteam

samples: $(READY)
	@$(BIN)/python data/make_samples.py

$(READY): pyproject.toml constraints.txt
	@echo "Installing into .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt 'torch==2.13.0'
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[run,test]'
	@touch $(READY)

clean:
	rm -rf .venv data/home
