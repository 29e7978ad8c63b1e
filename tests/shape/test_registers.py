"""Registries are explicit dictionaries, complete both ways: what is registered is said in a SPEC and used; what is used is registered."""

import ast
import functools
import re
from pathlib import Path

import pytest

from tests.docs.fresh import made
from tests.shape.tree import app_of, apps, calls, dotted, named, nodes, parsed, product_files

KINDS = made()["kinds"]  # of a fresh process: tests register kinds of their own
CODE = re.compile(r"`([a-z][a-z0-9]*(?:[.-][a-z0-9]+)*)`")
SECTION = re.compile(
    r"(?:^#+ Register kinds?.*?$|\*\*Register kinds?\.?\*\*)(.*?)(?=^#+ |^\*\*|\Z)", re.DOTALL | re.MULTILINE
)


@functools.cache
def strings(tree: ast.AST) -> frozenset[str]:
    """Every string constant of a tree."""
    return frozenset(
        node.value for node in nodes(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@functools.cache
def declared_by(app: Path) -> set[str]:
    """Kinds that an app registers: those its registry (or, for the register's own, a module it reads) spells out."""
    files = [path for path in product_files() if app_of(path) == app and path.stem in ("registry", "apps")]
    return {text for path in files for text in strings(parsed(path))} & set(KINDS)


def said_in_spec(app: Path) -> set[str]:
    """Kinds that an app's SPEC.md lists under "Register kinds"."""
    path = app / "SPEC.md"
    found = SECTION.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return {code for code in CODE.findall(found[1]) if "." in code} if found else set()


@pytest.mark.parametrize("app", apps(), ids=named)
def test_a_spec_names_the_kinds_its_app_registers(app: Path) -> None:
    assert sorted(declared_by(app) - said_in_spec(app)) == [], "registered, not in SPEC.md"
    assert sorted(said_in_spec(app) - set(KINDS)) == [], "in SPEC.md, not registered (kinds of other apps may be named)"


def test_every_kind_belongs_to_one_app() -> None:
    owners = {code: [named(app) for app in apps() if code in declared_by(app)] for code in KINDS}
    assert {code: found for code, found in owners.items() if len(found) != 1} == {}


def recorded() -> dict[str, set[str]]:
    """Kind: where it is recorded, for every `record(kind=…)` whose kind is spelt out."""
    found: dict[str, set[str]] = {}
    for path in product_files():
        for call in calls(parsed(path)):
            if dotted(call.func).rpartition(".")[2] not in ("record", "_record", "record_entry"):
                continue
            for keyword in call.keywords:
                if keyword.arg == "kind":
                    for code in strings(keyword.value):
                        found.setdefault(code, set()).add(named(path))
    return found


def test_what_is_recorded_is_registered() -> None:
    assert {code: where for code, where in recorded().items() if code not in KINDS} == {}


def constants(path: Path) -> dict[str, str]:
    """Names that a module gives to strings: `OPENED = "register.opened"`."""
    return {
        target.id: node.value.value
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def used_in(path: Path, names: dict[str, str]) -> frozenset[str]:
    """Strings that a module spells out, and those it means by a registry's constant."""
    loaded = {node.id for node in nodes(parsed(path)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return strings(parsed(path)) | {names[name] for name in loaded & set(names)}


def test_what_is_registered_is_recorded() -> None:
    """A kind that nothing records is a promise nobody keeps: it comes with the act that leaves it."""
    unused = set(KINDS)
    for app in apps():
        files = [path for path in product_files() if app_of(path) == app]
        names = {name: text for path in files if path.stem == "registry" for name, text in constants(path).items()}
        unused -= {text for path in files if path.stem not in ("registry", "apps") for text in used_in(path, names)}
    assert sorted(unused) == []


def test_a_kind_is_described_and_commits_to_something() -> None:
    assert [code for code, kind in KINDS.items() if not kind["fields"]] == []
    assert [code for code, kind in KINDS.items() if len(kind["description"].split()) < 3] == []


def test_every_field_of_a_kind_has_its_word() -> None:
    """The register is read by people, in two languages: no field shows the name that programs use."""
    from beffroi.kernel.register.queries.words import FIELDS  # noqa: PLC0415 - needs Django's applications

    used = {name for kind in KINDS.values() for name in kind["fields"]}
    assert sorted(used - set(FIELDS)) == [], "give it a word in kernel/register/queries/words.py"
