"""What screens keep: those that were removed, as traces of who could see."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.screens.models import Screen
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_kept


def removed(authority: UUID | None) -> QuerySet[Model]:
    """Screens that were removed, by when; those in use and those that wait have no date."""
    rows: QuerySet[Model] = Screen.objects.filter(authority=authority, revoked_at__isnull=False).annotate(
        kept_from=F("revoked_at")
    )
    return rows


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="screens.removed",
            title=_("Wall screens that were removed"),
            since=_("the day they were removed"),
            bounds=TRACES,
            source=JOURNALS,
            models=("screens.Screen",),
            things=removed,
        )
    )
