"""What this app keeps."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.townhall.actions.beginnings import forget_tickers
from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_companion, register_kept, register_lasting


def exports(authority: UUID | None) -> QuerySet[Model]:
    """Exports whose file is gone."""
    return Export.objects.filter(authority=authority, state=ExportState.ERASED).annotate(kept_from=F("ends_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="townhall.exports",
            title=_("Exports of the authority’s data: who asked for them, and when"),
            since=_("the end of their file"),
            bounds=TRACES,
            source=JOURNALS,
            models=("townhall.Export",),
            things=exports,
        )
    )
    register_companion("territory.people", "townhall.ticks", forget_tickers)
    register_lasting(
        ("townhall.Thing", "townhall.Tick"),
        _("The authority’s inventory and the steps of its setting up: nobody’s data, changed by hand."),
    )
