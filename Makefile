# Two commands matter: `make up` and `make test`. Everything is installed into .venv from the locked requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: up test check bench faults spark lock clean screenshots

up: $(VENV)/.core
	@exec $(BIN)/portsnet up

test: $(VENV)/.dev
	@$(BIN)/python -m deploy.developer.test

check: $(VENV)/.dev
	@$(BIN)/python -m deploy.developer.test --checks-only

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks

# What is killed in the middle of its work. It waits longer than the other tests may.
faults: $(VENV)/.dev
	@$(BIN)/python -m pytest -q tests/faults/*.py

# Files of events through DuckDB and Spark. Needs Java 17; pyspark goes into an environment of its own.
spark: $(VENV)/.dev
	@$(BIN)/python -m deploy.developer.spark

screenshots: $(VENV)/.dev
	@$(BIN)/python -m deploy.developer.screenshots

# The lock: names, versions and hashes, no addresses. The extra `spark` is for those who have a cluster, so it is not in it.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml --extra reports --extra data --group build -o requirements/core.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml --extra reports --extra data --group build --group test --group check -c requirements/core.txt -o requirements/dev.txt

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 up") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "Python lacks the venv module: install the system's package python3-venv."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.python requirements/core.txt pyproject.toml
	@sh deploy/install.sh $(BIN) requirements/core.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.python requirements/dev.txt pyproject.toml
	@sh deploy/install.sh $(BIN) requirements/dev.txt
	@touch $@ $(VENV)/.core

clean:
	rm -rf $(VENV) build dist *.egg-info
