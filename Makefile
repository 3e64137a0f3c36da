# Everything a person needs, on a machine with Python 3.11+, make and git:
#   make demo     run the main job on the packaged sample
#   make test     run the whole suite
#   make check    format, lint, types, the rule of the rooms
#   make docs     build the pages of docs/ into site/, with a reference from the docstrings; stops at a broken link
#   make bench    measure; prints ratios, takes an hour and more on real files
#   make mutants ROOM=store    change a room a little, many times, and say what no test notices (SAMPLE=50 SEED=42)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Where it is set, each of the hundreds of processes that the tests start compiles the package anew: .3 s of each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check format docs bench mutants clean
.DEFAULT_GOAL := demo

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; set PYTHON=..." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: $(READY)
	$(BIN)/semascope demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit/test_architecture.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)
	test -x $(BIN)/zensical || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	$(BIN)/zensical build --clean --strict

bench: $(READY)
	for name in startup sts store ridge online_ridge intervals labelling neighbors learner map_page map_numbers again verdicts query_verdicts geometry label_verdicts contrast_verdicts latency encoding packaged big_models; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

ROOM ?= store
SAMPLE ?= 50
SEED ?= 42
mutants: $(READY)
	OMP_NUM_THREADS=1 nice $(BIN)/python benchmarks/mutants.py $(ROOM) --sample $(SAMPLE) --seed $(SEED)

clean:
	rm -rf $(VENV) runs site .cache .mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis
