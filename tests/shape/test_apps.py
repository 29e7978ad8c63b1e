"""One shape for all apps, so that a reader guesses where a thing lives and is right: by file and by folder."""

import ast
import re
from pathlib import Path

import pytest

from tests.shape.tree import (
    SRC,
    app_of,
    apps,
    calls,
    dotted,
    functions,
    named,
    nodes,
    parsed,
    product_files,
    python_files,
    tracked,
)

FILES = {
    "__init__", "errors", "rules", "models", "queries", "actions", "schemas", "api", "pages", "forms", "ingest",
    "registry", "jobs", "keeping", "apps", "urls", "admin", "factories",
}  # fmt: skip
# A process or a meeting point with a name of its own: which app has it, and what it is.
OWN_FILES = {
    "kernel/accounts/allauth_adapter": "where allauth meets our actions",
    "kernel/alerts/alerter": "the process that hands messages over",
    "kernel/alerts/couriers": "what a message says, and the adapter that carries it: for two processes and a page",
    "kernel/alerts/texts": "what a text message says, and what carries it: for the process and a page",
    "kernel/alerts/letters": "letters of other apps, in the alerter's process",
    "kernel/alerts/watcher": "how the worker watches the alerter",
    "kernel/devices/admission": "whom the minter has our own broker admit and refuse",
    "kernel/devices/minter": "what the minter does with boxes and lists of sources",
    "kernel/devices/worker": "the worker's loop for leases that ended",
    "kernel/devices/relay": "exchange with a gate over the broker",
    "kernel/grants/minter": "the minting process",
    "kernel/register/sequencer": "the sequencing process",
    "systems/reports/encoder": "the worker's loop that makes photos again",
    "systems/reports/courier": "the worker's loop that hands reports to other towns' servers",
    "systems/reports/herald": "the worker's work that tells those servers what is said here",
    "systems/reports/reader": "the worker's loop that reads what becomes of them there",
    "kernel/upkeep/post": "the watch's own letters, for when no alert can leave",
    "kernel/townhall/steps": "the platform's own first steps: a list, as systems have theirs in their registry",
    "kernel/townhall/leaving": "what of the whole kernel's tables leaves otherwise than one would guess",
}
# Large enough, a file becomes a folder of the same name whose `__init__` is its door.
FOLDERS = {
    "actions",
    "models",
    "queries",
    "ingest",
    "pages",
    "forms",
    "api",
    "templatetags",
    "migrations",
    "tests",
    "templates",
    "static",
}
REFUSED = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base", "services", "stuff"}
REFUSED_WORD = re.compile(r"(^|_)(utils?|helpers?|misc|common|stuff)($|_)")
RECEIVERS = {
    "persistence/apps.py": "Django's own hook for a new connection: the only way to reach those of every thread",
    "kernel/accounts/allauth_adapter.py": "allauth tells of a changed credential by signal only; each goes to an action",
}
INTERNAL_SIGNALS = re.compile(r"(^|\.)(receiver|Signal)$")


def relative(path: Path, app: Path) -> str:
    """`kernel/grants/minter` for kernel/grants/minter.py or a file of kernel/grants/minter/."""
    inside = path.relative_to(app).parts[0].removesuffix(".py")
    return f"{app.relative_to(SRC).as_posix()}/{inside}"


def strangers(app: Path) -> list[str]:
    """What lies in an app and has no place in its shape."""
    found = []
    for path in tracked():
        if not path.is_relative_to(app):
            continue
        parts = path.relative_to(app).parts
        known = parts[0] in FOLDERS if len(parts) > 1 else (path.stem in FILES and path.suffix == ".py")
        if not known and parts != ("SPEC.md",) and relative(path, app) not in OWN_FILES:
            found.append(named(path))
    return found


@pytest.mark.parametrize("app", apps(), ids=named)
def test_an_app_holds_only_what_its_shape_names(app: Path) -> None:
    assert strangers(app) == []


@pytest.mark.parametrize("app", apps(), ids=named)
def test_an_app_is_wired_and_says_what_it_promises(app: Path) -> None:
    assert (app / "apps.py").exists()
    assert len((ast.get_docstring(parsed(app / "__init__.py")) or "").split()) >= 8
    spec = (app / "SPEC.md").read_text(encoding="utf-8") if (app / "SPEC.md").exists() else ""
    assert "**Promise" in spec or "## Promise" in spec, "SPEC.md opens with the promise"
    for part in ("Processing", "egister"):  # the processing register and the AIPD's draft are made from it
        assert part in spec, f"SPEC.md has no part on {part}"


def test_every_exempt_file_is_still_there() -> None:
    there = {relative(path, app) for path in python_files() if (app := app_of(path))}
    assert set(OWN_FILES) <= there


def test_modules_are_nouns_of_the_domain() -> None:
    stems = {named(path): path.stem for path in python_files() if path.is_relative_to(SRC)}
    folders = {named(path): path.parent.name for path in python_files() if path.is_relative_to(SRC)}
    names = [*stems.items(), *folders.items()]
    assert [where for where, name in names if name in REFUSED or REFUSED_WORD.search(name)] == []


def test_no_signal_receivers_of_ours() -> None:
    """Who writes when is read in one place: the action. A receiver is a caller that nobody sees."""
    found = set()
    for path in product_files():
        tree = parsed(path)
        decorators = (dotted(one) for node in functions(tree) for one in node.decorator_list)
        asked = (dotted(call.func) for call in calls(tree))
        signals = imports_signals(tree)
        if any(INTERNAL_SIGNALS.search(name) for name in (*decorators, *asked)) or (
            signals and any(dotted(call.func).endswith(".connect") for call in calls(tree))
        ):
            found.add(named(path))
    assert found == set(RECEIVERS)


def imports_signals(tree: ast.Module) -> bool:
    """Whether a file has signals of Django or allauth at hand."""
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if "signals" in node.module or any(alias.name in ("signals", "post_migrate") for alias in node.names):
                return True
        elif isinstance(node, ast.Import) and any("signals" in alias.name for alias in node.names):
            return True
    return False
