"""What conventions on reports say: which kinds of faults they cover, in words, and what was handled under one."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.queries import covered_resources, visible_conventions
from beffroi.kernel.grants.registry import ConventionSystem, Template, register_convention_system
from beffroi.kernel.grants.rules import UseMade, Uses
from beffroi.lib.viewer import Viewer
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.queries.reports import covered_things, visible
from beffroi.systems.reports.rules import SYSTEM, Stage


def uses_under(viewer: Viewer, convention: UUID, most: int) -> Uses:
    """Reports of its kinds that its partner closed while it ran, of those that the viewer sees: done, and declined."""
    signed = visible_conventions(viewer).filter(pk=convention).first()
    if signed is None:
        return Uses(0, 0, ())
    until = signed.ended_at or signed.valid_until
    rows = visible(viewer).filter(
        authority_id=signed.authority_id,
        organisation_id=signed.partner_id,
        category_id__in=covered_resources([convention]),
        stage__in=(Stage.DONE.value, Stage.DECLINED.value),
        closed_at__gte=signed.valid_from,
        closed_at__lt=until,
    )
    done = Q(stage=Stage.DONE.value)
    counted = rows.order_by().aggregate(done=Count("pk", filter=done), every=Count("pk"))
    latest = tuple(_said(row) for row in rows.order_by("-closed_at", "-id")[:most])
    return Uses(admitted=counted["done"], refused=counted["every"] - counted["done"], latest=latest)


def _said(row: Report) -> UseMade:
    return UseMade(
        at=row.closed_at or row.since,
        called=f"{row.reference} {row.category.label}",
        organisation=row.organisation.name,
        words=str(row.get_stage_display()),
        admitted=row.stage == Stage.DONE,
        address=reverse("report", args=[row.pk]),
    )


def right_to_handle(count: int) -> str:
    """What a convention's plain words say of a right."""
    words = ngettext(
        "to handle reports of this one kind of fault", "to handle reports of these %(count)s kinds of faults", count
    )
    return words % {"count": localize(count)}


def so_many(count: int) -> str:
    """How much a convention covers."""
    return ngettext("%(count)s kind of fault", "%(count)s kinds of faults", count) % {"count": localize(count)}


def network_mends() -> Mapping[str, object]:
    """What a town and the operator of a network usually sign; the version of the text is left to whoever has read it."""
    law = {
        "legal_text": "Code des postes et des communications électroniques",
        "legal_article": "L34-8-3",
        "legal_version_on": "",
        "least": "15",
    }
    return {
        "title": gettext("Faults of the network, reported and mended"),
        "purposes": [
            {"label": gettext("Making safe"), **law, "most": "1440"},
            {"label": gettext("Mending"), **law, "most": "1440"},
        ],
    }


def register() -> None:
    """Called once, when the application is ready."""
    mends = Template("network", _("Network operator mends: reports of its network go to its desk"), network_mends)
    register_convention_system(
        ConventionSystem(
            SYSTEM,
            _("Fault reports"),
            covered_things,
            _("Group"),
            right_to_handle,
            so_many,
            uses_under,
            templates=(mends,),
        )
    )
