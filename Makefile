# Two commands matter: `make serve` and `make check test`. Everything they need is installed below .venv by them.
# The first Python on the path that runs and is new enough; name another with `make serve PYTHON=…`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV_VERSION := 0.13.8
VENV := .venv
UV := $(VENV)/bin/uv
RUN := $(VENV)/bin
SOURCES := src tests benchmarks evals migrations demo web/scripts hatch_build.py
PAGE := $(RUN)/python web/scripts/page.py
# Tests that ask one running Nexus, whatever it stands on.
RUNNING := $(addprefix tests/,admin agents audit channels chat corpus ingestion knowledge llms research retrieval scim)

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON := $(CURDIR)/$(VENV)/bin/python
export UV_LINK_MODE ?= copy
# Compiled once at installation: a start must not depend on whether Python may write caches.
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help serve programs test test-scaled-out check fix bench eval clean web-api

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(UV):
	@test -n "$(PYTHON)" || { echo "Nexus needs Python 3.11 or newer. Install it, or set PYTHON=/path/to/it." >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# What the product needs, and beside it what its tests need. uv is kept: it is not in the lock.
$(VENV)/.installed: $(UV) pyproject.toml uv.lock
	$(UV) sync --quiet --frozen --no-dev --inexact
	@$(RUN)/python -m compileall -q src
	@touch $@

$(VENV)/.developing: $(UV) pyproject.toml uv.lock
	$(UV) sync --quiet --frozen --inexact
	@$(RUN)/python -m compileall -q src
	@touch $(VENV)/.installed $@

serve: $(VENV)/.installed ## Install, build the page, migrate, start, and print where to go
	@$(PAGE) build
	@$(RUN)/nexus serve

programs: $(VENV)/.developing ## Install the programs that some tests run, where that is possible
	@$(RUN)/python tests/programs.py

test: $(VENV)/.developing ## Run the tests, with real PostgreSQL, Redis and Chromium of their own
	@$(PAGE) browser
	@$(RUN)/python tests/programs.py
	@$(PAGE) test
	$(RUN)/pytest -n 2 --dist loadscope
	@$(MAKE) test-scaled-out

test-scaled-out: $(VENV)/.developing ## Run those that ask a running Nexus on PostgreSQL, Redis and a worker
	$(RUN)/pytest -n 2 --dist loadscope --scaled-out $(RUNNING)

check: $(VENV)/.developing ## Lint, check formats, types and walls
	$(RUN)/ruff check $(SOURCES)
	$(RUN)/ruff format --check $(SOURCES)
	$(RUN)/pyright
	$(RUN)/lint-imports
	$(UV) lock --check --quiet
	@$(PAGE) check

fix: $(VENV)/.developing ## Mend what can be mended by itself
	$(RUN)/ruff check --fix $(SOURCES)
	$(RUN)/ruff format $(SOURCES)
	cd web && npx biome check --write .

web-api: $(VENV)/.developing ## Make the page's client anew from the routes
	@$(PAGE) api

bench: $(VENV)/.developing ## Measure what things cost: benchmarks/out/latest.json
	$(RUN)/python -m benchmarks

eval: $(VENV)/.installed ## Measure how good answers are, on the demo company's questions
	$(RUN)/nexus eval src/nexus/demo/questions

clean: ## Remove what was installed and built, never the data
	rm -rf $(VENV) dist .ruff_cache .hypothesis web/node_modules web/out web/.next web/public/pdfjs
