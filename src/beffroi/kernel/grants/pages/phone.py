"""The phone that opens cabinets, for its owner."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from beffroi.kernel.accounts.allauth_adapter import used_passkey_lately
from beffroi.kernel.grants.queries import live_key, open_codes
from beffroi.kernel.grants.queries.naming import thumbprints
from beffroi.kernel.grants.queries.refusals import explain_enrolment
from beffroi.kernel.grants.rules import EnrolmentRefusal
from beffroi.kernel.register.queries.acts import Reach, described, entries_of_holders
from beffroi.kernel.register.queries.words import in_words
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of


@require_GET
def my_phone(request: HttpRequest) -> HttpResponse:
    """The phone that opens cabinets: enrol it, see what it is."""
    viewer = viewer_of(request)
    if not viewer.organisations_as(Role.TECHNICIAN):
        raise Hidden
    context = {
        "key": live_key(viewer.known_person),
        "by_passkey": used_passkey_lately(request),
        "reasons": [(each.value, explain_enrolment(each)) for each in EnrolmentRefusal],
        "code": open_codes([viewer.known_person], viewer.as_of).get(viewer.known_person),
    }
    return render(request, "grants/phone.html", context)


@require_GET
def my_acts(request: HttpRequest) -> HttpResponse:
    """What the register says was done with the viewer's own phone, whoever gave the right."""
    viewer = viewer_of(request)
    keys = thumbprints(viewer.known_person)
    if not keys and not viewer.organisations_as(Role.TECHNICIAN):
        raise Hidden
    page = page_of(request, entries_of_holders(viewer, keys, reach=Reach(holders=frozenset(keys))))
    context = {"page": page, "acts": in_words(viewer, described(page))}
    return render(request, "grants/my_acts.html", context)
