# Two commands do everything: `make run` and `make test`. The rest is for people who work on the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# What is made ready first: where libraries are missing, one line names all of them.
PURPOSE := run
export ROUNDS_HOME ?= $(CURDIR)/var

.PHONY: run install test check lint bench faults drill lock clean

run: $(VENV)/run-ready           ## serve the app, with the demo city on first start
	@$(BIN)/python -m audit prepare >/dev/null
	@ROUNDS_DEMO=$${ROUNDS_DEMO:-1} $(BIN)/python -m audit demo --if-empty
	@ROUNDS_DEMO=$${ROUNDS_DEMO:-1} $(BIN)/python -m audit serve

install: $(VENV)/run-ready       ## what is missing, and no demo city: for a real start
	@$(BIN)/python -m audit prepare

test: $(VENV)/test-ready         ## all tests: both databases, real Chromium, real PDFs
	@ROUNDS_HOME=$(CURDIR)/var $(BIN)/python -m audit prepare >/dev/null
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not faults"

lint: $(VENV)/test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test                 ## what a change must pass

bench: $(VENV)/test-ready        ## one table of measured figures, the peer beside ours
	$(BIN)/python -m bench

faults: $(VENV)/test-ready       ## the long fault runs
	$(BIN)/python -m pytest -m faults

drill: $(VENV)/run-ready         ## back up a small city while it is written to, restore it, compare everything
	$(BIN)/python -m audit drill

lock: $(VENV)/test-ready         ## compile the pinned requirements anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --no-header requirements-dev.in -o requirements-dev.txt

$(VENV)/run-ready: requirements.txt deploy/system-libraries.sh
	@PYTHON=$(PYTHON) deploy/system-libraries.sh $(PURPOSE)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing requirements …" >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test-ready: PURPOSE := test
$(VENV)/test-ready: $(VENV)/run-ready requirements-dev.txt
	@PYTHON=$(PYTHON) deploy/system-libraries.sh test
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:                           ## remove caches; the data folder stays
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
