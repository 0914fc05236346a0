# make book · make lab · make test · make test-slow · make test-oldest · make test-newest · make tested · make coverage · make audit · make gpu-check · make types · make links · make notebooks · make postcards · make study · make sensitivity · make encoders · make bench: each makes its own .venv first
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORE := bad_input cli clouds couplings diffusion maps paths perception prompts properties smoothness strips

.PHONY: book lab test test-slow test-oldest test-newest tested coverage audit gpu-check types links notebooks postcards study sensitivity encoders bench clean

book: $(READY)
	rm -rf _build
	$(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_toc.yml --path-output . -W --keep-going
	@echo "The book is in _build/html/index.html"

lab: $(READY)
	$(BIN)/jupyter lab notebooks

test: book
	$(BIN)/ruff check
	$(BIN)/python -m pytest

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

test-oldest test-newest: test-%:
	$(PYTHON) -m venv --clear build/$*
	build/$*/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-$*.txt --editable ".[core-test,lpips]"
	build/$*/bin/python -m pytest -W default -W ignore::DeprecationWarning $(addprefix --ignore=tests/test_,$(addsuffix .py,access extensions players site twins widgets)) tests

tested: test
	$(BIN)/python tools/tested.py

coverage: $(READY)
	$(BIN)/python -m pytest $(addprefix tests/test_,$(addsuffix .py,$(CORE))) --cov

audit: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip

gpu-check: $(READY)
	$(BIN)/python tools/gpu_check.py

types: $(READY)
	$(BIN)/pyright

links: book
	$(BIN)/python tools/links.py

notebooks: $(READY)
	$(BIN)/python tools/twins.py

postcards: $(READY)
	$(BIN)/python -m sdinterp.postcards.training

study: $(READY)
	$(BIN)/sdinterp study run --pairs postcards --per-level 30 --workers 2 --out runs/recorded --resume
	$(BIN)/python tools/record_study.py runs/recorded

sensitivity: $(READY)
	$(BIN)/python tools/record_sensitivity.py runs/sensitivity

encoders: $(READY)
	$(BIN)/python -m sdinterp.postcards.training text --share 0.15 --work runs/words-kept
	$(BIN)/python -m sdinterp.postcards.training text --share 0.15 --forget-words --work runs/words-forgotten
	for rows in kept forgotten; do set -e; run=runs/words-$$rows; mkdir -p $$run/model; cp -R sdinterp/postcards/weights/. $$run/model; \
	  $(BIN)/python -m sdinterp.postcards.training unet --stitch --steps 450 --lr 3e-4 --pool 8192 --work $$run --out $$run/model; \
	  $(BIN)/python -m sdinterp.postcards.training export --pool 8192 --work $$run --out $$run/model; \
	  $(BIN)/sdinterp study run --model $$run/model --levels 2,3.5,4.5,5 --per-level 10 --couplings optimal,standard,random --net efficientnet-lite0 \
	    --second-net none --seed 3 --workers 2 --out $$run/study --resume; done
	$(BIN)/python tools/record_encoders.py runs/words-kept runs/words-forgotten

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m benchmarks

clean:
	rm -rf _build $(VENV)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'sdinterp needs Python 3.11 or newer: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[book,test]"
	touch $(READY)
