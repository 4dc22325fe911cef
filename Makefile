# `make help` lists what there is. Needed: Python 3.11 or newer, and make. With uv the installation is faster.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
PROCESSES ?= 2

# PYTHON=/path/to/python3.11 names the Python to build on.
export PYTHON

# Production as a deployment would have it, for checks that start nothing.
AS_PRODUCTION := ENVIRONMENT=production ALLOWED_HOSTS=comments.example \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') PSEUDONYM_KEY=of-its-own \
	DATABASE_URL=postgresql://user@database.example/comments REDIS_URL=redis://redis.example:6379/0

.PHONY: help run stop logs test check lint format arrows migrations deployment types bench provider setup lock clean erase

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start everything and say where the page is; PORT=, HOST=, WORKERS= may be given
	@requirements/install.sh embedded
	@exec $(BIN)/python -m fibercomments.supervisor

stop: ## stop what `make run` started
	@$(BIN)/python -m fibercomments.supervisor --stop

logs: ## follow the logs of what runs
	@tail -n 20 -F .local/log/*.log

test: setup ## run all tests on real servers, page tests too where a Chromium is found; ARGS= go to pytest
	@$(BIN)/pytest -n $(PROCESSES) --dist loadfile $(ARGS)

check: setup ## style, types, arrows between the rooms, migrations, safety of the deployment
	@$(MAKE) --no-print-directory --keep-going lint format arrows migrations deployment types

lint:
	$(BIN)/ruff check .

format:
	$(BIN)/ruff format --check .

arrows:
	$(BIN)/lint-imports

migrations:
	$(BIN)/python manage.py makemigrations --check --dry-run

deployment:
	@echo manage.py check --deploy
	@$(AS_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

types:
	$(BIN)/mypy

bench: setup ## measure everything in small sizes, within ten minutes, and write a report; ARGS= goes to the command
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py benchmark --quick --within 540 \
		--html .local/bench/report.html --json .local/bench/report.json $(ARGS)

provider: setup ## a made-up language model to try nodes on; says how to set it up; ARGS="--port 8081 --faults timeout=.1"
	@exec $(BIN)/python -m tests.provider $(ARGS)

setup: ## make .venv hold everything that running, building and testing need
	@requirements/install.sh dev

lock: ## pin what requirements/*.in ask for, with hashes (needs uv); ARGS=--upgrade for newer versions
	@requirements/lock.sh $(ARGS)

clean: ## remove the environment and all caches; data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .local/static .local/static.stamp
	find . -name __pycache__ -prune -exec rm -rf {} +

erase: ## remove the private database and all its data
	@requirements/install.sh embedded
	@$(BIN)/python -m fibercomments.services erase
