# Two commands are all a newcomer needs: `make report` runs the main job, `make test` passes the checks.
# Both need only Python 3.11+ and make; everything else goes into .venv.
PYTHON ?= python3
SCALE ?= default
SEED ?= 0
JOBS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
OUT ?= results/$(SCALE)
# PEERS=1 installs jax and torch for `make bench`; BENCH holds options of benchmarks/peers.py.
PEERS ?=
BENCH ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report test test-lowest lint docs bench warmup evidence clean
.DELETE_ON_ERROR:

report: $(VENV)/installed
	$(BIN)/simsuff run simulations --scale $(SCALE) --seed $(SEED) --jobs $(JOBS) --out $(OUT) --replace

warmup: $(VENV)/installed
	$(BIN)/simsuff warmup simulations --jobs $(JOBS)

test: $(VENV)/installed lint
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The tests against the lowest versions that setup.cfg allows; LOWEST_PYTHON is a Python 3.11.
LOWEST_PYTHON ?= python3.11
test-lowest: $(VENV)-lowest/installed
	$(VENV)-lowest/bin/python -m pytest -n $(JOBS) --dist worksteal

$(VENV)-lowest/installed: setup.cfg constraints/lowest.txt
	$(LOWEST_PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints/lowest.txt -e ".[test]"
	@touch $@

# The evidence that `simsuff ledger` shows, beside that of the last `make report`: tests, proofs and hunts, anew.
LEDGER := results/ledger.jsonl
evidence: $(VENV)/installed
	rm -f $(LEDGER)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --ledger $(LEDGER)
	$(BIN)/simsuff prove --ledger $(LEDGER)
	$(BIN)/simsuff hunt all --budget 5 --ledger $(LEDGER) > results/hunts.txt || test $$? -eq 1
	$(BIN)/simsuff ledger --html results/ledger.html

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/rumdl check --quiet .

# The site, offline, with the figures of $(OUT) where that run exists.
docs: $(VENV)/installed
	$(BIN)/python docs/site/build.py --run $(OUT)

bench: $(VENV)/installed $(if $(filter 1,$(PEERS)),$(VENV)/peers)
	$(BIN)/python benchmarks/peers.py --out results/peers.md $(BENCH)

$(VENV)/installed: setup.cfg pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'simsuff needs Python 3.11 or newer, this is ' + sys.version.split()[0] + '; set PYTHON=/path/to/python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

$(VENV)/peers: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-lowest results build *.egg-info .mypy_cache .pytest_cache .ruff_cache
