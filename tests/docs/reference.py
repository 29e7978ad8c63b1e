"""The reference pages, made from the code: settings, commands, registries, the API. `make docs` writes them, test_docs compares them."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils import translation

from beffroi.cli.main import COMMANDS, parser_for
from beffroi.cli.settings import markdown
from beffroi.config.api import api
from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.kernel.alerts.rules import Urgency
from beffroi.kernel.deadlines.registry import DEADLINE_KINDS
from beffroi.kernel.devices import registry as devices
from beffroi.kernel.grants.registry import MINTINGS
from beffroi.kernel.register.registry import KINDS, Many
from beffroi.kernel.retention.queries.words import fate_words, source_words, spoken
from beffroi.persistence.keeping import KEPT
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import TOPICS
from tests.docs.fresh import Kind

MADE = "<!-- Made by `make docs` from the code: change the code, not this page. -->\n"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell is kept as text."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )


def settings_page() -> str:
    """docs/operators/settings.md"""
    return (
        f"{MADE}\n# Settings\n\nAn installation is set by variables of its environment, read once at start. A variable that"
        " begins with `BEFFROI_` and is not on this page is refused, so that a typing error is never silently ignored;"
        " `beffroi settings` prints this list and `beffroi check` looks over the values.\n\n" + markdown()
    )


def _arguments(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    rows = []
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        name = ", ".join(f"`{option}`" for option in action.option_strings) or f"`{action.metavar or action.dest}`"
        if action.option_strings and action.nargs != 0:
            name += f" `{action.metavar or action.dest.upper()}`"
        choices = ", ".join(f"`{choice}`" for choice in action.choices or ())
        rows.append((name, (action.help or "") % {**vars(action), "choices": choices, "prog": parser.prog}))
    return rows


def _tree(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    rows = _arguments(parser)
    if rows:
        yield table(("argument", "meaning"), rows) + "\n"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            meant = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                yield f"{'#' * level} `{child.prog}`\n\n{(child.description or meant.get(name, '')).strip()}\n\n"
                yield from _tree(child, level + 1)


def commands_page() -> str:
    """docs/operators/commands.md"""
    parts = [
        f"{MADE}\n# Commands\n\n`beffroi COMMAND`, or `python -m beffroi COMMAND`. Exit codes: 0 well, 1 no, 2 badly asked.\n\n"
    ]
    for name in COMMANDS:
        parser = parser_for(name)
        (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
        chosen = commands.choices[name]
        parts.append(f"## `{chosen.prog}`\n\n{(chosen.description or '').strip()}\n\n")
        parts += _tree(chosen, 3)
    return "".join(parts).rstrip() + "\n"


def kinds() -> dict[str, Kind]:
    """The register's kinds of entries."""

    def form(declared: object) -> str:
        return f"several {declared.type}" if isinstance(declared, Many) else str(declared)

    return {
        code: {
            "description": str(kind.description),
            "fields": {name: form(declared) for name, declared in kind.fields.items()},
            "optional": sorted(kind.optional),
        }
        for code, kind in sorted(KINDS.items())
    }


def kept_rows() -> list[tuple[str, ...]]:
    """The rules of retention, with their legal sources."""
    with translation.override("en"):
        return [
            (
                f"`{kept.code}`",
                str(kept.title),
                *(
                    spoken(length, kept.bounds.unit)
                    for length in (kept.bounds.usual, kept.bounds.least, kept.bounds.most)
                ),
                fate_words(kept.fate),
                source_words(kept.source),
            )
            for _, kept in sorted(KEPT.items())
        ]


def registries_page() -> str:
    """docs/developers/registries.md"""

    entries = [
        (
            f"`{code}`",
            kind["description"],
            ", ".join(
                f"`{name}`: {form}{' (or none)' if name in kind['optional'] else ''}"
                for name, form in kind["fields"].items()
            ),
        )
        for code, kind in kinds().items()
    ]

    def where(function: Callable[..., object]) -> str:
        return f"`{function.__module__.removeprefix('beffroi.')}.{getattr(function, '__qualname__', function)}`"

    told = [
        (
            f"`{one.code}`",
            one.description,
            ", ".join(f"`{name}`: {form}" for name, form in one.arguments.items()) or "none",
        )
        for one in sorted(devices.COMMANDS.values(), key=lambda one: one.code)
    ]
    sinks = [
        (f"`{one.name}`", ", ".join(f"`{kind}`" for kind in sorted(one.kinds)), where(one.handler))
        for one in sorted(devices.SINKS.values(), key=lambda one: one.name)
    ]
    return (
        f"{MADE}\n# Registries\n\nExplicit dictionaries that each app fills when it is ready; nothing is found by magic.\n\n"
        "## Kinds of entries in the register\n\nEvery entry may also say who acted (`by`), under which right (`grant`) and with which"
        " key (`holder`).\n\n"
        + table(("kind", "what happened", "fields committed to"), entries)
        + "\n## Kinds of deadlines\n\nA promise to somebody is counted each month on the record; the others are the house's own clocks.\n\n"
        + table(
            ("kind", "what is promised", "to somebody", "when its time passes"),
            [
                (f"`{code}`", one.description, "yes" if one.promised else "", where(one.handler))
                for code, one in sorted(DEADLINE_KINDS.items())
            ],
        )
        + "\n## Kinds of alerts\n\nWhom each tells, one step after the other, until the authority says otherwise.\n\n"
        + table(
            ("kind", "what must be known", "urgency", "steps"),
            [
                (
                    f"`{code}`",
                    one.description,
                    str(Urgency(one.urgency)),
                    ", then ".join(f"{step.target}" for step in one.steps),
                )
                for code, one in sorted(ALERT_KINDS.items())
            ],
        )
        + "\n## What open screens follow\n\n"
        + table(
            ("topic", "read by"),
            [
                (
                    f"`{code}`",
                    f"the map's layer `{code.removeprefix('map-')}`"
                    if code in {one.topic for one in LAYERS.values()}
                    else where(one.read),
                )
                for code, one in sorted(TOPICS.items())
            ],
        )
        + "\n## What is kept, and how long\n\nAn authority sets its own duration within the bounds; `beffroi retention list` shows it.\n\n"
        + table(("rule", "what", "usually", "at least", "at most", "then", "why"), kept_rows())
        + "\n## Kinds of devices\n\n"
        + table(
            ("kind", "what it is"),
            [(f"`{one.code}`", one.description) for _, one in sorted(devices.DEVICE_KINDS.items())],
        )
        + "\n## Commands that a device takes\n\nNo command opens: only a capability does.\n\n"
        + table(("command", "what it asks", "arguments"), told)
        + "\n## Sinks of devices' events\n\nCalled once for each event, in a transaction of its own.\n\n"
        + table(("sink", "events", "handler"), sinks)
        + "\n## Who may ask a gate through the server\n\nWithout a line here nobody may.\n\n"
        + table(
            ("kind of device", "decided by"),
            [(f"`{kind}`", where(one)) for kind, one in sorted(devices.GATE_ACCESS.items())],
        )
        + "\n## What else the minter signs\n\n"
        + table(("minting", "function"), [(f"`{name}`", where(one)) for name, one in sorted(MINTINGS.items())])
    )


def openapi() -> str:
    """docs/api/openapi.json"""
    return (
        json.dumps(
            api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, ensure_ascii=False, sort_keys=True, default=str
        )
        + "\n"
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/operators/settings.md": settings_page,
    "docs/operators/commands.md": commands_page,
    "docs/developers/registries.md": registries_page,
    "docs/api/openapi.json": openapi,
}
