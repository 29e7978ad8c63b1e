"""Statements that take long are said in the log, by their shape: the text that is sent, with places for values, never the values."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any, Final

from psycopg.sql import Composable

log = logging.getLogger("beffroi.slow")

LONG: Final = 0.5
SHOWN: Final = 600
_SPACE: Final = re.compile(r"\s+")
# Nothing of ours writes a value into a statement; what does all the same stays out of the log.
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")


# The types are those of Django's own wrapper protocol, as in `guard`.
def timed(
    execute: Callable[[str, Any, bool, dict[str, Any]], Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """The wrapper that each new connection carries. A statement that fails after a while is said too."""
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        took = time.perf_counter() - began
        if took > LONG:
            statement: object = sql
            text = statement.as_string(context["connection"].connection) if isinstance(statement, Composable) else sql
            shape, milliseconds = shape_of(text), round(took * 1000)
            log.warning("%d ms: %s", milliseconds, shape, extra={"ms": milliseconds, "shape": shape})


def shape_of(statement: str) -> str:
    """One line, cut."""
    return _SPACE.sub(" ", _LITERAL.sub("'…'", statement)).strip()[:SHOWN]
