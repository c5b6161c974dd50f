# Everything a newcomer needs. Each target sets up what it lacks, and is fast when nothing changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Bytecode written once makes every later start faster, whatever the caller's habit.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
DEMO ?= demo
WORKERS ?= auto
PYTEST ?=

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: set-up
set-up: ## Set up both sides: the locked environment and the libraries that PDFs are made with
	@scripts/environment.sh demo
	@scripts/libraries.sh

.PHONY: set-up-test
set-up-test: ## Set up what the tests use as well: developers' tools, Chromium, Java, validators
	@scripts/environment.sh test
	@scripts/libraries.sh
	@scripts/test-tools.sh

.PHONY: demo
demo: set-up ## Walk the whole road on synthetic data, into demo/ (DEMO=FOLDER for another place)
	@$(BIN)/fjanalysis demo $(DEMO)

.PHONY: test
test: set-up-test ## Run every test (PYTEST="-k name" for some, WORKERS=2 for fewer at a time)
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(PYTEST)

.PHONY: check
check: ## Format, lint, types, layers, notebooks, scripts: all run, all failures reported
	@scripts/environment.sh test
	@scripts/check.sh

.PHONY: format
format: ## Put code and notebooks into the project's format
	@scripts/environment.sh test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: set-up-test ## Run the benchmarks and write their results to benchmarks/results/
	@scripts/bench.sh

.PHONY: offline-bundle
offline-bundle: ## One archive in dist/ that installs the analysis side on a machine without internet
	@scripts/environment.sh demo
	@scripts/offline-bundle.sh

.PHONY: clean
clean: ## Remove caches and the demo; the environment, tools and data stay
	@rm -rf demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
