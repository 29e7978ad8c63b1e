"""The check of devices' clocks, as far as their own signed events show them.

A clock that is behind is mended by itself: each stamp pushes it forward. One that is ahead can't be pushed back (docs/spec/gate.md):
rights end too early there until time has caught up. One that knows no time admits only what a right's policy allows, until a stamp
reaches it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, register_check, said

CLOCKS: Final = "device-clocks"
# An event can't be of later than the moment it was stored; our own clock may be this much slow.
AHEAD: Final = timedelta(minutes=2)
# A device that is connected asks for the time every ten seconds.
UNKNOWN: Final = timedelta(minutes=15)
NAMED: Final = 3
MORE: Final = "trouble.md#clocks-of-devices"
AHEAD_CODE, UNKNOWN_CODE = f"{CLOCKS}.ahead", f"{CLOCKS}.unknown"

# The last event of each device that serves and was heard lately: what its clock said then, and when we had it.
_LAST = """
SELECT d.authority_id, d.name, e.at IS NULL
FROM devices_device AS d
JOIN devices_head AS h ON h.device_id = d.id
JOIN devices_deviceevent AS e ON e.authority_id = d.authority_id AND e.device_id = d.id AND e.sequence = h.sequence
WHERE d.state = 'commissioned'
  AND (e.at > e.stored_at + make_interval(secs => %(ahead)s) AND e.at > %(now)s OR e.at IS NULL AND e.stored_at < %(unknown_since)s)
ORDER BY d.name, d.id
"""


def look(now: datetime) -> Iterator[Finding]:
    """For each authority, the devices whose clock is ahead, and those that know no time. Nothing where no device serves."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT authority_id FROM devices_device WHERE state = 'commissioned' ORDER BY 1")
        authorities: list[UUID] = [authority for (authority,) in cursor.fetchall()]
        cursor.execute(_LAST, {"now": now, "ahead": AHEAD.total_seconds(), "unknown_since": now - UNKNOWN})
        found: defaultdict[tuple[UUID, bool], list[str]] = defaultdict(list)
        for authority, name, unknown in cursor.fetchall():
            found[authority, unknown].append(name)
    for authority in authorities:
        ahead, unknown = found.get((authority, False)), found.get((authority, True))
        if ahead:
            yield _finding(authority, AHEAD_CODE, ahead)
        if unknown:
            yield _finding(authority, UNKNOWN_CODE, unknown)
        if not ahead and not unknown:
            yield Finding(CLOCKS, State.WELL, _("No device’s clock is ahead of ours."), authority=authority)


def _finding(authority: UUID, code: str, names: list[str]) -> Finding:
    seen, todo = (
        (
            _("Devices whose clock is ahead of ours, %(count)s: %(names)s."),
            _(
                "Look at this server’s clock first (`timedatectl`). A device’s clock is never set back: until time has caught up with it "
                "rights end too early there; where that is too long, have it put in service anew."
            ),
        )
        if code == AHEAD_CODE
        else (
            _("Devices that don’t know the time, %(count)s: %(names)s."),
            _(
                "They ask for it by themselves once they reach the broker: look at their power and their network. Meanwhile they admit "
                "only what a right allows without a clock."
            ),
        )
    )
    named = ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
    return Finding(code, State.WARNING, said(seen, count=len(names), names=named), todo, MORE, authority=authority)


def register() -> None:
    """Called once, when the application is ready."""
    register_check(Check(CLOCKS, _("Clocks of devices"), look, order=45, good_for=60.0, needs_database=True))
