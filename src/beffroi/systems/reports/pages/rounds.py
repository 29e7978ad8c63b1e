"""A shortlist, and rounds made of it: who leads them puts them in order and says who goes; whoever goes has them on their phone."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.lib import rounds as ways
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.rounds import (
    drop_round,
    fix_stop,
    give_round,
    make_round,
    order_stops,
    shortlist_reports,
    take_off_shortlist,
    take_out_stop,
)
from beffroi.systems.reports.forms.rounds import GoerForm, RoundForm
from beffroi.systems.reports.models import Report, Round, Stop, Team
from beffroi.systems.reports.queries.desk import hands_of
from beffroi.systems.reports.queries.reports import handled
from beffroi.systems.reports.queries.rounds import best_order, course, covered_on, leading, leads, rounds, shortlist
from beffroi.systems.reports.queries.settings import teams_of
from beffroi.systems.reports.queries.words import time_left
from beffroi.systems.reports.registry import handles_reports
from beffroi.systems.reports.rules import Fixed


@require_GET
def report_shortlist(request: HttpRequest) -> HttpResponse:
    """What the viewer put aside, by who has it in charge: a round is one organisation's."""
    viewer = viewer_of(request)
    if not handles_reports(viewer):
        raise Hidden
    page = page_of(request, shortlist(viewer))
    groups: dict[tuple[UUID, UUID], list[Report]] = {}
    for row in page:
        groups.setdefault((row.authority_id, row.organisation_id), []).append(row)
    context = {
        "page": page,
        "groups": [
            (rows[0], [(row, time_left(row, viewer.as_of)) for row in rows], leading(viewer, *key))
            for key, rows in groups.items()
        ],
        "coming": rounds(viewer).filter(day__gte=localdate(viewer.as_of), dropped_at__isnull=True).exists(),
    }
    return render(request, "reports/shortlist.html", context)


@require_POST
def report_shortlisting(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a report aside, or back; one press each way."""
    viewer = viewer_of(request)
    report = handled(viewer).filter(pk=pk).first()
    if report is None:
        raise Hidden
    if request.POST.get("off"):
        take_off_shortlist(reports=[report], by=viewer.known_person)
    else:
        shortlist_reports(reports=[report], by=viewer.known_person, now=utc_now())
    return redirect("report-shortlist") if request.POST.get("back") else redirect("report", pk=pk)


@require_GET
def report_rounds(request: HttpRequest) -> HttpResponse:
    """Rounds, the latest first."""
    viewer = viewer_of(request)
    rows = rounds(viewer)
    if not handles_reports(viewer) and not rows.exists():
        raise Hidden
    page = page_of(request, rows)
    return render(request, "reports/rounds.html", {"page": page, "handles": handles_reports(viewer)})


@require_http_methods(["GET", "POST"])
def report_round_new(request: HttpRequest, authority: UUID, organisation: UUID) -> HttpResponse:
    """Who goes, when, from where; the order is a short one to begin with."""
    viewer = viewer_of(request)
    if not leading(viewer, authority, organisation):
        raise Hidden
    rows = list(shortlist(viewer).filter(authority_id=authority, organisation_id=organisation)[: ways.MOST_PLACES])
    if not rows:
        messages.warning(request, _("Put some reports on your shortlist first."))
        return redirect("report-shortlist")
    form = RoundForm(
        request.POST or None,
        people=hands_of(viewer, [organisation]),
        teams=_teams(authority, organisation),
        initial=_begun(viewer, authority, organisation),
    )
    if request.method == "POST" and form.is_valid():
        plan = form.plan(authority, organisation)
        there = [Position(row.latitude, row.longitude) for row in rows]
        # Nothing waits for it: two hundred places take the solver under a second.
        found = ways.order(plan.start, there, plan.start if plan.returns else None, seed=rows[0].pk.int)
        keys = [rows[index].pk for index in found.order]
        made = make_round(plan=plan, reports=keys, by=viewer.known_person, now=utc_now())
        messages.success(request, _("The round is made, in a short order. Change it as you like."))
        return redirect("report-round", pk=made.pk)
    context = {"form": form, "rows": rows, "organisation": rows[0].organisation, "bounds": _bounds(rows)}
    return render(request, "reports/round_new.html", context, status=422 if form.errors else 200)


@require_POST
def report_round_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Up, down, first, last, out, or the short order again."""
    viewer = viewer_of(request)
    row = led(viewer, pk)
    act, _separator, key = request.POST.get("act", "").partition(":")
    by = viewer.known_person
    if act == "best":
        order_stops(round_=row, stops=best_order(row, course(row, covered_on(viewer, row)).halts), by=by)
        messages.success(request, _("In a short order again."))
        return redirect(f"{row_address(row)}?order=1")
    stop = next((one for one in row.stops.all() if str(one.pk) == key), None)
    if stop is None:
        raise Hidden
    if act in ("up", "down"):
        order_stops(round_=row, stops=_moved(row, stop, up=act == "up"), by=by)
    elif act in ("first", "last", "free"):
        fix_stop(stop=stop, fixed=None if act == "free" else Fixed(act), by=by)
        keys = best_order(row, course(row, covered_on(viewer, row)).halts)
        order_stops(round_=row, stops=keys, by=by)
    elif act == "out":
        take_out_stop(stop=stop, by=by, now=utc_now())
        messages.success(request, _("It left the round, and is on your shortlist."))
    else:
        raise Hidden
    return redirect(f"{row_address(row)}?order=1" + (f"#stop-{stop.pk}" if act != "out" else ""))


@require_POST
def report_round_give(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody else goes."""
    viewer = viewer_of(request)
    row = led(viewer, pk)
    form = goer_form(viewer, row, request)
    if not form.is_valid():
        messages.warning(request, _("Choose somebody or a team, not both."))
        return redirect("report-round", pk=pk)
    person, team = form.goer()
    give_round(round_=row, person=person, team=team, by=viewer.known_person, now=utc_now())
    messages.success(request, _("It is written down who goes."))
    return redirect("report-round", pk=pk)


@require_POST
def report_round_drop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Nobody goes; or somebody does after all."""
    viewer = viewer_of(request)
    row = led(viewer, pk)
    dropped = "again" not in request.POST
    drop_round(round_=row, dropped=dropped, by=viewer.known_person, now=utc_now())
    messages.success(request, _("The round is dropped.") if dropped else _("The round takes place after all."))
    return redirect("report-round", pk=pk)


def led(viewer: Viewer, pk: UUID) -> Round:
    """A round that the viewer leads, else no such page."""
    row = rounds(viewer).filter(pk=pk).first()
    if row is None or not leads(viewer, row):
        raise Hidden
    return row


def row_address(row: Round) -> str:
    """Its page."""
    return reverse("report-round", args=[row.pk])


def goer_form(viewer: Viewer, row: Round, request: HttpRequest | None = None) -> GoerForm:
    """Who goes, as it is or as it was sent."""
    return GoerForm(
        request.POST if request is not None else None,
        people=hands_of(viewer, [row.organisation_id]),
        teams=_teams(row.authority_id, row.organisation_id),
        initial={"person": str(row.person_id or ""), "team": str(row.team_id or "")},
        sent_to=reverse("report-round-give", args=[row.pk]),
    )


def _teams(authority: UUID, organisation: UUID) -> list[Team]:
    return list(teams_of(authority).filter(organisation_id=organisation, retired_at__isnull=True))


def _begun(viewer: Viewer, authority: UUID, organisation: UUID) -> dict[str, object]:
    """As the last one was: from the same place, at the same hour."""
    found: dict[str, object] = {"day": localdate(viewer.as_of), "starts": "08:30", "submission": uuid4()}
    last = rounds(viewer).filter(authority_id=authority, organisation_id=organisation).order_by("-made_at").first()
    if last is not None:
        found |= {"starts": last.starts, "address": last.place, "minutes": last.minutes, "returns": last.returns}
        found |= {"latitude": last.latitude, "longitude": last.longitude}
    return found


def _bounds(rows: list[Report]) -> str:
    """The box that holds them, as the map takes it: west, south, east, north."""
    north, east = [row.latitude for row in rows], [row.longitude for row in rows]
    box = (min(east) - 0.01, min(north) - 0.01, max(east) + 0.01, max(north) + 0.01)
    return ",".join(f"{one:.5f}" for one in box)


def _moved(row: Round, stop: Stop, *, up: bool) -> list[UUID]:
    keys = list(row.stops.order_by("position").values_list("pk", flat=True))
    at = keys.index(stop.pk)
    other = at - 1 if up else at + 1
    if 0 <= other < len(keys):
        keys[at], keys[other] = keys[other], keys[at]
    return keys
