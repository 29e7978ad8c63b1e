# Each target does its own set-up; a second run does no work twice (scripts/setup keeps stamps).
SHELL := /bin/bash
PY := .venv/bin/python
.PHONY: demo test check bench setup lock docs messages clean attacks battery

demo: setup
	$(PY) -m beffroi demo

test: setup
	scripts/test

check: setup
	scripts/check

bench: setup
	$(PY) -m bench

attacks: setup
	$(PY) -m pytest -q tests/attacks --attack-table

battery: setup
	$(PY) -m pytest -q -p no:randomly tests/battery tests/edge/test_durability.py --kill-rounds $${ROUNDS:-10}

setup:
	@scripts/setup

lock:
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements/runtime.txt
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group dev -o requirements/dev.txt

docs: setup
	$(PY) -m tests.docs

messages: setup
	scripts/messages

clean:
	rm -rf .venv frontend/node_modules src/beffroi/web/static/built .mypy_cache .ruff_cache .pytest_cache
