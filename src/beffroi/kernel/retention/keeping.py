"""What retention itself keeps, and the tables of Django and of others that hold nobody."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.retention.models import Check, Hold
from beffroi.persistence.keeping import GDPR, JOURNALS, TRACES, Bounds, Kept, Unit, register_kept, register_lasting


def checks(authority: UUID | None) -> QuerySet[Model]:
    """Looks of the reconciler."""
    return Check.objects.filter(authority=authority).annotate(kept_from=F("at"))


def holds(authority: UUID | None) -> QuerySet[Model]:
    """Holds that were released; those of the installation with them."""
    return Hold.objects.filter(authority=authority, released_at__isnull=False).annotate(kept_from=F("released_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="retention.checks",
            title=_("What the weekly comparison of disk, tables and register found"),
            since=_("the comparison"),
            bounds=Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS),
            source=GDPR,
            models=("retention.Check",),
            things=checks,
        )
    )
    register_kept(
        Kept(
            code="retention.holds",
            title=_("What was kept past its time for a judge or for somebody’s right"),
            since=_("its release"),
            bounds=TRACES,
            source=JOURNALS,
            models=("retention.Hold",),
            things=holds,
        )
    )
    register_lasting(
        ("retention.Slip", "retention.SlipLine", "retention.SlipItem", "retention.Destruction"),
        _("The only trace of what was destroyed, and of the archives’ agreement: kept for good. No person is named."),
    )
    register_lasting(("retention.DurationSet",), _("A setting of the authority."))
    register_lasting(
        ("contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"),
        _("Tables of the framework that hold nobody."),
    )
