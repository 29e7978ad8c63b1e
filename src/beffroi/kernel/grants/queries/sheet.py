"""What a convention's sheet says besides its sentences: its essentials, and thing by thing what it covers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants.models import Convention, ConventionDraft
from beffroi.kernel.grants.queries.conventions import A_SECOND, places_said, system_of, things_of
from beffroi.kernel.grants.queries.parties import live_designations
from beffroi.kernel.grants.queries.renewal import renewal_due
from beffroi.kernel.grants.queries.words import UNSAID, Terms
from beffroi.kernel.grants.registry import ConventionSystem
from beffroi.kernel.grants.rules import Capacity

FIGURES = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Covered:
    """A thing that a convention covers; nothing but its identifier and its kind of place where it is there no more."""

    resource: UUID
    place_kind: str
    called: str = ""
    place: str = ""
    group: str = ""
    kind_words: str = ""


def annex(convention: Convention) -> list[Covered]:
    """What it covers, with the kinds of place that were signed (callers scope it)."""
    signed = dict(convention.resources.values_list("resource", "place_kind"))
    return _covered(system_of(convention.system), convention.system, convention.authority_id, signed)


def annex_of_draft(draft: ConventionDraft) -> list[Covered]:
    """What it would cover, with the kinds of place that there are today (callers scope it); what is there no more is left out."""
    system = system_of(draft.system)
    rows = things_of(system=draft.system, authority=draft.authority_id, only=draft.resources)
    known = (
        dict(rows.values_list("resource", "place_kind"))
        if system and system.place_kinds
        else dict.fromkeys(rows.values_list("resource", flat=True), "")
    )
    return _covered(system, draft.system, draft.authority_id, known)


def _covered(system: ConventionSystem | None, code: str, authority: UUID, kinds: Mapping[UUID, str]) -> list[Covered]:
    rows = things_of(system=code, authority=authority, only=list(kinds))
    there = {row[0]: row[1:] for row in rows.values_list("resource", "called", "place", "group")}
    found = []
    for resource, kind in kinds.items():
        called, place, group = there.get(resource, ("", "", ""))
        found.append(Covered(resource, kind, called, place, group, _words(system, kind)))
    return sorted(found, key=lambda each: (each.group, _by_number(each.called), str(each.resource)))


def _words(system: ConventionSystem | None, kind: str) -> str:
    return ", ".join(places_said(system, [kind])) if kind else ""


def _by_number(called: str) -> list[tuple[bool, int, str]]:
    """So that 2 comes before 12."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in FIGURES.split(called) if part]


def designated(convention: Convention, as_of: datetime) -> int:
    """How many people may ask under it at that moment: a count, which says nobody's name (callers scope it)."""
    rows = convention.designations.filter(live_designations(as_of))
    return rows.order_by().values("person").distinct().count()


def essentials(
    convention: Convention, terms: Terms, things: Iterable[Covered], as_of: datetime
) -> list[tuple[str, str]]:
    """From when to when, when the next is due, what it covers by kind of place, how many may ask, who receives."""
    due, many = renewal_due(convention), designated(convention, as_of)
    return [
        (label, words)
        for label, words in (
            (_("In force"), _period(convention)),
            (_("Its renewal is due on"), date_format(localtime(due), "DATE_FORMAT") if due else ""),
            (_("What it covers"), _by_kind(things)),
            (
                _("Designated staff"),
                ngettext("%(n)s person", "%(n)s people", many) % {"n": localize(many)} if terms.by_request else "",
            ),
            (_("Services that may receive what is given"), terms.who(Capacity.RECEIVES)),
        )
        if words not in {"", UNSAID}
    ]


def _period(convention: Convention) -> str:
    until = min(convention.valid_until, convention.ended_at or convention.valid_until)
    days = {
        "first": date_format(localtime(convention.valid_from), "DATE_FORMAT"),
        "last": date_format(localtime(until - A_SECOND), "DATE_FORMAT"),
    }
    return _("from %(first)s to %(last)s, that day included") % days


def _by_kind(things: Iterable[Covered]) -> str:
    """How many of each kind of place, in the order of the annex."""
    counted: dict[str, int] = {}
    for each in things:
        if each.kind_words:
            counted[each.kind_words] = counted.get(each.kind_words, 0) + 1
    return ", ".join(f"{words} ({localize(many)})" for words, many in counted.items())
