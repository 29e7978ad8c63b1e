"""What happens by itself at a cabinet, in words: the effective rule, from the policy in force."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.alerts.queries.outlook import first_step
from beffroi.kernel.grants import queries as grants
from beffroi.lib.viewer import Viewer
from beffroi.persistence.layers import Rule
from beffroi.systems.cabinets.models import Cabinet, Occurrence
from beffroi.systems.cabinets.queries.cabinets import visible_cabinets
from beffroi.systems.cabinets.rules import LEFT_OPEN, Alarm, Happening

A_MINUTE: Final = 60


def rule_of(viewer: Viewer, cabinet: UUID) -> Rule | None:
    """Who is told, and when, of a door that stands open; None for a cabinet that tells nothing (or that the viewer doesn't see)."""
    row = visible_cabinets(viewer).filter(pk=cabinet).first()
    if row is None or row.covered_by is None:
        return None
    told = _told(row, row.covered_by, viewer)
    opened = Occurrence.objects.filter(cabinet=row, kind=Happening.OPEN, ended_at__isnull=True).first()
    if opened is not None and opened.due_at is not None and opened.due_at > viewer.as_of:
        return Rule(_("If it isn’t shut: %(told)s.") % {"told": told}, opened.due_at)
    if opened is not None:
        return None
    seconds = int((LEFT_OPEN / settings.BEFFROI_PACE).total_seconds())
    if seconds < A_MINUTE:
        after = ngettext(
            "Left open: after %(n)s second, %(told)s.", "Left open: after %(n)s seconds, %(told)s.", seconds
        )
        return Rule(after % {"n": seconds, "told": told})
    minutes = seconds // A_MINUTE
    after = ngettext("Left open: after %(n)s minute, %(told)s.", "Left open: after %(n)s minutes, %(told)s.", minutes)
    return Rule(after % {"n": minutes, "told": told})


def _told(row: Cabinet, lock: UUID, viewer: Viewer) -> str:
    """Of the convention that covers the lock: a right of another one may decide otherwise once somebody has opened."""
    convention = grants.convention_behind(authority=row.authority_id, grant=None, resource=lock, as_of=viewer.as_of)
    whom, people = first_step(
        authority=row.authority_id, kind=Alarm.OPEN.value, convention=convention, now=viewer.as_of
    )
    if people == 0:
        return whom
    return ngettext("%(people)s person told (%(whom)s)", "%(people)s people told (%(whom)s)", people) % {
        "people": number_format(people, force_grouping=True),
        "whom": whom,
    }
