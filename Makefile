# Two commands from a fresh clone: `make report` and `make test`. Both set up .venv first, once.

PYTHON ?= python3
PY := .venv/bin/python

.PHONY: help report test test-all test-busy learn mutants model architecture lint format clean

help:                          ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

report: .venv/ready            ## measure what is missing for six minutes, or MINUTES=30; write report/index.html
	@$(PY) -m benchmarks report $(if $(MINUTES),--minutes $(MINUTES))

test: .venv/ready              ## the tests, model by model and file by file on several cores
	@$(PY) -m pytest -n auto --maxprocesses 4

test-all: .venv/ready          ## the same with the slow ones, which repeat on other data what another test shows
	@$(PY) -m pytest -n auto --maxprocesses 4 -m "not busy"

test-busy: .venv/ready         ## 45 minutes: what neighbours of one and two cores do to the timings
	@$(PY) -m pytest -m busy tests/speed/test_busy_machine.py

learn: .venv/ready             ## train the whole catalogue to its targets
	@$(PY) -m benchmarks train --check

mutants: .venv/ready           ## plant every fault again; the results ship with the project
	@$(PY) -m benchmarks mutants
	@$(PY) -c 'from pathlib import Path; from benchmarks.mutants.results import ship; ship(Path("report"))'

model: .venv/ready             ## NAME=my_model CHAPTER=deep: the files of a new model, its test and its line
	@$(PY) -m benchmarks.commands.skeleton "$(NAME)" "$(CHAPTER)"

architecture: .venv/ready      ## draw docs/architecture.svg from the import contracts
	@$(PY) -m benchmarks.study.architecture docs/architecture.svg

lint: .venv/ready              ## format, lint, types and import contracts
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

format: .venv/ready
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(0 if ok else "Python 3.11 to 3.13 is needed, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.11")'
	@echo "setting up .venv: TensorFlow, PyTorch and the tools (about two minutes, once)"
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install -qq --no-compile --disable-pip-version-check -c constraints.txt -e '.[static,dynamic,dev]'
	@# compiled on all cores at once; the few files that are for another Python are left as they are
	@$(PY) -m compileall -qq -j 0 .venv/lib || true
	@touch $@

clean:                         ## forget what was measured and installed
	rm -rf .venv report
