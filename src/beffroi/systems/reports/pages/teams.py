"""Teams: the authority's administrators write them down; who is of one is said by those who lead its organisation."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.queries.audiences import organisations_to_choose
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.actions.teams import end_links, join_team, leave_team
from beffroi.systems.reports.forms.teams import MemberForm, TeamForm
from beffroi.systems.reports.models import ONE_GENERAL, Team
from beffroi.systems.reports.queries.settings import teams_of
from beffroi.systems.reports.queries.teams import how_many, led_teams, may_join, members_of, out_there


@require_http_methods(["GET", "POST"])
def team_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The teams, and a form for another one."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = _team_form(request, viewer, authority.pk, {})
    if request.method == "POST" and form.is_valid():
        row = form.written(Team(pk=uuid4(), authority_id=authority.pk))
        if _kept(viewer, form, row):
            messages.success(request, _("The team is written down."))
            return redirect("report-teams", slug=slug)
    page = page_of(request, teams_of(authority.pk))
    context = {"desk": authority, "page": page, "form": form}
    return render(request, "reports/settings_teams.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def team_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One team."""
    viewer = viewer_of(request)
    row = _team(viewer, slug, pk)
    kept = {"name": row.name, "email": row.email, "organisation": str(row.organisation_id), "general": row.general}
    form = _team_form(request, viewer, row.authority_id, kept)
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, form.written(row)):
        messages.success(request, _("Saved."))
        return redirect("report-teams", slug=slug)
    team = _team(viewer, slug, pk)
    context = {
        "desk": administered(viewer, slug),
        "team": team,
        "form": form,
        "out": out_there(team),
        "leads": led_teams(viewer).filter(pk=pk).exists(),
    }
    return render(request, "reports/settings_team.html", context, status=422 if form.errors else 200)


@require_POST
def team_retire(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Give a team up, or take it up again; reports that it has stay with its organisation."""
    viewer = viewer_of(request)
    row = _team(viewer, slug, pk)
    retired = "again" not in request.POST
    row.retired_at = utc_now() if retired else None
    keep_team(team=row, by=viewer.known_person, now=utc_now())
    messages.success(request, _("The team is given up.") if retired else _("The team is taken up again."))
    return redirect("report-teams", slug=slug)


@require_POST
def team_links(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """End the links that its letters bear: one of them went where it shouldn't."""
    viewer = viewer_of(request)
    ended = end_links(team=_team(viewer, slug, pk), by=viewer.known_person, now=utc_now())
    said = ngettext("%(n)s link was ended.", "%(n)s links were ended.", ended) % {"n": ended}
    messages.success(request, said if ended else _("No link was out."))
    return redirect("report-team", slug=slug, pk=pk)


@require_GET
def own_teams_page(request: HttpRequest) -> HttpResponse:
    """The teams of the viewer's own organisations."""
    viewer = viewer_of(request)
    rows = led_teams(viewer)
    if not rows.exists():
        raise Hidden
    page = page_of(request, rows)
    people = how_many([team.pk for team in page], viewer.as_of)
    lines = [(team, people.get(team.pk, 0)) for team in page]
    return render(request, "reports/teams.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "POST"])
def team_members(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who is of a team, and a form for somebody more."""
    viewer = viewer_of(request)
    team = _led(viewer, pk)
    form = MemberForm(request.POST or None, people=may_join(viewer, team))
    if request.method == "POST" and form.is_valid():
        join_team(team=team, person=UUID(form.cleaned_data["person"]), by=viewer.known_person, now=utc_now())
        messages.success(request, _("They are of the team from now on."))
        return redirect("report-team-members", pk=pk)
    page = page_of(request, members_of(team, viewer.as_of))
    context = {"team": team, "page": page, "form": form}
    return render(request, "reports/team_members.html", context, status=422 if form.errors else 200)


@require_POST
def team_leave(request: HttpRequest, pk: UUID, person: UUID) -> HttpResponse:
    """Somebody is of it no more."""
    viewer = viewer_of(request)
    if leave_team(team=_led(viewer, pk), person=person, by=viewer.known_person, now=utc_now()):
        messages.success(request, _("They are of the team no more. Below they can be taken back."))
    return redirect("report-team-members", pk=pk)


def _led(viewer: Viewer, pk: UUID) -> Team:
    row = led_teams(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _team(viewer: Viewer, slug: str, pk: UUID) -> Team:
    row = teams_of(administered(viewer, slug).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _team_form(request: HttpRequest, viewer: Viewer, authority: UUID, kept: dict[str, object]) -> TeamForm:
    rows = organisations_to_choose(authority, viewer.as_of)
    return TeamForm(request.POST or None, initial=kept, organisations=rows)


def _kept(viewer: Viewer, form: TeamForm, row: Team) -> bool:
    try:
        keep_team(team=row, by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        if str(ONE_GENERAL) in error.messages:
            form.add_error("general", str(ONE_GENERAL))
        else:
            form.add_error("name", _("This organisation already has a team of that name."))
        return False
    return True
