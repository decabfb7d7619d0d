# Every target works by itself on a fresh clone; what it needs is installed into a folder of the checkout, and nowhere
# else. Two environments: .venv is the developer's (editable, with all tools); .venv-verify holds the package alone, as
# a reader would install it.

PYTHON  ?= python3
WORKERS ?= auto
ARGS    ?=
COVERAGE ?=
SECONDS ?= 60

BIN := .venv/bin
DEV := .venv/.installed
FUZZ := .venv/.installed-fuzz
ALONE := .venv-verify/.installed
NPM := tests/parsers/node_modules/.installed tests/browser/node_modules/.installed
SOURCES := pyproject.toml README.md LICENSE $(shell find src -type f -not -name '*.pyc')

MAKEFLAGS += --no-print-directory
unexport PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help verify test parsers check lint types floors vectors coverage coverage-report fuzz bench build clean distclean

help:  ## Say what can be made
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo "PYTHON=python3.12 chooses the Python, ARGS='-k chain' goes to pytest, WORKERS=0 tests in one process."

verify: $(ALONE)  ## Install the package alone, and verify the archive of this repository
	@.venv-verify/bin/openletter --archive . verify

test: $(DEV)  ## Run all tests (REQUIRE_INTEROP=1: a stock tool that is missing is a failure)
	@$(if $(COVERAGE),$(BIN)/coverage erase)
	@$(if $(COVERAGE),$(BIN)/coverage run) $(BIN)/pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

parsers: $(NPM)  ## Install what tests take from npm: YAML readers, and axe-core (without npm, those are skipped)

check: lint types floors vectors test  ## Everything that must hold before a commit

lint: $(DEV)  ## Check style and form
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(DEV)  ## Check types, strictly
	@$(BIN)/mypy

floors: $(DEV)  ## Check which room of the house imports what
	@$(BIN)/lint-imports --no-logo

# The table of characters can be made by one version of Unicode only; a newer Python leaves that generator out.
vectors: $(DEV)  ## Make all test vectors anew, and compare them with the ones kept
	@set -e; made=$$(mktemp -d); trap 'rm -rf "$$made"' EXIT; \
	unicode=$$($(BIN)/python -c 'import unicodedata; print(unicodedata.unidata_version)'); \
	for generator in vectors/make_*.py; do \
	  target="$$made/vectors"; \
	  if [ "$$generator" = vectors/make_repertoire.py ]; then \
	    target="$$made/root"; \
	    if [ "$$unicode" != 14.0.0 ]; then \
	      echo "$$generator: left out, for this Python has Unicode $$unicode and not 14.0.0"; continue; \
	    fi; \
	  fi; \
	  if [ "$$generator" = vectors/make_lookalikes.py ]; then target="$$made/root"; fi; \
	  echo "$$generator"; mkdir -p "$$target"; $(BIN)/python -B "$$generator" "$$target"; \
	done; \
	diff -r --exclude='*.py' --exclude='*.md' --exclude=LICENSE --exclude='.git*' --exclude='__pycache__' \
	  "$$made/vectors" vectors; \
	if [ -d "$$made/root" ]; then \
	  (cd "$$made/root" && find . -type f) | while read -r file; do diff "$$made/root/$$file" "$$file"; done; \
	fi; \
	echo "All vectors are the ones kept."

coverage:  ## Run all tests, and measure which branches they take, the installed command's too
	@$(MAKE) test COVERAGE=1
	@$(MAKE) coverage-report

coverage-report: $(DEV)  ## Report on what the last run of coverage measured
	@if ls .coverage.* >/dev/null 2>&1; then $(BIN)/coverage combine --quiet; fi
	@$(BIN)/coverage report

# Where there is no wheel of the fuzzer for this Python, fuzzing is left out.
fuzz: $(FUZZ)  ## Fuzz what reads strangers' bytes, SECONDS=60 for each target; what was reached is kept in .fuzz
	@if $(BIN)/python -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("atheris") is None)'; then \
	  $(BIN)/python fuzz/run.py all -max_total_time=$(SECONDS); \
	else \
	  echo "fuzz: left out, for there is no atheris for $$($(BIN)/python -VV) on $$(uname -sm)"; \
	fi

bench: $(DEV)  ## Measure what is claimed of time (some minutes, on a machine at rest)
	@set -e; for benchmark in benchmarks/*.py; do echo "$$benchmark"; $(BIN)/python "$$benchmark"; done

build: $(DEV)  ## Build the source archive, and the wheel out of it, into dist
	@rm -rf dist
	@$(BIN)/pyproject-build --outdir dist

clean:  ## Remove what was made, but for the developer's environment
	rm -rf .venv-verify dist build .coverage .coverage.* .fuzz .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf .import_linter_cache
	find src tests vectors fuzz -name __pycache__ -prune -exec rm -rf {} +

distclean: clean  ## Remove the developer's environment too
	rm -rf .venv tests/parsers/node_modules tests/browser/node_modules

# --- environments ---

# Make a virtual environment in the folder $(1), where there is none that runs; it hides itself from git.
define environment
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "error: there is no $(PYTHON) here" >&2; \
	  echo "hint: on Debian, apt-get install python3 python3-venv" >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: openletter needs Python 3.11 or newer, and this is $$('$(PYTHON)' --version)" >&2; \
	  echo "hint: name a newer one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: this Python can't make virtual environments" >&2; \
	  echo "hint: on Debian, apt-get install python3-venv" >&2; exit 1; }
	@$(1)/bin/python -c 'import pip' 2>/dev/null || '$(PYTHON)' -m venv --clear $(1)
	@echo '*' > $(1)/.gitignore
endef

$(DEV): pyproject.toml
	$(call environment,.venv)
	@echo "Installing openletter and the tools of its developers into .venv"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

$(FUZZ): $(DEV)
	@$(BIN)/python -m pip install --quiet --only-binary atheris --editable '.[fuzz]'
	@touch $@

$(ALONE): $(SOURCES)
	$(call environment,.venv-verify)
	@echo "Installing openletter into .venv-verify"
	@.venv-verify/bin/python -m pip install --quiet .
	@touch $@

# The versions are those of package.json, exactly; nothing that a package would run at its installation is run.
tests/%/node_modules/.installed: tests/%/package.json
	@command -v npm >/dev/null || { \
	  echo "error: there is no npm here" >&2; \
	  echo "hint: on Debian, apt-get install nodejs npm" >&2; exit 1; }
	@echo "Installing packages of npm into tests/$*/node_modules"
	@rm -rf tests/$*/node_modules
	@cd tests/$* && npm install --silent --no-package-lock --ignore-scripts --no-audit --no-fund
	@touch $@
