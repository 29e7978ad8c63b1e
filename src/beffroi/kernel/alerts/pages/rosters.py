"""Rosters: the week, the hours, the exceptions, and what nobody covers."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.alerts.actions.rosters import (
    add_slot,
    alter_roster,
    draw_up_roster,
    end_slot,
    retire_roster,
    swap,
    undo_swap,
)
from beffroi.kernel.alerts.forms.rosters import DAYS, NewRosterForm, RosterForm, SlotForm, SwapForm
from beffroi.kernel.alerts.models import Roster, RosterSlot
from beffroi.kernel.alerts.queries.audiences import READERS, people_to_choose
from beffroi.kernel.alerts.queries.rosters import gaps_ahead, local_zone, plan, visible_rosters
from beffroi.kernel.alerts.queries.weeks import A_WEEK, week_of
from beffroi.kernel.alerts.rules import A_DAY, on_duty
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.lib.clock import utc_now
from beffroi.lib.hours import instant
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.days import within_reach
from beffroi.persistence.listing import page_of

CARDS = 12
NEXT = 20  # exceptions


@require_GET
def roster_list(request: HttpRequest) -> HttpResponse:
    """Rosters, who is on duty at this moment, and the first gap of each."""
    viewer = viewer_of(request)
    _reader(viewer)
    now = viewer.as_of
    found = []
    page = page_of(request, visible_rosters(viewer), CARDS)
    for row in page:
        ahead = plan(row, since=now, until=now + timedelta(days=14), now=now)
        found.append((row, sorted(names(on_duty(ahead.duties, now)).values()), ahead.gaps))
    context = {"page": page, "rosters": found, "may_set": bool(viewer.authorities(Role.ADMINISTRATOR))}
    context["several"] = len(viewer.authorities(*READERS)) > 1
    return render(request, "alerts/rosters.html", context)


@require_http_methods(["GET", "POST"])
def roster_add(request: HttpRequest) -> HttpResponse:
    """A new roster."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    form = NewRosterForm(request.POST or None, authorities=authorities)
    if request.method == "POST" and form.is_valid():
        try:
            row = draw_up_roster(
                authority=form.authority(),
                name=form.cleaned_data["name"],
                continuous=form.cleaned_data["continuous"],
                holidays_apart=form.cleaned_data["holidays_apart"],
                phone=form.cleaned_data["phone"],
                now=utc_now(),
                by=viewer.person,
            )
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("The roster is drawn up. Write its hours down."))
            return redirect("roster", pk=row.pk)
    return render(request, "alerts/roster_form.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def roster_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roster, a week of it."""
    viewer = viewer_of(request)
    return _shown(request, viewer, _roster(viewer, pk))


@require_POST
def roster_alter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another name, another promise."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    form = RosterForm(request.POST)
    if not form.is_valid():
        return _shown(request, viewer, row, alter=form)
    try:
        alter_roster(roster=row, **form.cleaned_data, now=utc_now(), by=viewer.person)
    except ValidationError as error:
        form.add_error("name", error.messages[0])
        return _shown(request, viewer, row, alter=form)
    messages.success(request, _("Saved."))
    return redirect("roster", pk=pk)


@require_POST
def slot_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody's hours, on one or several days of the week."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    form = _slot_form(request, viewer, row)
    if not form.is_valid():
        return _shown(request, viewer, row, slot=form)
    data = form.cleaned_data
    for day in data["days"]:
        add_slot(
            roster=row,
            person=UUID(data["person"]),
            day=day,
            starts=data["starts"],
            ends=data["ends"],
            first=data["first"],
            last=data["last"],
            now=utc_now(),
            by=viewer.person,
        )
    messages.success(request, _("Written down."))
    return redirect("roster", pk=pk)


@require_POST
def slot_end(request: HttpRequest, pk: UUID, slot: UUID) -> HttpResponse:
    """These hours are held no more from tomorrow on."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    found = row.slots.filter(pk=slot).select_related("roster").first()
    if found is None:
        raise Hidden
    today = viewer.as_of.astimezone(local_zone()).date()
    end_slot(slot=found, last=today if found.first <= today else found.first - A_DAY, now=utc_now(), by=viewer.person)
    messages.success(request, _("These hours end today."))
    return redirect("roster", pk=pk)


@require_POST
def swap_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An exception."""
    viewer = viewer_of(request)
    row = _roster(viewer, pk)
    form = _swap_form(request, row)
    if not form.is_valid():
        return _shown(request, viewer, row, exchange=form)
    swap(
        roster=row,
        starts=form.cleaned_data["starts"],
        ends=form.cleaned_data["ends"],
        leaves=form.person("leaves"),
        takes=form.person("takes"),
        now=utc_now(),
        by=viewer.person,
    )
    messages.success(request, _("Written down."))
    return redirect("roster", pk=pk)


@require_POST
def swap_undo(request: HttpRequest, pk: UUID, exchange: UUID) -> HttpResponse:
    """The exception doesn't count any more."""
    viewer = viewer_of(request)
    row = _roster(viewer, pk)
    found = row.swaps.filter(pk=exchange).select_related("roster").first()
    if found is None:
        raise Hidden
    if undo_swap(row=found, now=utc_now(), by=viewer.person):
        messages.success(request, _("Undone."))
    return redirect("roster", pk=pk)


@require_POST
def roster_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it up."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    if not retire_roster(roster=row, now=utc_now(), by=viewer.person):
        messages.error(request, _("An audience counts on this roster: take it out of there first."))
        return redirect("roster", pk=pk)
    messages.success(request, _("The roster is given up."))
    return redirect("rosters")


def _shown(
    request: HttpRequest,
    viewer: Viewer,
    row: Roster,
    *,
    alter: RosterForm | None = None,
    slot: SlotForm | None = None,
    exchange: SwapForm | None = None,
) -> HttpResponse:
    may_set = row.authority_id in viewer.authorities(Role.ADMINISTRATOR)
    now = viewer.as_of
    monday = _monday(request.GET.get("week", ""), now)
    since, until = (instant(monday + timedelta(days=days), time(0), local_zone()) for days in (0, A_WEEK))
    week = plan(row, since=since, until=until, now=now)
    sent = next((form for form in (alter, slot, exchange) if form is not None), None)
    page = page_of(request, _slots(row, now))
    to_come = row.swaps.filter(ends__gt=now).select_related("leaves", "takes").order_by("starts", "id")
    kept = {name: getattr(row, name) for name in RosterForm.base_fields}
    context: dict[str, object] = {
        "roster": row,
        "monday": monday,
        "before": monday - timedelta(days=A_WEEK),
        "after": monday + timedelta(days=A_WEEK),
        "days": week_of(week.duties, week.gaps, monday, now),
        "hours": range(0, 24, 3),
        "on_duty": sorted(names(on_duty(plan(row, since=now, until=now + A_DAY, now=now).duties, now)).values()),
        "gaps": gaps_ahead(row, now=now),
        "page": page,
        "slots": [(each, dict(DAYS)[each.day]) for each in page],
        "swaps": to_come[:NEXT],
        "later": max(0, to_come.count() - NEXT),
        "may_set": may_set,
        "filling": bool(request.GET.get("from")) and exchange is None,
        "sent": "alter" if alter else "slot" if slot else "swap" if exchange else "",
        "alter_form": alter or RosterForm(initial=kept),
        "slot_form": slot or _slot_form(request, viewer, row, empty=True),
        "swap_form": exchange or _swap_form(request, row, empty=True),
    }
    if sent is not None:
        context["form"] = sent
    return render(request, "alerts/roster.html", context, status=422 if sent is not None and sent.errors else 200)


def _monday(text: str, now: datetime) -> date:
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        asked = None
    day = asked if asked and within_reach(asked) else now.astimezone(local_zone()).date()
    return day - timedelta(days=day.weekday())


def _slots(row: Roster, now: datetime) -> QuerySet[RosterSlot]:
    today = now.astimezone(local_zone()).date()
    return row.slots.exclude(last__lt=today).select_related("person").order_by("day", "starts", "id")


def _slot_form(request: HttpRequest, viewer: Viewer, row: Roster, *, empty: bool = False) -> SlotForm:
    people = people_to_choose(row.authority_id, viewer.as_of)
    today = viewer.as_of.astimezone(local_zone()).date()
    sent_to = reverse("roster-slot-add", args=[row.pk])
    return SlotForm(None if empty else request.POST, sent_to=sent_to, people=people, today=today, prefix="slot")


def _swap_form(request: HttpRequest, row: Roster, *, empty: bool = False) -> SwapForm:
    """Empty, or with the hours of a gap that a link asks to fill."""
    people = people_to_choose(row.authority_id, viewer_of(request).as_of)
    sent_to = reverse("roster-swap-add", args=[row.pk])
    if not empty:
        return SwapForm(request.POST, sent_to=sent_to, people=people, prefix="swap")
    gap = {"starts": request.GET.get("from", "")[:16], "ends": request.GET.get("to", "")[:16]}
    return SwapForm(initial=gap, sent_to=sent_to, people=people, prefix="swap")


def _reader(viewer: Viewer) -> None:
    if not viewer.authorities(Role.AGENT, Role.ADMINISTRATOR, Role.OPERATOR):
        raise Hidden


def _roster(viewer: Viewer, pk: UUID) -> Roster:
    row = visible_rosters(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _set(viewer: Viewer, pk: UUID) -> Roster:
    row = _roster(viewer, pk)
    if row.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    return row
