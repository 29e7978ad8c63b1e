"""The register of viewings is itself read: whoever takes it away, on paper or in a file, leaves an entry."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.video.queries.viewings import Sought


@system_action
def note_taken(
    *, kind: str, sought: Sought, authorities: Collection[UUID], count: int, by: UUID, now: datetime
) -> None:
    """Who took how many lines, and which ones were sought, in the log of each authority whose looks they are."""
    since, until = sought.window()
    said: dict[str, UUID | str | datetime | None] = {
        "camera": sought.camera,
        "person": sought.person,
        "purpose": sought.purpose,
        "starts": since,
        "ends": until,
    }
    fields = {"count": count, **{name: value for name, value in said.items() if value}}
    for authority in sorted(authorities):
        record(kind=kind, authority=authority, by=by, fields=fields, now=now)
