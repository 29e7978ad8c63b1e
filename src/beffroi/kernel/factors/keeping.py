"""Demands that ended go in time: the register keeps that they were made."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.factors.models import Demand
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_kept
from beffroi.persistence.portability import register_called, register_naming


def ended(authority: UUID | None) -> QuerySet[Model]:
    """Demands that another took the place of, or that were taken back."""
    return Demand.objects.filter(authority=authority, ended_at__isnull=False).annotate(kept_from=F("ended_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="factors.demands",
            title=_("Demands of a second factor that ended"),
            since=_("the day they ended"),
            bounds=TRACES,
            source=JOURNALS,
            models=("factors.Demand",),
            things=ended,
        )
    )
    register_naming("factors.Demand", "set_by")
    register_called("factors.Demand", pgettext_lazy("a table", "demand of a second factor"))
