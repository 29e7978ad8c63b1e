"""Names of audiences, rosters and alerts, for the pages of the register."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language

from beffroi.kernel.alerts.models import Audience, Roster
from beffroi.kernel.alerts.queries.alerts import visible_alerts
from beffroi.kernel.alerts.queries.audiences import READERS
from beffroi.kernel.alerts.queries.words import alert_path, words_of
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Viewer


def name_audiences(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Of the viewer's authorities, given up or not."""
    rows = Audience.objects.filter(pk__in=wanted, authority_id__in=viewer.authorities(*READERS))
    return {pk: Named(name, reverse("audience", args=[pk])) for pk, name in rows.values_list("pk", "name")}


def name_rosters(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Of the viewer's authorities; one that was given up has no page."""
    rows = Roster.objects.filter(pk__in=wanted, authority_id__in=viewer.authorities(*READERS))
    return {
        row.pk: Named(row.name, "" if row.retired_at else reverse("roster", args=[row.pk]))
        for row in rows.order_by("pk")
    }


def name_alerts(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer may see."""
    language = get_language() or "fr"
    return {
        row.pk: Named(words_of(row, language).title, alert_path(row.pk))
        for row in visible_alerts(viewer).filter(pk__in=wanted)
    }


def name_notices(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Each by an alert of it that the viewer may see."""
    language = get_language() or "fr"
    rows = visible_alerts(viewer).filter(notice__in=wanted)
    return {row.notice_id: Named(words_of(row, language).title, alert_path(row.pk)) for row in rows}
