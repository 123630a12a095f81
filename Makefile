PYTHON ?= python3
BIN := .venv/bin
COMPILE := pip-compile --quiet --generate-hashes --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
# In the order of the folders: faults wait for much, and what comes last is short.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder
CODE := bench connectors migrations scripts service tests

# The script says this of a Python that can read it; for one that cannot, it is said before.
READABLE := import sys; sys.version_info >= (3, 7) or sys.exit("Signalbox needs Python 3.11 or \
newer: install one, or name it, as in make install PYTHON=/opt/python3.12/bin/python3")

.DEFAULT_GOAL := help
.PHONY: help install demo test soak check bench docs lock

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: ## make .venv with the locked versions; quick when it is there
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c '$(READABLE)'
	@$(PYTHON) scripts/install.py

demo: install ## a shop's five days in one minute, on a real database and a real broker
	@$(BIN)/signalbox demo

test: install ## the tests, against a real database and a real broker
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

soak: install ## 10,000 stories, a replay, 200,000 records under SIGKILL, every fault three times; 40 minutes
	@$(BIN)/python -m tests.support.soak

check: install ## style, types, directions of imports, the compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard $(CODE))
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/unit/test_deployment.py

bench: install ## how fast it is here, as one line of JSON
	@$(BIN)/python -m bench

docs: install ## write the pages that are generated anew: connectors, framework, settings
	@$(BIN)/python -m tests.docs.pages.connectors
	@$(BIN)/python -m tests.docs.pages.framework
	@$(BIN)/python -m tests.docs.pages.settings

lock: ## resolve the dependencies anew into both locks (needs pip-tools)
	$(COMPILE) --allow-unsafe --all-extras --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --output-file requirements-service.lock pyproject.toml
