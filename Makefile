# Everything here needs Python 3.11 or newer, make and a package registry; nothing else.
# The virtual environment is made on first use and kept up to date by stamp files.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Where a test run takes its parallel processes from; two cores are assumed.
JOBS   ?= 2

PROTO       := proto/eligibility/v1
SERVICES    := $(PROTO)/matcher.proto $(PROTO)/enclave.proto
MESSAGES    := $(PROTO)/common.proto $(PROTO)/cel_ast.proto
SOURCES     := matcher clients enclave_sim fusuma programmes bench tests
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help venv demo test check lint format types contracts pytest campaign proto bench \
  bench-peers report parity wheel clean

help:  ## List what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.run  ## Run the whole system on this machine; report in out/demo.json.
	@mkdir -p out
	$(BIN)/fusuma demo --report out/demo.json

test: check pytest  ## Format, lint, types, import contracts, then all tests.

venv: $(VENV)/.dev  ## Make the virtual environment with the development tools.

check: lint types contracts

lint: $(VENV)/.dev  ## Check format and lint.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.dev  ## Format the code and mend what lint can mend by itself.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.dev  ## Check types, strictly.
	$(BIN)/mypy

contracts: $(VENV)/.dev  ## Check which package may import which.
	$(BIN)/lint-imports --no-cache

pytest: $(VENV)/.dev  ## Run the tests only.
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

campaign: $(VENV)/.dev  ## Try properties on thousands of new random cases; takes long.
	$(BIN)/python -m pytest tests/property --hypothesis-profile=campaign --timeout=0 -n $(JOBS)

proto: $(VENV)/.dev  ## Write the generated protocol code anew.
	$(BIN)/python -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy \
	  --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --python_out=proto --mypy_out=proto --grpc_python_out=proto --mypy_grpc_out=proto $(SERVICES)
	$(BIN)/python -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy \
	  --python_out=proto --mypy_out=proto $(MESSAGES)

bench: $(VENV)/.run  ## Measure speed, size and memory; report in out/bench.json.
	@mkdir -p out
	$(BIN)/fusuma bench e2e --subjects 1000000 --report out/bench.json

bench-peers: $(VENV)/.run  ## Install other systems to compare with; several GB into .peers/.
	$(BIN)/python -m bench.peers.build

report: $(VENV)/.dev  ## Measure every scheme and all peers; report in out/report/. Ten minutes.
	@mkdir -p out
	$(BIN)/fusuma bench run --output out/report

parity: $(VENV)/.dev  ## Decide 100,000 subjects of every programme under every scheme.
	@mkdir -p out
	$(BIN)/fusuma bench parity --subjects 100000 --report out/parity.json

wheel: $(VENV)/.dev  ## Build the wheel into dist/.
	$(BIN)/hatchling build -t wheel

clean:  ## Remove the virtual environment, caches and results.
	rm -rf $(VENV) out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is pinned too: older ones do not know dependency groups.
$(VENV)/.pip: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "fusuma needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make PYTHON=python3.12 ..." >&2; \
	  exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) pip
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml
	@echo "Installing fusuma into $(VENV) ..."
	@$(PIP_INSTALL) --build-constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the development tools ..."
	@$(PIP_INSTALL) --group dev
	@touch $@
