# The one door to every task. On a fresh machine: Python 3.11 or newer, make, and nothing else.

# The first Python that is new enough; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# How many processes share the tests: one more than there are processors, because some of them wait. One process makes
# the output easier to read: make test WORKERS=0
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 5) + 1)')
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
RUNS := $(VENV)/.runs
DEVELOPS := $(VENV)/.develops

# Where a shell forbids Python to keep compiled modules, each of the tests' many processes would compile all of ours.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo tour test soak bench lint format screenshots browser constraints clean

help:  ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(DEVELOPS)  ## Make the environment with everything that developing needs

demo: $(RUNS)  ## Run a helpdesk and a simulated Jira Cloud, with people and tickets to play with
	@$(BIN)/helpdesk demo

tour: $(RUNS)  ## Walk through the main job over HTTP and print each step
	@$(BIN)/helpdesk demo --tour

test: $(DEVELOPS) browser  ## Run all tests, of each long run a sample
	@$(BIN)/python -m pytest --sample -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(DEVELOPS) browser  ## Run all tests, and each long run in full length
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

bench: $(DEVELOPS)  ## Measure what is promised to be quick, beside a yardstick in the same run
	@for file in benchmarks/*.py; do $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

lint: $(DEVELOPS)  ## Check style, types and the pinned versions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(DEVELOPS)  ## Bring the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: $(DEVELOPS) browser  ## Renew the pictures in docs/images; ARGS=health for those of one story
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

# In CI a browser must be there; elsewhere its tests say which command installs one.
browser:
ifeq ($(CI),true)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
endif

constraints: $(DEVELOPS)  ## Pin the versions that are installed now
	@{ head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sort -f; } > constraints.new
	@mv constraints.new constraints.txt

clean:  ## Remove the environment and what tools left behind
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# pyproject.toml is a prerequisite because it holds the entry points by which plugins are found.
$(RUNS): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Install one, or say: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --editable .
	@touch $@

$(DEVELOPS): $(RUNS)
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@
