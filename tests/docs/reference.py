"""The reference pages, made from the code: settings, commands, registries, the API. `make docs` writes them, test_docs compares them."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from beffroi.cli.main import COMMANDS, parser_for
from beffroi.cli.settings import markdown
from beffroi.config.api import api
from beffroi.kernel.register.registry import KINDS, Many
from beffroi.kernel.retention.queries.words import fate_words, source_words, spoken
from beffroi.persistence.keeping import KEPT
from beffroi.persistence.limits import all_limits
from tests.docs import registries
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
        f"{MADE}\n# Settings\n\nAn installation is set by lines `NAME=value` of `settings.env` in its home, which"
        " `beffroi init` begins, and by variables of its environment, which come first (an empty one too: as if the file said"
        " nothing). Both are read once at start. The file may hold secrets: `chmod 600`. Values with spaces or signs stand"
        " between single quotes. A file or a folder that is named without a slash before it is looked for in the home, where the"
        " backup finds it. What is not on this page is refused, with the number of its line, so that a typing error is"
        " never silently ignored; `beffroi settings` prints this list and `beffroi doctor --settings` those in force.\n\n"
        + markdown()
    )


def _arguments(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    rows = []
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)) or action.help == argparse.SUPPRESS:
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
    head = (
        f"{MADE}\n# Commands\n\n`beffroi COMMAND`, or `python -m beffroi COMMAND`.\n\n"
        "Exit codes: 0 well, 1 no, 2 badly asked; of `doctor` 0 well, 1 to be watched, 2 does not work; of `up` 78 when settings "
        "can't be used.\n\n"
    )
    parts = [head]
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
    return [
        (
            f"`{kept.code}`",
            str(kept.title),
            *(spoken(length, kept.bounds.unit) for length in (kept.bounds.usual, kept.bounds.least, kept.bounds.most)),
            fate_words(kept.fate),
            source_words(kept.source),
        )
        for _, kept in sorted(KEPT.items())
    ]


def registries_page() -> str:
    """docs/developers/registries.md"""
    text = f"{MADE}\n# Registries\n\nExplicit dictionaries that each app fills when it is ready; nothing is found by magic.\n"
    for title, note, head, rows in registries.parts(kinds(), kept_rows()):
        text += f"\n## {title}\n\n" + (f"{note}\n\n" if note else "") + table(head, rows)
    return text


def limits_page() -> str:
    """docs/operators/limits.md"""
    rows = [(f"**{one.title}.** {one.happens}", str(one.less), str(one.seen)) for one in all_limits()]
    return (
        f"{MADE}\n# What this product can't protect against\n\nEven when everything works: to be read before deciding, and when"
        " the impact assessment is signed. The product has the same list in the reader's language, on one sheet:"
        " **Limits of protection** in the menu of administrators and elected officials (`/limits/`), as a page, on paper, or as a PDF."
        " What is meant to hold, and how it is tried, is in the formats (`docs/spec/`).\n\n"
        + table(("what can happen", "what limits it", "where it shows"), rows)
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
    "docs/operators/limits.md": limits_page,
    "docs/developers/registries.md": registries_page,
    "docs/api/openapi.json": openapi,
}
