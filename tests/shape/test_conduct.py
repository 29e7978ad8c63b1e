"""Review remarks turned into tests: what code, tests and templates never do, each with the places that may and why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.shape.tree import (
    ROOT,
    SRC,
    calls,
    dotted,
    functions,
    in_tests,
    named,
    nodes,
    none_of,
    parsed,
    product_files,
    python_files,
    tracked,
)

# function: why it may catch everything. Its loop must outlive whatever one turn does, and says what happened.
SUPERVISOR_LOOPS = {
    "cli/running.py:_run": "the supervisor outlives whatever a part does",
    "cli/supervisor.py:_start": "the supervisor outlives whatever a part does",
    "persistence/work.py:each_claimed": "one fault never stops the others: what was claimed is pushed forward, and it stays visible",
    "persistence/checkup.py:_looked": "one check that breaks hides nothing of what the others see; it is a warning of its own",
    "persistence/work.py:attempted": "one message's fault never stops the others: it is tried again and stays visible",
    "edge/lock/core.py:answer": "a lock fails closed: whatever broke is a refusal with its own code",
    "edge/lock/core.py:_decide": "a lock fails closed: whatever broke is a refusal with its own code",
    "edge/relay/gates.py:_decide": "a camera fails closed: whatever broke is a refusal with its own code",
    "edge/relay/viewer.py:_why_over": "a picture fails closed: a right that can't be looked at has ended",
}
# module: why it asks the machine for the time instead of being given it
CLOCKS = {
    "lib/clock.py": "the clock itself",
    "cli/register.py": "a command is an edge: when its file was made",
    "cli/doctor.py": "a command is an edge: how old the supervisor's status file is, in the machine's seconds",
    "cli/service/succession.py": "a command is an edge: how old the supervisor's status file is, in the machine's seconds",
    "cli/up.py": "the supervisor's log is in the machine's own time, its status file in the machine's seconds",
}
# pure floors: nothing here asks the machine for anything
PURE = ("protocol/", "lib/")
ASKS_TIME = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "timezone.now",
    "time.time",
    "time.time_ns",
}
ASKS_CHANCE = re.compile(r"^(random\.|secrets\.|os\.urandom$|uuid\.uuid[14]$|uuid[14]$)")
SLEEPS = re.compile(r"(^|\.)(sleep|wait_for_timeout)$")
CATCHES_ALL = {"Exception", "BaseException"}


def enclosing(path: Path, node: ast.AST) -> str:
    """`module:function` of the innermost function around a node."""
    line = getattr(node, "lineno", 0)
    around = [one for one in functions(parsed(path)) if one.lineno <= line <= (one.end_lineno or line)]
    return f"{named(path)}:{max(around, key=lambda one: one.lineno).name if around else ''}"


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether it only tidies up: its last word is a bare `raise`."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_nothing_is_swallowed_outside_a_supervisor_loop() -> None:
    found = set()
    for path in python_files():
        for node in nodes(parsed(path)):
            if not isinstance(node, ast.ExceptHandler) or raises_again(node):
                continue
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted(kind) in CATCHES_ALL for kind in kinds):
                found.add(enclosing(path, node))
    none_of(found ^ set(SUPERVISOR_LOOPS), "catches everything, and is not listed (or is listed and does not)")


def test_the_time_is_given_not_asked() -> None:
    """Only the edges of the program look at the clock, through lib.clock; everything else takes `now` or a clock."""
    found = {named(path) for path in product_files() for call in calls(parsed(path)) if dotted(call.func) in ASKS_TIME}
    none_of(found ^ set(CLOCKS), "asks for the time, and is not listed (or is listed and does not)")


def test_rules_and_formats_ask_the_machine_for_nothing() -> None:
    """No time and no chance in pure code, so that a decision can be made again and a test can make every one of them."""
    found = []
    for path in product_files():
        if not (named(path).startswith(PURE) or path.stem == "rules") or named(path) in CLOCKS:
            continue
        for call in calls(parsed(path)):
            name = dotted(call.func)
            if name.endswith("utc_now") or name in ASKS_TIME or ASKS_CHANCE.search(name):
                found.append(f"{named(path)}:{call.lineno} {name}")
    none_of(found, "found")


def sleeping(path: Path) -> Iterator[ast.Call]:
    """Sleeps of a test that are not a turn of a loop: inside `while`, or a bounded `for`, a condition is looked at."""
    loops = [node for node in nodes(parsed(path)) if isinstance(node, (ast.While, ast.For, ast.AsyncFor))]
    for call in calls(parsed(path)):
        inside = any(loop.lineno < call.lineno <= (loop.end_lineno or 0) for loop in loops)
        if SLEEPS.search(dotted(call.func)) and not inside:
            yield call


HOLDS_BACK = "tests/slowness.py"  # whose affair it is to be late


def test_tests_wait_for_a_condition_never_for_a_while() -> None:
    looked_at = [path for path in python_files() if in_tests(path) and named(path) != HOLDS_BACK]
    found = [f"{named(path)}:{call.lineno}" for path in looked_at for call in sleeping(path)]
    none_of(found, "found")


def test_no_assertion_is_marked_as_failing() -> None:
    """A test that may fail proves nothing. A skip names what is missing: CI refuses those that apt could have cured."""
    marks = re.compile(r"mark\.(xfail|skip)\b(?!if)|pytest\.xfail")
    me = Path(__file__)
    found = [named(path) for path in python_files() if in_tests(path) and path != me and marks.search(path.read_text())]
    none_of(found, "found")


TEMPLATE_FAULTS = {
    "inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")", re.IGNORECASE
    ),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "data address": re.compile(r"(?:src|href)\s*=\s*[\"']data:", re.IGNORECASE),
    "third party": re.compile(r"(?:src|action|data-src)\s*=\s*[\"']https?://", re.IGNORECASE),
    "unescaped": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"),
}


def test_templates_hold_nothing_that_the_content_policy_refuses() -> None:
    found = [
        f"{named(path)}: {fault}"
        for path in tracked()
        if path.is_relative_to(SRC) and "templates" in path.parts and path.suffix in (".html", ".svg")
        for fault, pattern in TEMPLATE_FAULTS.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    none_of(found, "found")


# Written so that this file doesn't match itself.
ONE_MACHINE = {
    "a path of one machine": re.compile(
        r"(?<![A-Za-z0-9_.~-])/(?:w[o]rk|r[o]ot|f[a]rm|h[o]me/[a-z]+|U[s]ers/[A-Za-z]+)/"
    ),
    "a package host": re.compile(
        r"p[y]pi\.org|p[y]thonhosted\.org|registry\.n[p]mjs|d[e]b\.debian\.org|proxy\.g[o]lang|crates\.i[o]\b"
        r"|https?://[^/\s\"']*(?:artif[a]ctory|n[e]xus|devp[i])",
        re.IGNORECASE,
    ),
    "an address of a package index": re.compile(
        r"(?:index-url|find-links|trusted-host)[ =\"']+[a-z]+://", re.IGNORECASE
    ),
}
BINARY = {".png", ".jpg", ".ico", ".woff", ".woff2", ".gz", ".mo", ".pdf", ".zip"}


def test_no_file_knows_one_machine() -> None:
    """A clone works anywhere: no path of a developer's machine, no host that packages happened to come from."""
    found = []
    for path in tracked():
        if path.suffix in BINARY:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        for label, pattern in ONE_MACHINE.items():
            match = pattern.search(text)
            if match:
                found.append(f"{path.relative_to(ROOT)}: {label}: {match[0]}")
    none_of(found, "found")


def test_the_patterns_would_match() -> None:
    """The patterns above are not blind: each finds an example put together here."""
    examples = {
        "a path of one machine": ["/".join(("", "work", "main", "x")), '"' + "/".join(("", "home", "ada", "x"))],
        "a package host": [".".join(("files", "pythonhosted", "org")), "https://n" + "exus.example/x"],
        "an address of a package index": ["--index" + "-url https://x"],
    }
    assert all(pattern.search(text) for label, pattern in ONE_MACHINE.items() for text in examples[label])


def test_an_exemption_of_a_check_says_why() -> None:
    """`noqa` and `type: ignore` name their rule and, after it, the reason."""
    bare = re.compile(
        r"#\s*(?:noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* - \S)|type: ignore(?!\[[a-z-]+(?:, ?[a-z-]+)*\]  # \S))"
    )
    me = Path(__file__)
    found = [
        f"{named(path)}:{number}"
        for path in python_files()
        if path != me
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]
    none_of(found, "found")
