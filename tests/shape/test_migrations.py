"""Migrations stand alone: what they take of ours is in tests/seed.py too, or a kept cluster would outlive it."""

import re

from tests import seed

OURS = re.compile(r"^\s*(?:from|import) (beffroi[\w.]*)", re.MULTILINE)


def test_migrations_take_of_ours_only_what_a_seed_is_named_by() -> None:
    taken = {
        found
        for path in seed.ROOT.glob("src/beffroi/**/migrations/*.py")
        for found in OURS.findall(path.read_text(encoding="utf-8"))
    }
    assert {f"src/{module.replace('.', '/')}.py" for module in taken} <= set(seed.MADE_OF)


def test_a_seed_is_named_by_what_it_is_made_of() -> None:
    for pattern in seed.MADE_OF:
        assert any(seed.ROOT.glob(pattern)), pattern


def test_only_apps_restrict_what_the_application_may_do() -> None:
    restricting = {
        path.name
        for path in seed.ROOT.glob("src/beffroi/**/*.py")
        if "tests" not in path.parts and "import restrict" in path.read_text(encoding="utf-8")
    }
    assert restricting == {"apps.py"}
