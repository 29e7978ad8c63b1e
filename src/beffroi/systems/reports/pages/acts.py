"""What may be done with a report: for each act its form, whose it is, when it is there, and the action that does it."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import (
    Said,
    assign_report,
    decide_text,
    decline_report,
    hand_over,
    mend_report,
    merge_report,
    rate_report,
    reopen_report,
    say_of_report,
    stage_report,
    unmerge_report,
)
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.actions.sending import send_report
from beffroi.systems.reports.forms.desk import (
    AssignForm,
    AuthorSayForm,
    DeclineForm,
    DoneForm,
    HandForm,
    MergeForm,
    PicturesForm,
    RateForm,
    ReopenForm,
    SayForm,
    ShownForm,
    StageForm,
)
from beffroi.systems.reports.forms.wordings import offering
from beffroi.systems.reports.models import Line, Report
from beffroi.systems.reports.pages.asking import Act, Asked, Doable, offer_for
from beffroi.systems.reports.pages.intake import with_photos
from beffroi.systems.reports.pages.turning import TURNS
from beffroi.systems.reports.queries.desk import Part, hands_of, may_reopen, receivers, with_reference
from beffroi.systems.reports.queries.reports import categories_of
from beffroi.systems.reports.queries.servers import may_be_sent
from beffroi.systems.reports.queries.teams import members_of
from beffroi.systems.reports.rules import Decline, Stage

T = TypeVar("T")


def _stage(asked: Asked, form: StageForm) -> str:
    data = form.cleaned_data
    stage_report(
        report=asked.report,
        stage=Stage(data["stage"]),
        said=form.said(),
        planned_for=data["planned_for"],
        by=asked.viewer.person,
        now=utc_now(),
    )
    return _("The stage is written down.")


def _with_photos(asked: Asked, form: PicturesForm, act: Callable[[list[Taken]], T]) -> T:
    """Keep what was sent, then act; what the act doesn't take is destroyed."""
    return with_photos(asked.report.authority_id, form.files_sent(), act)


def _mend(asked: Asked, form: DoneForm) -> str:
    def act(photos: list[Taken]) -> Report:
        return mend_report(report=asked.report, said=form.said(), photos=photos, by=asked.viewer.person, now=utc_now())

    _with_photos(asked, form, act)
    return _("It is done. It can be opened again below.")


def _decline(asked: Asked, form: DeclineForm) -> str:
    reason = Decline(form.cleaned_data["reason"])
    decline_report(report=asked.report, reason=reason, said=form.said(), by=asked.viewer.person, now=utc_now())
    return _("It is closed. It can be opened again below.")


def _reopen(asked: Asked, form: ReopenForm) -> str:
    staff = asked.part.handles
    reopen_report(report=asked.report, said=form.said(), staff=staff, by=asked.viewer.person, now=utc_now())
    return _("It is open again; its first clock goes on.")


def _hand_form(asked: Asked) -> HandForm:
    given = receivers(asked.viewer, asked.report, asked.part)
    own = None if asked.part.town else asked.viewer.organisations
    return HandForm(asked.data, receivers=given, own=own, sent_to=asked.sent_to)


def _hand(asked: Asked, form: HandForm) -> str:
    organisation, team = parted(form.cleaned_data["to"])
    hand_over(
        report=asked.report,
        organisation=organisation,
        team=team,
        said=form.said(),
        by=asked.viewer.person,
        now=utc_now(),
    )
    return _("It is handed over; its thread and its clock go along.")


def parted(value: str) -> tuple[UUID, UUID | None]:
    """ "organisation" or "organisation:team", that a form let through."""
    organisation, _separator, team = value.partition(":")
    return UUID(organisation), UUID(team) if team else None


def _assign_form(asked: Asked) -> AssignForm:
    people = hands_of(asked.viewer, [asked.report.organisation_id])
    initial = {"person": str(asked.report.assigned_id or "")}
    team = asked.report.team
    first = (team.name, members_of(team, asked.viewer.as_of)) if team else None
    return AssignForm(asked.data, people=people, team=first, initial=initial, sent_to=asked.sent_to)


def _assign(asked: Asked, form: AssignForm) -> str:
    person = form.cleaned_data["person"]
    assign_report(report=asked.report, person=UUID(person) if person else None, by=asked.viewer.person, now=utc_now())
    return _("It is written down who sees to it.")


def _rate_form(asked: Asked) -> RateForm:
    report = asked.report
    initial = {"category": str(report.category_id), "priority": report.priority}
    rows = categories_of(report.authority_id)
    return RateForm(asked.data, categories=rows, initial=initial, sent_to=asked.sent_to)


def _rate(asked: Asked, form: RateForm) -> str:
    category = categories_of(asked.report.authority_id).get(pk=form.cleaned_data["category"])
    priority = form.cleaned_data["priority"]
    rate_report(report=asked.report, category=category, priority=priority, by=asked.viewer.person, now=utc_now())
    return _("Category and priority are written down. The clock may only become shorter.")


def _merge(asked: Asked, form: MergeForm) -> str | None:
    other = with_reference(asked.viewer, asked.report.authority_id, form.cleaned_data["into"])
    if other is None or other.pk == asked.report.pk:
        form.add_error("into", _("No other report of the authority has this reference."))
        return None
    merge_report(report=asked.report, into=other, by=asked.viewer.person, now=utc_now())
    return _("It is joined to %(reference)s: whoever follows it follows that one now.") % {"reference": other.reference}


def _unmerge(asked: Asked, _form: forms.Form) -> str:
    unmerge_report(report=asked.report, by=asked.viewer.person, now=utc_now())
    return _("It goes on by itself, by its first clock. Whoever had come along follows both.")


def _said(asked: Asked, said: Said, photos: list[Taken], *, staff: bool) -> Line:
    return say_of_report(
        report=asked.report, said=said, staff=staff, photos=photos, by=asked.viewer.person, now=utc_now()
    )


def _say(asked: Asked, form: SayForm) -> str:
    _with_photos(asked, form, lambda photos: _said(asked, form.said(), photos, staff=True))
    return _("It is said.")


def _add(asked: Asked, form: AuthorSayForm) -> str:
    line = _with_photos(asked, form, lambda photos: _said(asked, form.said(), photos, staff=False))
    if line.held:
        return _("It is sent. An agent reads it before others do: it seems to name somebody.")
    return _("It is sent.")


def _shown_form(asked: Asked) -> ShownForm:
    return ShownForm(asked.data, initial={"shown": asked.report.text})


def _show(asked: Asked, form: ShownForm) -> str:
    decide_text(report=asked.report, shown=form.cleaned_data["shown"], by=asked.viewer.person, now=utc_now())
    return _("It is written down what others read.")


def _send(asked: Asked, _form: forms.Form) -> str:
    send_report(report=asked.report, by=asked.viewer.person, now=utc_now())
    return _("It leaves now. What the server answers stands in the thread.")


def _town(part: Part) -> bool:
    return part.town


ACTS: dict[str, Doable] = {
    "stage": Act(
        lambda asked: offering(StageForm(asked.data, now_at=asked.report.stage), offer_for(asked, "stage")), _stage
    ),
    "done": Act(lambda asked: offering(DoneForm(asked.data, asked.files), offer_for(asked, "done")), _mend),
    "decline": Act(lambda asked: offering(DeclineForm(asked.data), offer_for(asked, "decline")), _decline, _town),
    "reopen": Act(
        lambda asked: ReopenForm(asked.data),
        _reopen,
        lambda part: part.handles or part.author,
        lambda asked: may_reopen(asked.viewer, asked.part, asked.report),
    ),
    "hand": Act(_hand_form, _hand),
    "assign": Act(
        _assign_form,
        _assign,
        at=lambda asked: asked.is_open and asked.report.organisation_id in asked.viewer.organisations,
    ),
    "rate": Act(_rate_form, _rate, _town),
    "merge": Act(lambda asked: MergeForm(asked.data), _merge, _town),
    "unmerge": Act(
        lambda asked: forms.Form(asked.data), _unmerge, _town, lambda asked: asked.report.stage == Stage.MERGED
    ),
    "send": Act(
        lambda asked: forms.Form(asked.data), _send, _town, lambda asked: asked.is_open and may_be_sent(asked.report)
    ),
    "say": Act(
        lambda asked: offering(SayForm(asked.data, asked.files), offer_for(asked, "say")), _say, at=lambda _asked: True
    ),
    "add": Act(
        lambda asked: AuthorSayForm(asked.data, asked.files),
        _add,
        lambda part: part.author and not part.handles,
        lambda asked: asked.report.stage != Stage.MERGED,
    ),
    **TURNS,
    "text": Act(_shown_form, _show, _town, lambda asked: asked.report.held),
}
