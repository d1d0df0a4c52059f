# Amends. `make run` and `make test` do everything on a fresh machine that has Python 3.11 or newer.

SHELL        := /bin/bash
.SHELLFLAGS  := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS    += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Tests are spread over the processors, one process more than there are, for they wait for disks and servers too.
JOBS   ?= $(shell cpus=$$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN); echo $$(( cpus < 8 ? cpus + 1 : 8 )))
PYTEST := $(BIN)/python -m pytest
# Extra arguments: make run ARGS="--port 9000", make test ARGS="-k reopen"
ARGS   ?=

# Where a shell forbids compiled modules to be kept, each start of the program and of a test process costs a second more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-all check format bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Install what is missing, migrate, load the demo world once, serve on 127.0.0.1:8000
	@exec $(BIN)/amends up $(ARGS)

test: $(VENV)/.dev ## All tests at their everyday size, on SQLite and a real PostgreSQL (under 5 minutes)
	$(call suite,)

test-all: $(VENV)/.dev ## All tests at their full size: the proof (about 25 minutes on two cores)
	$(call suite,all)

check: $(VENV)/.dev ## Format, lint, types, the import contract, no host named anywhere
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) -q tests/house/test_hosts.py

format: $(VENV)/.dev ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure: writes docs/benchmarks.md (PostgreSQL from TEST_DATABASE_URL, else the wheel)
	$(BIN)/python -m bench $(ARGS)

# Universal locks with hashes: one file for every Python and platform, and no host in it. The second is held to the first.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
lock: $(VENV)/.dev ## Resolve pyproject.toml anew into both locks (LOCK_ARGS=--upgrade takes newer versions)
	$(LOCK) $(LOCK_ARGS) --group build --output-file requirements.lock
	$(LOCK) $(LOCK_ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the virtual environment and every cache; var/ (your data) stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- below: how it is done -----------------------------------------------------------------------------------------------

# Who has done his share takes over from others, for some tests take a minute and most a moment.
suite = AMENDS_TEST_SIZE=$(1) $(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

# A stamp is newer than what it was made from: a second `make run` installs nothing.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Amends (about 20 seconds, once) ..."
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Amends and its tools (about a minute, once) ..."
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(VENV)/.run

$(BIN)/python:
	@for python in $${PYTHON:-} python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    exec "$$python" -m venv $(VENV); \
	  fi; \
	done; \
	echo "Amends needs Python 3.11 or newer with its venv module, and found none." >&2; \
	echo "  Debian, Ubuntu: apt install python3 python3-venv    Fedora: dnf install python3    macOS: brew install python@3.13" >&2; \
	echo "  It is somewhere else? make run PYTHON=/path/to/python3" >&2; \
	exit 1
