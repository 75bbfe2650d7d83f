# `make run` opens the dashboard, `make test` checks everything, `make screens` takes a picture of every page and says
# what is wrong with it. Each sets up what it needs.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test screens clean

run: $(VENV)/.ready
	$(VENV)/bin/alma serve --port $(PORT)

test: $(VENV)/.test-ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest $(PYTEST)

screens: $(VENV)/.test-ready
	$(VENV)/bin/python -m tests.browser.screens

$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.test-ready: pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .[test]
	touch $(VENV)/.ready $@

clean:
	rm -rf $(VENV) build dist
