"""The watch's own post, for when nothing can be written down and so no alert can leave: a letter to each administrator, once, and once more
when it is over. Their addresses are known from before.
"""

import asyncio
import json
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from beffroi.adapters.mail.letter import Letter
from beffroi.kernel.alerts.couriers import letter_sender
from beffroi.kernel.upkeep.queries.standing import Address
from beffroi.lib.handover import Outcome
from beffroi.persistence.checkup import Finding, State, title_of

log = logging.getLogger(__name__)

FILE: Final = Path("run") / "administrators.json"
# What lasts less is a restart of the database.
PATIENCE: Final = timedelta(minutes=1)
# A mail server that is away too is asked again so often.
AGAIN: Final = timedelta(minutes=5)


class Post:
    """What is known of the administrators, and what they were told, while this process lives."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._known = _read(self._file)
        self._since: datetime | None = None
        self._tried: datetime | None = None
        self._told: set[Address] = set()

    def know(self, addresses: Sequence[Address]) -> None:
        """Whom to write to on a bad day; kept in a file, for a process that starts on one."""
        if tuple(addresses) == self._known:
            return
        self._known = tuple(addresses)
        with suppress(OSError):  # a full disk: this process knows them all the same
            _write(self._file, self._known)

    def could_write(self, now: datetime) -> None:
        """Something was written down: whoever was told of the contrary learns that it is over."""
        self._since = self._tried = None
        if self._told:
            told, self._told = sorted(self._told), set()
            self._send(told, (), now)

    def could_not(self, findings: Iterable[Finding], now: datetime) -> None:
        """Nothing could be written down: once that has lasted, each of them is written to."""
        self._since = self._since or now
        if now - self._since < PATIENCE or (self._tried is not None and now - self._tried < AGAIN):
            return
        left = [address for address in self._known if address not in self._told]
        if left:
            self._tried = now
            bad = tuple(finding for finding in findings if finding.state is State.BAD)
            self._told |= self._send(left, bad, now)

    def _send(self, addresses: Sequence[Address], bad: tuple[Finding, ...], now: datetime) -> set[Address]:
        sent = asyncio.run(_posted(addresses, bad, now))
        log.warning("nothing could be written down: %d of %d administrators were written to", len(sent), len(addresses))
        return sent


async def _posted(addresses: Sequence[Address], bad: tuple[Finding, ...], now: datetime) -> set[Address]:
    sender = letter_sender()
    if sender is None:
        return set()
    try:
        answers = await asyncio.gather(*(sender.send(_letter(address, bad, now)) for address in addresses))
    finally:
        await sender.close()
    settled = (Outcome.HANDED_OVER, Outcome.REFUSED)
    return {address for address, answer in zip(addresses, answers, strict=True) if answer.outcome in settled}


def _letter(address: Address, bad: tuple[Finding, ...], now: datetime) -> Letter:
    with translation.override(address.language):
        told = {
            "over": not bad,
            "lines": [{"title": title_of(each.code), "seen": each.seen, "todo": each.todo} for each in bad],
            "address": settings.BEFFROI_PUBLIC_URL,
        }
        return Letter(
            to=address.email,
            subject=_("Beffroi: the server needs somebody") if bad else _("Beffroi: the server is well again"),
            text=render_to_string("upkeep/mail.txt", told),
            html=render_to_string("upkeep/mail.html", told),
            language=address.language,
            identifier=str(uuid4()),
            date=now,
        )


def _read(file: Path) -> tuple[Address, ...]:
    try:
        return tuple(Address(str(email), str(language)) for email, language in json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()


def _write(file: Path, addresses: tuple[Address, ...]) -> None:
    """Replaces the file in one step; nobody else may read it, at any moment."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        json.dump([astuple(address) for address in addresses], written)
    partial.replace(file)
