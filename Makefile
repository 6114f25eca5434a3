# Needs Python 3.11 or later, git and make; everything else comes into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

CUSTOMERS ?= 20000
PYTEST_ARGS ?=
UV_VERSION := 0.13.9

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced

# An outer switch against bytecode would make every start of Airflow take ten seconds; another project's environment
# must not receive our packages.
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV PYTHONPATH PYTHONHOME
export UV_PROJECT_ENVIRONMENT := $(VENV)
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: help demo test check up down bench prove clean

help:  ## Show this list.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP)  ## From nothing to today's lists: make up a company, run its day. CUSTOMERS=20000
	@$(BIN)/recoup demo --customers $(CUSTOMERS)

# Three workers, each with a server of its own: on two cores one of them always waits for a disk, a process or a clock. Which tests
# stay together, and in which order they start, is told in tests/conftest.py.
test: check  ## Every check and every test, in at most 15 minutes.
	@$(BIN)/python -m pytest -m "not prove" -n 3 --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

check: $(STAMP)  ## Style, types, layering, SQL style.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint dbt_project

up: $(STAMP)  ## Start Airflow with its pages on this machine, DAGs scheduled; prints URL and login.
	@$(BIN)/recoup up

down:  ## Stop Airflow and the embedded Postgres; leaves no process.
	@if [ -x $(BIN)/recoup ]; then $(BIN)/recoup down; else echo "Nothing is installed, so nothing runs."; fi

bench: $(STAMP)  ## Measure the day at 20,000 and 200,000 customers.
	@$(BIN)/python -m bench

prove: $(STAMP)  ## The long proofs: resumable, with progress.
	@$(BIN)/python -m pytest -m prove $(PYTEST_ARGS)

clean: down  ## Stop everything and delete what was made: .recoup, caches, dbt's target. The environment stays.
	@if [ -x $(BIN)/recoup ]; then $(BIN)/recoup destroy --yes; fi
	@rm -rf .recoup .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dbt_project/target dbt_project/logs logs

# Python itself finds out whether it is new enough; the first that is makes the environment. One that exists is kept.
$(BIN)/uv:
	@if $(BIN)/python -c 'pass' 2>/dev/null; then \
		$(BIN)/python -m ensurepip --default-pip >/dev/null; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; \
		exit; \
	fi; \
	python=""; \
	for candidate in python3.13 python3.12 python3.11 python3; do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Recoup needs Python 3.11, 3.12 or 3.13 with its venv module, and finds none: install one and run make again." >&2; \
		exit 2; \
	fi; \
	echo "Setting up the environment in $(VENV) with $$("$$python" --version)."; \
	"$$python" -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

$(STAMP): uv.lock pyproject.toml | $(BIN)/uv
	@echo "Installing the locked packages (about a minute the first time)."
	@$(BIN)/uv sync --frozen --compile-bytecode --quiet --inexact
	@touch $@
