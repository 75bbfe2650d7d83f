# Two commands: `make run` opens the dashboard, `make test` checks everything. Both set up what they need.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test clean

run: $(VENV)/.ready
	$(VENV)/bin/alma serve --port $(PORT)

test: $(VENV)/.test-ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest $(PYTEST)

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
