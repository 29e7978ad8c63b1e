"""What deadlines keep: promises that have ended, for a time. Their monthly counts are in the register."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.persistence.keeping import GDPR, Bounds, Kept, Unit, register_kept

ENDED = (DeadlineState.MET, DeadlineState.CANCELLED, DeadlineState.DONE)


def ended(authority: UUID | None) -> QuerySet[Model]:
    """Promises that are over, and what followed done."""
    return Deadline.objects.filter(authority=authority, state__in=ENDED).annotate(kept_from=F("due_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="deadlines.ended",
            title=_("Promises with a time that have ended"),
            since=_("the time they were due"),
            bounds=Bounds(usual=12, least=2, most=36, unit=Unit.MONTHS),
            source=GDPR,
            models=("deadlines.Deadline",),
            things=ended,
        )
    )
