"""A file goes with its commit; what is left of it, and what nobody committed, a day after."""

from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.imports.models import Import
from beffroi.persistence.keeping import GDPR, Bounds, Kept, Unit, register_kept, register_lasting


def files(authority: UUID | None) -> QuerySet[Model]:
    """Files that wait, from when they were sent; what can be undone, from when it was written."""
    return Import.objects.filter(authority=authority).annotate(kept_from=Coalesce("done_at", "sent_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="imports.files",
            title=_("Lists that wait to be imported, and what can still be undone of those that were"),
            since=_("the sending of the file, then its import"),
            bounds=Bounds(usual=1, least=1, most=7, unit=Unit.DAYS),
            source=GDPR,
            models=("imports.Import",),
            things=files,
        )
    )
    register_lasting(("imports.Heading",), _("A setting of the authority."))
