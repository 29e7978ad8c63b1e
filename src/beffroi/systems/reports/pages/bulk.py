"""What may be done with several reports at once: for each act its form, what it was before, the action on one, and its way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.systems.reports.actions.handling import (
    Said,
    assign_report,
    decline_report,
    hand_over,
    mend_report,
    merge_report,
    rate_report,
    reopen_report,
    stage_report,
    step_back,
    unmerge_report,
)
from beffroi.systems.reports.actions.rounds import shortlist_reports, take_off_shortlist
from beffroi.systems.reports.errors import BlankLeft, NotCovered, NotOpen, NotYours
from beffroi.systems.reports.forms.batches import IntoForm, PriorityForm, WordsOfAllForm
from beffroi.systems.reports.forms.desk import AssignForm, DeclineForm, HandForm, StageForm
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.pages.acts import parted
from beffroi.systems.reports.queries.batches import common_receivers
from beffroi.systems.reports.queries.desk import hands_of, part_in, receivers
from beffroi.systems.reports.queries.reports import HANDLING, handled
from beffroi.systems.reports.queries.wordings import blanks_left, blanks_of, filled
from beffroi.systems.reports.registry import handles_reports
from beffroi.systems.reports.rules import Decline, Priority, Stage

Told = dict[str, str]
Rows = Sequence[Report]


@dataclass(frozen=True, slots=True)
class Bulk:
    """One of them. `form` None: it needs no more than the reports. `before`: what `undo` needs of a report; no `undo`: there is no way
    back. `most`: of how many at once.
    """

    title: str | Promise
    icon: str
    do: Callable[[Viewer, Report, Told], None]
    form: Callable[[Viewer, Rows, QueryDict | None], forms.Form] | None = None
    told: Callable[[forms.Form], Told] = lambda _form: {}
    before: Callable[[Report], Told] = lambda _row: {}
    undo: Callable[[Viewer, Report, Told, Told], None] | None = None
    town: bool = False
    most: int = 500


def _said(told: Told, row: Report) -> Said:
    """The same words for each; what stands between braces is filled in for each."""
    planned = date.fromisoformat(told["planned_for"]) if told.get("planned_for") else None
    text = filled(told.get("text", ""), blanks_of(row, planned))
    if blanks_left(text):
        raise BlankLeft
    return Said(text, told.get("private") != "1")


def _words(form: forms.Form) -> Told:
    said = form.said() if hasattr(form, "said") else Said()
    return {"text": said.text, "private": "" if said.public else "1"}


# How far they are
def _stage(viewer: Viewer, row: Report, told: Told) -> None:
    planned = date.fromisoformat(told["planned_for"]) if told.get("planned_for") else None
    stage_report(
        report=row,
        stage=Stage(told["stage"]),
        said=_said(told, row),
        planned_for=planned,
        by=viewer.person,
        now=utc_now(),
    )


def _stage_told(form: forms.Form) -> Told:
    day = form.cleaned_data["planned_for"]
    return {"stage": form.cleaned_data["stage"], "planned_for": day.isoformat() if day else "", **_words(form)}


def _stage_before(row: Report) -> Told:
    return {"stage": row.stage, "planned_for": row.planned_for.isoformat() if row.planned_for else ""}


def _unstage(viewer: Viewer, row: Report, told: Told, was: Told) -> None:
    if row.stage != told["stage"]:
        raise NotOpen
    planned = date.fromisoformat(was["planned_for"]) if was["planned_for"] else None
    step_back(report=row, was=Stage(was["stage"]), planned_for=planned, by=viewer.person, now=utc_now())


def _acknowledge(viewer: Viewer, row: Report, _told: Told) -> None:
    if row.stage != Stage.RECEIVED:
        raise NotOpen
    stage_report(report=row, stage=Stage.ACKNOWLEDGED, by=viewer.person, now=utc_now())


def _unacknowledge(viewer: Viewer, row: Report, _told: Told, was: Told) -> None:
    _unstage(viewer, row, {"stage": Stage.ACKNOWLEDGED.value}, was)


# Their end
def _mend(viewer: Viewer, row: Report, told: Told) -> None:
    mend_report(report=row, said=_said(told, row), by=viewer.person, now=utc_now())


def _decline(viewer: Viewer, row: Report, told: Told) -> None:
    decline_report(report=row, reason=Decline(told["reason"]), said=_said(told, row), by=viewer.person, now=utc_now())


def _decline_told(form: forms.Form) -> Told:
    return {"reason": form.cleaned_data["reason"], **_words(form)}


def _reopen(viewer: Viewer, row: Report, _told: Told, was: Told) -> None:
    if row.closed_at is None or row.closed_at > datetime.fromisoformat(was["done_at"]):
        raise NotOpen
    reopen_report(report=row, said=Said(), by=viewer.person, now=utc_now())


# Whose they are
def _hand(viewer: Viewer, row: Report, told: Told) -> None:
    if told["to"] not in dict(receivers(viewer, row, part_in(viewer, row))):
        raise NotYours
    organisation, team = parted(told["to"])
    hand_over(report=row, organisation=organisation, team=team, said=_said(told, row), by=viewer.person, now=utc_now())


def _own(viewer: Viewer, rows: Sequence[Report]) -> frozenset[UUID] | None:
    """Whose desk gives them back; None where all are of the viewer's authorities."""
    return None if {row.authority_id for row in rows} <= viewer.authorities(*HANDLING) else viewer.organisations


def _hand_before(row: Report) -> Told:
    team = f":{row.team_id}" if row.team_id else ""
    return {"to": f"{row.organisation_id}{team}", "person": str(row.assigned_id or "")}


def _hand_back(viewer: Viewer, row: Report, told: Told, was: Told) -> None:
    organisation, team = parted(told["to"])
    if (row.organisation_id, row.team_id) != (organisation, team):
        raise NotOpen
    if was["to"] not in dict(receivers(viewer, row, part_in(viewer, row))):
        raise NotCovered
    organisation, team = parted(was["to"])
    hand_over(report=row, organisation=organisation, team=team, by=viewer.person, now=utc_now())
    if was["person"]:
        assign_report(report=row, person=UUID(was["person"]), by=viewer.person, now=utc_now())


def _assign(viewer: Viewer, row: Report, told: Told) -> None:
    people = {str(one) for one in hands_of(viewer, [row.organisation_id]).values_list("pk", flat=True)}
    if told["person"] and told["person"] not in people:
        raise NotYours
    _give(viewer, row, told["person"])


def _give(viewer: Viewer, row: Report, person: str) -> None:
    """Whoever has it in charge says who of theirs sees to it."""
    if row.organisation_id not in viewer.organisations:
        raise NotYours
    assign_report(report=row, person=UUID(person) if person else None, by=viewer.person, now=utc_now())


def _unassign(viewer: Viewer, row: Report, told: Told, was: Told) -> None:
    if str(row.assigned_id or "") != told["person"]:
        raise NotOpen
    _give(viewer, row, was["person"])


# What they are
def _rate(viewer: Viewer, row: Report, told: Told) -> None:
    priority = Priority(int(told["priority"]))
    rate_report(report=row, category=row.category, priority=priority, by=viewer.person, now=utc_now())


def _merge(viewer: Viewer, row: Report, told: Told) -> None:
    into = handled(viewer).filter(pk=told["into"]).first()
    if into is None or not part_in(viewer, into).town:
        raise NotYours
    merge_report(report=row, into=into, by=viewer.person, now=utc_now())


def _unmerge(viewer: Viewer, row: Report, told: Told, _was: Told) -> None:
    if str(row.into_id) != told["into"]:
        raise NotOpen
    unmerge_report(report=row, by=viewer.person, now=utc_now())


def _into_form(_viewer: Viewer, rows: Rows, data: QueryDict | None) -> forms.Form:
    called = [(str(row.pk), f"{row.reference} {row.category.label} {row.address}".strip()) for row in rows]
    return IntoForm(data, rows=called)


def _shortlist(viewer: Viewer, row: Report, _told: Told) -> None:
    shortlist_reports(reports=[row], by=viewer.known_person, now=utc_now())


def _unshortlist(viewer: Viewer, row: Report, _told: Told, _was: Told) -> None:
    take_off_shortlist(reports=[row], by=viewer.known_person)


BULK: Final[dict[str, Bulk]] = {
    "acknowledge": Bulk(_("Acknowledge"), "check", _acknowledge, before=_stage_before, undo=_unacknowledge),
    "stage": Bulk(
        _("Say how far they are"),
        "clock",
        _stage,
        lambda _viewer, _rows, data: StageForm(data, now_at=""),
        _stage_told,
        _stage_before,
        _unstage,
    ),
    "hand": Bulk(
        _("Hand over"),
        "next",
        _hand,
        lambda viewer, rows, data: HandForm(data, receivers=common_receivers(viewer, rows), own=_own(viewer, rows)),
        lambda form: {"to": str(form.cleaned_data["to"]), **_words(form)},
        _hand_before,
        _hand_back,
    ),
    "assign": Bulk(
        _("Give to somebody"),
        "person",
        _assign,
        lambda viewer, rows, data: AssignForm(data, people=hands_of(viewer, {row.organisation_id for row in rows})),
        lambda form: {"person": str(form.cleaned_data["person"] or "")},
        lambda row: {"person": str(row.assigned_id or "")},
        _unassign,
    ),
    "done": Bulk(
        _("They are mended"), "check", _mend, lambda _viewer, _rows, data: WordsOfAllForm(data), _words, undo=_reopen
    ),
    "rate": Bulk(
        _("Priority"),
        "list",
        _rate,
        lambda _viewer, _rows, data: PriorityForm(data),
        lambda form: {"priority": str(int(form.cleaned_data["priority"]))},
        town=True,
    ),
    "merge": Bulk(
        _("Join into one"),
        "copy",
        _merge,
        _into_form,
        lambda form: {"into": form.cleaned_data["into"]},
        undo=_unmerge,
        town=True,
        most=50,
    ),
    "decline": Bulk(
        _("Decline"),
        "cross",
        _decline,
        lambda _viewer, _rows, data: DeclineForm(data),
        _decline_told,
        undo=_reopen,
        town=True,
    ),
    "shortlist": Bulk(_("On my shortlist"), "list", _shortlist, undo=_unshortlist),
}


def acts_of(viewer: Viewer) -> list[tuple[str, Bulk]]:
    """Those that are the viewer's to do with several, in their order; none for whoever only reads."""
    if not handles_reports(viewer):
        return []
    town = bool(viewer.authorities(*HANDLING))
    return [(name, act) for name, act in BULK.items() if town or not act.town]
