"""The source tree as the tests about the code base read it: which files there are, parsed once, and what room each is in."""

import ast
import functools
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "beffroi"
# Folders that no git ignores are read when there is no git (a release's archive).
NOT_OURS = {".venv", "node_modules", "__pycache__", "built", "build", "dist", "var"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def named(path: Path) -> str:
    """The file's name as exemptions and failures give it: from src/beffroi, else from the root."""
    return path.relative_to(SRC if path.is_relative_to(SRC) else ROOT).as_posix()


@functools.cache
def in_tests(path: Path) -> bool:
    """Whether it is a test, or what only tests use."""
    return bool({"tests", "bench"} & set(path.relative_to(ROOT).parts[:-1])) or path.name == "conftest.py"


@functools.cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of ours; migrations are written by a command."""
    return tuple(sorted(path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts))


@functools.cache
def product_files() -> tuple[Path, ...]:
    """What ships: src/beffroi without its tests and factories."""
    return tuple(
        path
        for path in python_files()
        if path.is_relative_to(SRC) and not in_tests(path) and path.name != "factories.py"
    )


@functools.cache
def apps() -> tuple[Path, ...]:
    """Folders of the apps: one a kernel app, one a system."""
    return tuple(sorted(path.parent for floor in ("kernel", "systems") for path in (SRC / floor).glob("*/__init__.py")))


@functools.cache
def app_of(path: Path) -> Path | None:
    """The app that a file belongs to."""
    return next((app for app in apps() if path.is_relative_to(app)), None)


@functools.cache
def is_action(path: Path) -> bool:
    """Whether it is an actions module: `actions.py`, or a file of `actions/`."""
    return app_of(path) is not None and (path.stem == "actions" or path.parent.name == "actions")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file of ours that git keeps or will keep (new files count before they are committed)."""
    asked = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout:
        files = (ROOT / name for name in done.stdout.split("\0") if name)
    else:
        files = (path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts))
    return tuple(sorted(path for path in files if path.is_file() and not path.is_symlink()))


@functools.cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a tree, walked once however many tests ask."""
    return tuple(ast.walk(tree))


@functools.cache
def functions(tree: ast.AST) -> tuple[Function, ...]:
    """Every function of a tree, at any depth."""
    return tuple(node for node in nodes(tree) if isinstance(node, Function))


@functools.cache
def calls(tree: ast.AST) -> tuple[ast.Call, ...]:
    """Every call of a tree."""
    return tuple(node for node in nodes(tree) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute, calls in between left out; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return ""


def none_of(found: Iterable[str], what: str) -> None:
    """Fail with each finding on a line of its own."""
    listed = sorted(found)
    assert not listed, f"{what}:\n  " + "\n  ".join(listed)
