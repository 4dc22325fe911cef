# make help lists what there is. Needs Python 3.11 or newer, and make; uv makes the installation faster.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin

export PYTHON ?=

.PHONY: help setup lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv hold everything that running, building and testing need
	@requirements/install.sh dev

lock: ## pin what requirements/*.in ask for, with hashes (needs uv)
	@requirements/lock.sh
