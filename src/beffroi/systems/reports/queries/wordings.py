"""Answers written beforehand: which are offered where, and what each says of one report."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models import Report, Wording
from beffroi.systems.reports.rules import Telling

# What is between braces is filled in, for each report, when the answer is used.
BLANKS: Final = ("reference", "category", "place", "planned_for")
_BLANK: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered in one form: the answers, what their blanks are filled with, and the address that fills the words in."""

    rows: Sequence[Wording] = ()
    blanks: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def unknown_blanks(text: str) -> list[str]:
    """What is between braces and would never be filled in."""
    return [found for found in _BLANK.findall(text) if found not in BLANKS]


def blanks_left(text: str) -> list[str]:
    """What still waits to be filled in."""
    return [found for found in _BLANK.findall(text) if found in BLANKS]


def filled(text: str, blanks: Mapping[str, str]) -> str:
    """The text with what is known in the place of its blanks."""
    return _BLANK.sub(lambda found: blanks.get(found[1]) or found[0], text)


def blanks_of(report: Report, planned_for: date | None = None) -> dict[str, str]:
    """What is known of a report; the day only once it is planned."""
    day = planned_for or report.planned_for
    return {
        "reference": report.reference,
        "category": report.category.label,
        "place": report.address or f"{report.latitude:.5f}, {report.longitude:.5f}",
        "planned_for": date_format(day, "DATE_FORMAT") if day else "",
    }


def wordings_of(authority: UUID) -> QuerySet[Wording]:
    """All of an authority's, those that are given up last."""
    rows = Wording.objects.filter(authority_id=authority).select_related("category")
    return rows.order_by(F("retired_at").asc(nulls_first=True), "order", "label", "id")


def usable(authority: UUID, category: UUID | None) -> list[Wording]:
    """Those offered for a kind of fault; None: those for any kind, for several reports at once."""
    fits = Q(category__isnull=True) if category is None else Q(category__isnull=True) | Q(category_id=category)
    return list(wordings_of(authority).filter(fits, retired_at__isnull=True))


def suited(rows: Collection[Wording], *acts: Telling) -> list[Wording]:
    """Those of them that are for one of these acts."""
    wanted = {act.value for act in acts}
    return [row for row in rows if wanted.intersection(row.acts)]


@dataclass(frozen=True, slots=True)
class Beginning:
    """An answer that a town begins with, in every language."""

    label: Promise
    text: Promise
    acts: tuple[Telling, ...]


BEGINNINGS: Final = (
    Beginning(
        _("Well received"),
        _(
            "Thank you. Report {reference} ({category}, {place}) has reached the team that sees to it: it comes and looks."
        ),
        (Telling.ACKNOWLEDGED,),
    ),
    Beginning(
        _("Made safe"),
        _("The place has been made safe. What is broken is mended next."),
        (Telling.ACKNOWLEDGED, Telling.MENDING),
    ),
    Beginning(
        _("Planned"), _("We come on {planned_for} ({place}). You are told as soon as it is done."), (Telling.PLANNED,)
    ),
    Beginning(
        _("Waiting for a part"),
        _("We came. A part must be ordered: we come back on {planned_for}."),
        (Telling.PLANNED, Telling.MENDING),
    ),
    Beginning(_("Mended"), _("It is mended ({place}). Thank you for telling us."), (Telling.DONE,)),
    Beginning(_("Cleaned up"), _("The place has been cleaned ({place}). Thank you for telling us."), (Telling.DONE,)),
    Beginning(
        _("Nothing found"),
        _("We went to {place} and found nothing. If it is still there, open report {reference} again with a photo."),
        (Telling.DECLINED,),
    ),
    Beginning(
        _("Private ground"),
        _("The place lies on private ground, where the town may not mend: its owner must see to it."),
        (Telling.DECLINED,),
    ),
    Beginning(
        _("Where exactly?"),
        _("We can’t find the place. Could you say more precisely where it is, or send another photo?"),
        (Telling.SAID,),
    ),
)


def beginnings(authority: UUID) -> list[Wording]:
    """Those that a town begins with and hasn't, in the language in force: not written down yet."""
    there = {label.casefold() for label in wordings_of(authority).values_list("label", flat=True)}
    return [
        Wording(
            authority_id=authority,
            label=str(one.label),
            text=str(one.text),
            acts=[act.value for act in one.acts],
            order=10 * (position + 1),
        )
        for position, one in enumerate(BEGINNINGS)
        if str(one.label).casefold() not in there
    ]


def unknown_words(names: Sequence[str]) -> str:
    """Why a text is refused: what it has between braces."""
    said = _now("Nothing is known by this name: %(names)s. Between braces stand: %(known)s.")
    known = ", ".join(f"{{{name}}}" for name in BLANKS)
    return said % {"names": ", ".join(f"{{{name}}}" for name in names), "known": known}
