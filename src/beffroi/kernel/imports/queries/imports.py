"""Which lists the viewer may import, and the viewer's own files."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.adapters.spreadsheet.errors import SheetEmpty, SheetError, SheetTooLarge
from beffroi.kernel.imports.errors import ImportMovedOn, NothingToImport
from beffroi.kernel.imports.models import AT_WORK, Heading, Import, ImportState
from beffroi.kernel.imports.rules import WAITS, Fault, guessed
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.authorities import authorities_among
from beffroi.lib.viewer import Viewer
from beffroi.persistence.imports import IMPORTERS, Importer


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of list that the viewer may import for an authority."""

    importer: Importer
    authority: Authority


def may_import(viewer: Viewer) -> bool:
    """Whether there is any list that the viewer may import."""
    return any(importer.authorities(viewer) for importer in IMPORTERS.values())


def offers(viewer: Viewer) -> list[Offer]:
    """Authority by authority, in the order in which kinds of lists are registered."""
    filled = {importer.code: importer.authorities(viewer) for importer in IMPORTERS.values()}
    towns = authorities_among(frozenset().union(*filled.values()))
    return [
        Offer(importer, authority)
        for authority in towns
        for importer in IMPORTERS.values()
        if authority.pk in filled[importer.code]
    ]


def offer(viewer: Viewer, *, slug: str, code: str) -> Offer | None:
    """One of them."""
    return next((each for each in offers(viewer) if (each.authority.slug, each.importer.code) == (slug, code)), None)


def own_imports(viewer: Viewer) -> QuerySet[Import]:
    """The viewer's own files of the last day, where they may still write such things; nobody else sees them."""
    if viewer.person is None:
        return Import.objects.none()
    since = viewer.as_of - WAITS
    recent = Q(sent_at__gt=since) | Q(
        done_at__gt=since
    )  # a file waits for a day, and what it gave is undone within another
    rows = Import.objects.filter(recent, person=viewer.person).select_related("authority")
    allowed = rows.none()
    for code, importer in IMPORTERS.items():
        allowed = allowed | rows.filter(importer=code, authority__in=importer.authorities(viewer))
    # What a file holds is read when it is looked at: a page that only says where it stands leaves it where it is.
    return allowed.order_by("-sent_at", "id").defer("sheet", "file", "before")


def waiting_for_work() -> list[UUID]:
    """Files that a worker reads or writes, the one that was sent first foremost."""
    return list(Import.objects.filter(state__in=AT_WORK).order_by("sent_at", "id").values_list("pk", flat=True))


def at_work(identifier: UUID) -> Import | None:
    """One of them, while it still is."""
    return Import.objects.filter(pk=identifier, state__in=AT_WORK).first()


def fault_of(error: SheetError) -> Fault:
    """Why a file can't be read."""
    if isinstance(error, SheetTooLarge):
        return Fault.TOO_LONG
    return Fault.EMPTY if isinstance(error, SheetEmpty) else Fault.NO_LIST


def said_of(fault: str, importer: Importer, written: int = 0) -> str:
    """Why a file was not read or not written, and what to do. `written`: rows that were there when it stopped on its way."""
    if fault and written:
        return _(
            "It stopped on its way: what was written stays. Write the rest, or forget this file and undo what was."
        )
    rows = importer.most_rows
    long = ngettext(
        "This file has over %(rows)s row: import it in several parts.",
        "This file has over %(rows)s rows: import it in several parts.",
        rows,
    )
    words = {
        Fault.TOO_LONG: long % {"rows": localize(rows)},
        Fault.EMPTY: _("There is nothing under the headings of this file."),
        Fault.NO_LIST: _(
            "This file can’t be read as a list. Save it as CSV or .xlsx from your spreadsheet, and send it again."
        ),
        Fault.NOT_YOURS: _("You may no longer import this list: nothing was written."),
        NothingToImport.code: NothingToImport.message,
        ImportMovedOn.code: ImportMovedOn.message,
    }
    ours = _(
        "Something failed on our side, and nothing was written. Try again; if it fails again, tell whoever keeps the installation."
    )
    return str(words.get(fault, ours)) if fault else ""


def undoable(viewer: Viewer, row: Import) -> bool:
    """Whether what it wrote can still be taken back."""
    return row.state == ImportState.DONE and row.done_at is not None and row.done_at > viewer.as_of - WAITS


def guesses(importer: Importer, *, authority: UUID, headings: list[str]) -> dict[str, int]:
    """Which column of the file says what, by what was chosen before and by the headings."""
    remembered = Heading.objects.filter(authority=authority, importer=importer.code).values_list("heading", "column")
    return guessed({column.code: column.known_as for column in importer.columns}, headings, dict(remembered))
