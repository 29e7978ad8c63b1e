"""Sheets that are void go after a year, with their codes."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.safe.actions import destroy_sheets
from beffroi.kernel.safe.models import Sheet
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_kept, register_reference
from beffroi.persistence.portability import register_called, register_withheld


def void(authority: UUID | None) -> QuerySet[Model]:
    """Sheets whose place another took, by when."""
    rows: QuerySet[Model] = Sheet.objects.filter(authority=authority, voided_at__isnull=False).annotate(
        kept_from=F("voided_at")
    )
    return rows


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="safe.sheets",
            title=_("Sheets of the safe that are void"),
            since=_("the day another took their place"),
            bounds=TRACES,
            source=JOURNALS,
            models=("safe.Sheet", "safe.SealedCode"),
            things=void,
            erase=destroy_sheets,
        )
    )
    register_reference("safe.sheets", lambda: Sheet.objects.order_by().values_list("person", flat=True))
    register_withheld("safe.SealedCode", ("locator", "secret"), _("It opens something, or proves to be somebody."))
    register_called("safe.Sheet", pgettext_lazy("a table", "sheet of the safe"))
    register_called("safe.SealedCode", pgettext_lazy("a table", "code of the safe"))
