# Every target makes its own virtual environment; PYTHON names the interpreter.
# TORCH names the build of PyTorch: one release, so that two machines test the same; a machine
# without a GPU can take the small build:
#   make test TORCH="torch --index-url https://download.pytorch.org/whl/cpu"
PYTHON ?= python3
TORCH ?= torch==2.13.0
TORCH_LOWEST ?= torch==2.11.*
VENV ?= .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1

SITE := build/site
# A process for each core, each of which takes tests from the others when it has none left; four at
# most, since each has its own 600 MB.
PYTEST := -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

.PHONY: setup demo docs test check format test-lowest clean

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --editable ".[test,check]"
	touch $@

demo: setup
	$(BIN)/python examples/plot_two_digits.py demo.png

docs: $(VENV)/installed-docs
	$(BIN)/sphinx-build -W --keep-going -q -b html docs $(SITE)
	@echo "The site: $(SITE)/index.html"

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	touch $@

test: setup
	$(BIN)/python $(PYTEST)

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/numpydoc lint $$(git ls-files "sklearn_abmtl/*.py")

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# pyparsing: matplotlib 3.8 calls what 3.3 warns of
test-lowest:
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet $(TORCH_LOWEST)
	$(VENV)-lowest/bin/python -m pip install --quiet --editable ".[test]" \
	    "joblib==1.2.*" "numpy==1.26.*" "scikit-learn==1.6.*" "skorch==1.2.*" \
	    "hypothesis==6.100.*" "matplotlib==3.8.*" "pandas==2.2.*" "pyarrow==17.*" \
	    "pyparsing==3.2.*" "pytest==8.*" \
	    "safetensors==0.4.*" "torchjd==0.12.*"
	$(VENV)-lowest/bin/python $(PYTEST)

clean:
	rm -rf $(VENV) $(VENV)-lowest build docs/gallery docs/generated
