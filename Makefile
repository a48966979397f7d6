# Every target has a sentence; `make` lists them. The same verbs are in .ci/run and in the GitHub workflow.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate $(if $(UPGRADE),--upgrade)
CODE := schemas services deploy tests
STEPS := requirements/uv.txt pyproject.toml

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Two stamps: the demo needs far less than the tests. A changed lock makes the environment again.
$(VENV)/demo.stamp: $(STEPS) requirements/demo.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv --clear $(VENV) || { echo "No venv module: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV_INSTALL) --require-hashes -r requirements/demo.txt
	@$(UV_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp requirements/dev.txt
	@$(UV_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: setup
setup: $(VENV)/dev.stamp ## Make the virtual environment .venv from the hashed locks.

.PHONY: demo
demo: $(VENV)/demo.stamp $(if $(filter kafka,$(ON)),$(VENV)/dev.stamp) ## Play a first batch in one process (KEEP=1 leaves it running, ON=kafka uses separate processes).
	@$(BIN)/python -m deploy.demo $(if $(ON),--on $(ON)) $(if $(KEEP),--keep)

.PHONY: recording
recording: $(VENV)/demo.stamp ## Play the demo and write docs/demo.svg, the README's picture of it.
	@$(BIN)/python -m deploy.demo --record docs/demo.svg

.PHONY: test
test: $(VENV)/dev.stamp ## Run every test tier on real Kafka and Redis (ARGS=... goes to pytest).
	@$(BIN)/python -m deploy.local needs
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: $(VENV)/dev.stamp ## Run linters, types, import rules, the schema gate and the house rules.
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy --strict $(CODE)
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m deploy.generate --check
	@$(BIN)/python -m deploy.compose --check
	@$(BIN)/python -m deploy.dashboard --check
	@$(BIN)/python -m pytest --quiet tests/tidy

.PHONY: lint-deploy
lint-deploy: $(VENV)/dev.stamp ## Lint Dockerfile, compose file, alert rules and routes (needs npm, promtool, amtool).
	@$(BIN)/hadolint deploy/docker/Dockerfile
	@npm ci --silent --prefix deploy/docker/lint
	@deploy/docker/lint/node_modules/.bin/dclint --max-warnings 0 docker-compose.yml
	@promtool check config deploy/prometheus/prometheus.yml
	@promtool test rules deploy/prometheus/alerts_test.yml
	@amtool check-config deploy/alertmanager/alertmanager.yml

.PHONY: format
format: $(VENV)/dev.stamp ## Put the code into the house's shape.
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: up
up: $(VENV)/dev.stamp ## Start the whole system as separate processes on this machine.
	@$(BIN)/python -m deploy.local up

.PHONY: down
down: $(VENV)/dev.stamp ## Stop what `make up` started.
	@$(BIN)/python -m deploy.local down

.PHONY: faults
faults: $(VENV)/dev.stamp ## Crash and failover campaign on real Kafka and Redis (ROUNDS=20, SEED=n).
	@$(BIN)/python -m deploy.local needs
	@$(BIN)/python -m tests.connected.faults $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

.PHONY: drills
drills: $(VENV)/dev.stamp ## Make each fault, see its alert fire, carry its runbook out as printed, see it resolve (needs prometheus).
	@$(BIN)/python -m deploy.local needs
	@$(BIN)/python -m pytest -m connected tests/connected/drills

.PHONY: mutations
mutations: $(VENV)/dev.stamp ## Take out each guard of the runtime in turn and show which test notices.
	@$(BIN)/python -m tests.component.kit.mutations

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure what README claims, beside references in the same run (ARGS="--short" or names of figures).
	@$(BIN)/python -m deploy.local needs
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: schemas
schemas: $(VENV)/dev.stamp ## Write the generated files again: JSON Schemas, AsyncAPI, compose file, dashboard.
	@$(BIN)/python -m deploy.generate
	@$(BIN)/python -m deploy.compose
	@$(BIN)/python -m deploy.dashboard

.PHONY: lock
lock: $(VENV)/demo.stamp ## Resolve requirements/*.in again into the hashed locks (UPGRADE=1 takes the newest).
	@$(LOCK) requirements/dev.in -o requirements/dev.txt
	@$(LOCK) requirements/demo.in -c requirements/dev.txt -o requirements/demo.txt
	@$(LOCK) requirements/runtime.in -c requirements/dev.txt -o requirements/runtime.txt
	@$(LOCK) requirements/uv.in -o requirements/uv.txt
