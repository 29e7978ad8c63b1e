"""An administrator says what a value of the provider gives."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from beffroi.adapters.oidc.provider import Kind
from beffroi.kernel.directory.actions.rules import make_rule
from beffroi.kernel.directory.queries.following import houses
from beffroi.kernel.directory.queries.places import owner
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.forms import ValueForm
from beffroi.kernel.provider.queries.places import provider
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of


@require_http_methods(["GET", "POST"])
def rule_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Whoever the provider says it of has the role, from their next log-in on: nobody can be listed beforehand."""
    viewer = viewer_of(request)
    desk, asked = administered(viewer, slug), provider()
    if asked is None or owner() != desk.pk:
        raise Hidden
    siret = asked.kind is Kind.PROCONNECT and asked.groups == "siret"
    form = ValueForm(request.POST or None, organisations=houses(desk.pk), siret=siret)
    if request.method == "POST" and form.is_valid():
        organisation, role = form.given()
        made = make_rule(
            authority=desk.pk,
            source=OIDC,
            group=form.cleaned_data["value"],
            label=form.cleaned_data["label"],
            organisation=organisation,
            role=role,
            now=utc_now(),
            by=viewer.known_person,
        )
        if made is not None:
            messages.success(request, _("Whoever it is has this role from their next log-in on."))
            return redirect("directory-of", slug=slug)
        form.add_error("gives", _("There is such a rule already."))
    context = {"desk": desk, "form": form, "name": asked.name, "siret": siret}
    return render(request, "provider/rule.html", context, status=422 if form.errors else 200)
