# Each target does its own set-up; a second run does no work twice (scripts/setup keeps stamps).
SHELL := /bin/bash
PY := .venv/bin/python
.PHONY: demo test check bench setup wheel bundle lock docs messages clean attacks battery axe screenshots slow morning

demo: setup
	$(PY) -m beffroi demo

test: setup
	scripts/test

check: setup
	scripts/check

bench: setup
	$(PY) -m bench

# What a town's IT officer does in a morning, from the wheel in an empty folder, step by step.
morning: setup
	scripts/morning

attacks: setup
	$(PY) -m pytest -q tests/attacks --attack-table

battery: setup
	$(PY) -m pytest -q -p no:randomly tests/battery tests/edge/test_durability.py tests/matrix/test_authorities.py --long --kill-rounds $${ROUNDS:-10}

# Every page of the access matrix in both languages, both themes, at three widths; writes docs/accessibility/axe.md.
axe: setup
	rm -rf build/axe
	status=0; pids=; for part in 0 1 2 3; do \
	  $(PY) -m pytest -q -n0 "tests/faces/test_axe.py::test_every_page_passes_axe[$$part]" --axe-report build/axe & pids="$$pids $$!"; \
	done; for pid in $$pids; do wait $$pid || status=1; done; \
	$(PY) -m tests.faces.report build/axe docs/accessibility/axe.md && exit $$status

# What a browser does, on a machine that is slow, then where scripts come late (tests/slowness.py): no test depends on luck.
IN_A_BROWSER := tests/journeys tests/islands tests/faces/test_use.py
slow: setup
	$(PY) -m pytest -q -n $${BEFFROI_TEST_WORKERS:-2} --slow-browser 6 $(IN_A_BROWSER)
	$(PY) -m pytest -q -n $${BEFFROI_TEST_WORKERS:-2} --late-scripts 1500 $(IN_A_BROWSER)

# Pictures of the main pages of each face, of a demonstration that it starts itself.
screenshots: setup
	$(PY) -m tests.faces.screenshots build/screenshots

setup:
	@scripts/setup

# A wheel holds all that a town runs: the front end, the French, no tests.
wheel: setup
	.venv/bin/uv build --wheel --no-build-isolation --out-dir dist .

# The wheel with all it needs, for a server without the Internet; PYTHONS="3.11 3.13" says for which Pythons.
bundle: wheel
	$(PY) packaging/bundle.py $$(ls -t dist/beffroi-*.whl | head -n 1) dist

lock:
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements/runtime.txt
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra ldap -o requirements/ldap.txt
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra relay -o requirements/relay.txt
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra relay --extra relay-mask -o requirements/relay-mask.txt
	.venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra relay --group dev -o requirements/dev.txt

docs: setup
	$(PY) -m tests.docs

messages: setup
	scripts/messages

clean:
	rm -rf .venv frontend/node_modules src/beffroi/web/static/built build/clusters .mypy_cache .ruff_cache .pytest_cache
