"""All papers of an authority at once: what a mayor signs, files, hands out and is asked for, in the language in force."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from beffroi.kernel.retention.queries import table
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.kernel.townhall.queries import limits, processing
from beffroi.kernel.townhall.queries.publication import published
from beffroi.persistence.systems import systems


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as a page that needs nothing else; as rows too, headings first, where it is a table. `to_complete`: something on it is
    to be written by hand.
    """

    name: str
    title: str
    html: str
    rows: list[list[str]] | None = None
    to_complete: bool = False


def papers_of(authority: UUID, now: datetime) -> Iterator[Paper]:
    """The processing register, each information notice, each draft of an impact assessment (of systems not switched on too: it comes
    first), the retention table, what can't be prevented. Callers scope the authority.
    """
    desk = every_authority().get(pk=authority)
    told = {"desk": desk, "published": published(desk), "today": localdate(now)}
    sheets = processing.sheets(authority)
    yield _paper(
        _("Register of processings"),
        "townhall/processing_body.html",
        told | {"sheets": sheets},
        processing.rows_of(authority),
    )
    for sheet in sheets:
        title = _("Information notice: %(processing)s") % {"processing": sheet.processing.title}
        yield _paper(title, "townhall/information_body.html", told | {"sheet": sheet})
    for system in systems():
        title = _("Draft of the impact assessment: %(system)s") % {"system": system.label}
        sheet = processing.sheet_of(authority, system.processing)
        draft = _paper(title, "townhall/aipd_body.html", told | {"system": system, "sheet": sheet})
        yield replace(draft, to_complete=True)
    kept = {"parts": table.parts_of(authority), "lasting": table.lasting()}
    yield _paper(_("Retention table"), "retention/table_body.html", told | kept, table.rows_of(authority))
    title = _("What this platform can’t prevent")
    yield _paper(title, "townhall/limits_body.html", told | {"lines": limits.everything(), "dense": True})


def authority_of(authority: UUID) -> Authority:
    """Whose papers they are."""
    return every_authority().get(pk=authority)


def _paper(title: str, body: str, told: dict[str, object], rows: list[list[str]] | None = None) -> Paper:
    html = render_to_string("townhall/paper.html", told | {"title": title, "body": body})
    return Paper(slugify(title.replace("’", " ")), title, html, rows)
