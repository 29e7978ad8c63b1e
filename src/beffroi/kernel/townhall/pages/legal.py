"""Legal pages of an authority, for everybody: legal notice, personal data, accessibility. They say what is missing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from beffroi.kernel.territory.queries.authorities import authority_at, public_address
from beffroi.kernel.townhall.queries.processing import sheets
from beffroi.kernel.townhall.queries.publication import Published, published
from beffroi.persistence.access import Hidden
from beffroi.persistence.offline import kept_offline

# Where the Defender of Rights is turned to: the model statement names both.
DEFENDER = {
    "form": "https://formulaire.defenseurdesdroits.fr/",
    "delegates": "https://www.defenseurdesdroits.fr/saisir/delegues",
}


@login_not_required
@require_safe
@kept_offline
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    """Who publishes and who hosts (LCEN)."""
    return _shown(request, "notice", _published(slug))


@login_not_required
@require_safe
@kept_offline
def data(request: HttpRequest, slug: str) -> HttpResponse:
    """What is done with personal data, by which right, for how long; and whom to ask (RGPD)."""
    found = _published(slug)
    return _shown(request, "data", found, sheets=sheets(found.authority.id))


@login_not_required
@require_safe
@kept_offline
def information(request: HttpRequest, slug: str, record: str) -> HttpResponse:
    """The information notice of one processing that is done here, on its own: to be printed, posted, handed out."""
    found = _published(slug)
    sheet = next((each for each in sheets(found.authority.id) if each.processing.code == record), None)
    if sheet is None:
        raise Hidden
    return _shown(request, "information", found, sheet=sheet)


@login_not_required
@require_safe
@kept_offline
def accessibility(request: HttpRequest, slug: str) -> HttpResponse:
    """The accessibility statement, after the RGAA's model."""
    return _shown(request, "accessibility", _published(slug), defender=DEFENDER)


def _published(slug: str) -> Published:
    authority = authority_at(slug)
    if authority is None:
        raise Hidden
    return published(authority)


def _shown(request: HttpRequest, page: str, found: Published, **more: object) -> HttpResponse:
    told = {"published": found, "page": page, "address": public_address(found.authority), **more}
    return render(request, f"townhall/legal_{page}.html", told)
