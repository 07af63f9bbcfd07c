# Two commands: `make run` serves a city on this machine, `make test` proves it. Each sets up what it needs and does nothing twice.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8311
EVENHAND_HOME ?= var
export EVENHAND_HOME
export PYTHONDONTWRITEBYTECODE =# compiled modules are kept: without them every start of a command takes a second longer

AT_PORT := $(if $(filter-out 8311,$(PORT)),EVENHAND_PUBLIC_URL=$${EVENHAND_PUBLIC_URL:-http://127.0.0.1:$(PORT)})
BIN := .venv/bin
UV_VERSION := 0.13.9
STAMPS := .venv/stamps
SETUP := $(STAMPS)/package $(STAMPS)/frontend messages
CATALOGS := $(wildcard src/evenhand/web/locale/*/LC_MESSAGES/*.po)
FRONTEND := frontend/build.mjs $(shell find frontend -type f -not -name '.*')

.PHONY: help run test check bench docs picture screenshots setup messages lint test-sqlite test-postgresql test-browser clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(SETUP) ## Serve a city on http://127.0.0.1:8311 (PORT=…, EVENHAND_HOME=…); a synthetic one if there is none yet
	@$(BIN)/evenhand migrate
	@$(BIN)/evenhand city sample --if-empty
	@$(AT_PORT) exec $(BIN)/evenhand serve --port $(PORT)

test: $(SETUP) ## Everything: checks, all tests on SQLite, web tests on PostgreSQL, browser tests
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgresql
	@$(MAKE) --no-print-directory test-browser

check: $(SETUP) ## Style, types, floors and the quick unit tests, before every commit
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -q -n 2 -m "not slow" tests/unit tests/architecture

bench: $(SETUP) ## Measure every bar (long; EVENHAND_BENCH_HOME=… keeps its cities for the next time); writes it into README.md
	$(BIN)/python -m benchmarks.run_all

docs: $(SETUP) ## Write the reference pages that are made from the code
	$(BIN)/python -m tools.reference_pages --write

picture: $(SETUP) ## Make the pictures in README.md
	$(BIN)/python tests/chromium.py -- $(BIN)/python -m tests.browser.readme_picture
	$(BIN)/python -m tools.storm_picture

screenshots: $(SETUP) ## Take pictures of every page at 360 and 1280 px, light and dark, into screenshots/
	$(BIN)/python -m tests.browser.screenshots

setup: $(SETUP) ## Install everything that the other tasks need

clean: ## Remove what the tasks made, apart from the city's data
	rm -rf .venv node_modules src/evenhand/web/static/built .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- the parts

lint: $(STAMPS)/package
	@$(BIN)/ruff format --check --quiet . || { echo "Formatting differs: run $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/python tools/messages.py check
	@EVENHAND_HOME=.venv/check-home $(BIN)/mypy
	@$(BIN)/lint-imports --no-logo >.venv/floors.log || { cat .venv/floors.log; exit 1; }

test-sqlite:
	DATABASE_URL= $(BIN)/pytest -q -n 2 --dist loadfile --ignore tests/browser

test-postgresql:
	$(BIN)/python tests/postgresql_server.py -- $(BIN)/pytest -q -n 2 --dist loadfile tests/web tests/journeys tests/contracts

test-browser:
	$(BIN)/python tests/chromium.py -- $(BIN)/pytest -q tests/browser

# --- setting up: each stamp is newer than what it was made from, or is made again

$(STAMPS)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Evenhand needs Python 3.11 or newer: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/requirements: requirements.lock $(STAMPS)/uv
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/requirements
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/node: package.json package-lock.json .npmrc | $(STAMPS)/uv
	@command -v npm >/dev/null || { echo "Evenhand's pages are built with Node 20 or newer, and npm is not there: install Node."; exit 1; }
	npm ci --ignore-scripts --silent
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/node $(FRONTEND)
	node frontend/build.mjs >.venv/frontend.log || { cat .venv/frontend.log; exit 1; }
	@touch $@

messages: $(CATALOGS:.po=.mo)

%.mo: %.po | $(STAMPS)/package
	@$(BIN)/python tools/messages.py compile
