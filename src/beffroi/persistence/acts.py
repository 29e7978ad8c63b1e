"""An act is the row, its register entry, its deadline and its outbox rows, in one transaction.

`system_action` owns the transaction: nested in another it is refused, so that what it returned is what was kept.
`kernel_action` joins the caller's, or makes one when it is the front door itself; an exception that leaves it dooms the whole act,
which is why expected conflicts and refusals come back as values.
Both open the write guard (see `guard`): a write to our tables anywhere else is refused at run time.

Acts done for somebody else (`acting_for`) all leave an entry: the register marks each with who acted, for whom and under which mandate,
and what writes without one (a preference, a contact) is noted in the same transaction.
"""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from beffroi.persistence.guard import writing, writing_watched

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Stead:
    """`agent` acts for `person` under `mandate`. `note` puts on record, by its name, an act that wrote and left no entry."""

    agent: UUID
    person: UUID
    mandate: UUID
    note: Callable[[str], None]
    recorded: bool = field(default=False, init=False)
    inside: bool = field(default=False, init=False)


_stead: contextvars.ContextVar[Stead | None] = contextvars.ContextVar("beffroi_stead", default=None)


@contextlib.contextmanager
def acting_for(stead: Stead) -> Iterator[None]:
    """Everything done inside is done in somebody's stead."""
    token = _stead.set(stead)
    try:
        yield
    finally:
        _stead.reset(token)


def current_stead() -> Stead | None:
    """Who acts for whom just now; None when everybody acts for themselves."""
    return _stead.get()


def _act(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=durable, savepoint=False), writing():
            stead = _stead.get()
            if stead is None or stead.inside:
                return function(*args, **kwargs)
            with _watched(stead, function.__name__):
                return function(*args, **kwargs)

    return run


@contextlib.contextmanager
def _watched(stead: Stead, name: str) -> Iterator[None]:
    """The outermost act in somebody's stead: when it wrote and left no entry, it is noted before its transaction ends."""
    stead.inside, stead.recorded = True, False
    try:
        with writing_watched() as written:
            yield
        if written and not stead.recorded:
            stead.note(name)
    finally:
        stead.inside = False


def system_action(function: Callable[P, R]) -> Callable[P, R]:
    """A use case of a system: one durable transaction of its own."""
    return _act(function, durable=True)


def kernel_action(function: Callable[P, R]) -> Callable[P, R]:
    """A use case of the kernel: part of its caller's transaction."""
    return _act(function, durable=False)
