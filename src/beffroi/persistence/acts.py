"""An act is the row, its register entry, its deadline and its outbox rows, in one transaction.

`system_action` owns the transaction: nested in another it is refused, so that what it returned is what was kept.
`kernel_action` joins the caller's, or makes one when it is the front door itself; an exception that leaves it dooms the whole act,
which is why expected conflicts and refusals come back as values.
Both open the write guard (see `guard`): a write to our tables anywhere else is refused at run time.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import transaction

from beffroi.persistence.guard import writing

P = ParamSpec("P")
R = TypeVar("R")


def _act(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=durable, savepoint=False), writing():
            return function(*args, **kwargs)

    return run


def system_action(function: Callable[P, R]) -> Callable[P, R]:
    """A use case of a system: one durable transaction of its own."""
    return _act(function, durable=True)


def kernel_action(function: Callable[P, R]) -> Callable[P, R]:
    """A use case of the kernel: part of its caller's transaction."""
    return _act(function, durable=False)
