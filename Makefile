# Everything runs in a virtual environment made here; nothing is needed on the machine but Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: verify traces test test-slow lint notes notes-check figures bench mutants lock clean

verify: .venv/installed  ## every claim, with its evidence, its proof as the checker alone follows it, and a page to read: out/report.html
	$(BIN)/mlnc verify --profile quick --out out

traces: .venv/installed  ## every proof as an object, checked by a program that needs nothing but Python
	$(BIN)/mlnc derive --trace out/traces
	$(PYTHON) -I -S proofs/checker.py out/traces

test: .venv/installed  ## the tests, on all cores; with SLOW=1 those of test-slow, too: what both need is made once
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder -q $(if $(SLOW),,-m "not slow")

test-slow: .venv/installed  ## those that need many labels or many repetitions to be convincing
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder -q -m slow tests

lint: .venv/installed  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notes: .venv/installed  ## regenerate the derivations, the tutorial and the page of the interface
	$(BIN)/mlnc derive
	$(BIN)/python -m verify.cli.handbook notes

notes-check: .venv/installed  ## fail if a note is stale, or a figure that is drawn from the sources
	$(BIN)/mlnc derive --check

figures: .venv/installed  ## draw the figures of the README and the notes again
	$(BIN)/python -m verify.report.figures notes

bench: .venv/installed  ## ratios against the peers, measured in one run, into notes/performance.md
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only --benchmark-columns=min,median,rounds
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.against --write notes

mutants: .venv/installed  ## small mistakes, one at a time: the tests notice nearly all, and the rest is explained
	ulimit -t 3600; ulimit -v 8388608 2>/dev/null; $(BIN)/python -m tests.mutants $(MODULES)

lock: .venv/installed  ## pin the dependencies of pyproject.toml again, with hashes
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra dev -p 3.11 \
	    pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mutants out .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks build dist

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "mlnc needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # on all cores; some have files for other Pythons
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
