PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUILT := _build/.built
SOURCES := _config.yml _toc.yml $(shell find book sdinterp -type f -not -path '*/__pycache__/*')
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile
PIP := python -m pip install --quiet --disable-pip-version-check
DEVICE ?= cpu
CORE := bad_input cli clouds couplings diffusion maps paths perception prompts properties smoothness strips
BROWSER := access browser firefox players site slides widgets
ignored = $(addprefix --ignore=tests/test_,$(addsuffix .py,$(1)))

unexport PYTHONDONTWRITEBYTECODE # what was compiled once is not compiled by every kernel and worker

.DEFAULT_GOAL := book
.PHONY: help book lab test check test-slow test-oldest test-newest tested coverage audit gpu-check types links notebooks postcards study first-study second-model sensitivity encoders bench course clean

help: ## list what can be made; everything makes its own .venv first
	@sed -nE 's/^([a-z -]+):.* ## (.*)/\1|\2/p' Makefile | awk -F '|' '{ printf "make %-24s%s\n", $$1, $$2 }'

book: $(BUILT) ## run every chapter, and leave the site in _build/html
	@echo "The book is in _build/html/index.html"

lab: $(READY) ## open the cover, and from it the chapters, in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=$(CURDIR) notebooks/index.ipynb

test: book ## build the book if anything in it has changed, then pass every test
	$(BIN)/ruff check
	$(PYTEST)

check: types ## style, types, and the tests that need neither the site nor a browser: a few minutes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(PYTEST) $(call ignored,$(BROWSER)) --deselect tests/test_twins.py::test_a_notebook_runs_on_its_own

types: $(READY) ## pyright
	$(BIN)/pyright

coverage: $(READY) ## how much of the package the tests of its parts run
	$(BIN)/python -m pytest $(addprefix tests/test_,$(addsuffix .py,$(CORE))) --cov

test-slow: $(READY) ## a model of the size of Stable Diffusion, and the grading of chapters with a model: minutes, and much memory
	$(BIN)/python -m pytest -m slow

test-oldest test-newest: test-%: ## the tests on the oldest versions allowed, on the newest there were
	$(PYTHON) -m venv --clear build/$*
	build/$*/bin/$(PIP) --constraint constraints-$*.txt --editable ".[core-test,lpips]"
	build/$*/bin/python -m pytest -W default -W ignore::DeprecationWarning $(call ignored,$(BROWSER) extensions twins course course_grading) tests

tested: test ## every test, and what they tried into the page "How is this book tested?"
	cp _build/tested.json sdinterp/recorded/tests.json

audit: $(READY) ## known faults of the pinned packages
	$(BIN)/$(PIP) pip-audit
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip

gpu-check: $(READY) ## for who has a GPU and a network: Stable Diffusion itself
	$(BIN)/python tools/gpu_check.py

links: book ## every link that leads elsewhere
	$(BIN)/python tools/links.py

notebooks: $(READY) ## make the notebooks anew from the pages
	$(BIN)/python tools/twins.py

postcards: $(READY) ## train the bundled model
	$(BIN)/python -m sdinterp.postcards.training

study: $(READY) ## record the study that the book shows: hours on two cores, minutes on a GPU (DEVICE=cuda)
	$(BIN)/sdinterp study run --pairs doses --workers 2 --device $(DEVICE) --out runs/doses --resume
	$(BIN)/sdinterp study run --pairs rivals --workers 2 --device $(DEVICE) --out runs/rivals --resume
	$(BIN)/sdinterp study record runs/doses runs/rivals --command "make study" --out sdinterp/study/recorded/doses

first-study: $(READY) ## record the first study, which the book tells what was wrong with
	$(BIN)/sdinterp study run --pairs postcards --per-level 30 --steps 10 --workers 2 --out runs/recorded --resume
	$(BIN)/python tools/record_study.py runs/recorded

second-model: $(READY) ## train the model from another seed, and walk a part of the study with it: hours, minutes on a GPU
	$(BIN)/python -m sdinterp.postcards.training --seed 1 --work runs/second --out runs/second/model
	$(BIN)/sdinterp study run --pairs doses --per-level 10 --model runs/second/model --workers 2 --device $(DEVICE) --out runs/second/study --resume
	$(BIN)/sdinterp study report runs/second/study

sensitivity: $(READY) ## record what the study's settings change
	$(BIN)/python tools/record_sensitivity.py runs/sensitivity

encoders: $(READY) ## record what the text encoder's training changes
	$(BIN)/python -m sdinterp.postcards.training text --share 0.15 --work runs/words-kept
	$(BIN)/python -m sdinterp.postcards.training text --share 0.15 --forget-words --work runs/words-forgotten
	for rows in kept forgotten; do set -e; run=runs/words-$$rows; mkdir -p $$run/model; cp -R sdinterp/postcards/weights/. $$run/model; \
	  $(BIN)/python -m sdinterp.postcards.training unet --stitch --steps 450 --lr 3e-4 --pool 8192 --work $$run --out $$run/model; \
	  $(BIN)/python -m sdinterp.postcards.training export --pool 8192 --work $$run --out $$run/model; \
	  $(BIN)/sdinterp study run --model $$run/model --levels 2,3.5,4.5,5 --per-level 10 --couplings optimal,standard,random --net efficientnet-lite0 \
	    --second-net none --steps 10 --seed 3 --workers 2 --out $$run/study --resume; done
	$(BIN)/python tools/record_encoders.py runs/words-kept runs/words-forgotten

bench: $(READY) ## side by side with what people use instead: the numbers of the page "How fast is it?"
	$(BIN)/$(PIP) --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m benchmarks

course: $(READY) ## notebooks without solutions, quizzes, exports, and slides of a built book: what a teacher needs, in build/course
	$(BIN)/sdinterp course make

clean: ## remove the site and .venv
	rm -rf _build $(VENV)

$(BUILT): $(READY) $(SOURCES)
	rm -rf _build
	$(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_toc.yml --path-output . -W --keep-going
	touch $(BUILT)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'sdinterp needs Python 3.11 or newer: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP) --constraint constraints.txt --editable ".[book,test]"
	touch $(READY)
