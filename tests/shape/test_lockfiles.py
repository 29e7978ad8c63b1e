"""No lock file names a package host: whoever installs uses the index their own tools are set to."""

import json
import pathlib
import re
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PYTHON_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
NPM_LOCK = ROOT / "frontend" / "package-lock.json"
HOST_OPTIONS = re.compile(r"^\s*(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b", re.MULTILINE)


def members(node: object, name: str) -> Iterator[object]:
    """Every value of a member of that name, at any depth of a JSON document."""
    if isinstance(node, dict):
        if name in node:
            yield node[name]
        for child in node.values():
            yield from members(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from members(child, name)


def test_npm_lock_has_no_address() -> None:
    lock: object = json.loads(NPM_LOCK.read_text())
    assert list(members(lock, "resolved")) == []


def test_npm_lock_has_a_hash_for_every_package() -> None:
    packages: dict[str, dict[str, object]] = json.loads(NPM_LOCK.read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_npm_writes_no_address() -> None:
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "frontend" / ".npmrc").read_text().splitlines()


def test_npm_pins_exactly() -> None:
    package: dict[str, dict[str, str]] = json.loads((ROOT / "frontend" / "package.json").read_text())
    pins = package["dependencies"] | package["devDependencies"]
    assert {name: pin for name, pin in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)} == {}


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_python_lock_has_no_address(lock: pathlib.Path) -> None:
    text = lock.read_text()
    assert HOST_OPTIONS.findall(text) == []
    assert re.findall(r"https?://\S+", text) == []


def test_there_are_python_locks() -> None:
    assert {"runtime.txt", "dev.txt"} <= {path.name for path in PYTHON_LOCKS}
