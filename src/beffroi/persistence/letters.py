"""Letters of apps that stand below alerts: each app keeps its own outbox, the alerter's process carries what it claims."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from beffroi.lib.handover import Handover

# The channel that the alerter listens on.
LETTERS_WAIT: Final = "beffroi_alerter"


@dataclass(frozen=True, slots=True)
class Ring:
    """What the phones of a person show of a letter, which then leaves only where none could be told, or `besides`. What is `about` the same
    takes the place of what came before; `path` is the page that it opens.
    """

    person: UUID
    title: str
    body: str
    path: str
    about: UUID
    besides: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """A claimed letter, put into words. `identifier` is the same at each attempt, so that a mailbox keeps one; `address` is where its
    writer's pages are. `to` is empty where it has a `ring` and its person wants no e-mail.
    """

    key: UUID
    attempt: int
    to: str
    subject: str
    text: str
    html: str
    language: str
    identifier: str
    address: str
    ring: Ring | None = None


@dataclass(frozen=True, slots=True)
class LetterBox:
    """An app's letters: `claim(now, most)` takes those due for as long as an attempt lasts, `note` keeps what became of one."""

    code: str
    claim: Callable[[datetime, int], list[Sealed]]
    note: Callable[[Sealed, Handover, datetime], None]


LETTER_BOXES: dict[str, LetterBox] = {}


def register_letter_box(box: LetterBox) -> None:
    """Make it known; a code is one box."""
    if LETTER_BOXES.setdefault(box.code, box) != box:
        raise ValueError(f"two boxes of letters are called {box.code}")
