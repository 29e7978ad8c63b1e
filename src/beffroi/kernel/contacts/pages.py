"""Door contacts: the list, one contact, putting one on a door."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.queries.alerts import described as described_alerts
from beffroi.kernel.alerts.queries.alerts import live_alerts_of
from beffroi.kernel.contacts.actions.models import describe_model, remove_model
from beffroi.kernel.contacts.actions.registration import (
    expect_contact,
    place_contact,
    register_contact,
    retire_contact,
    turn_contact,
)
from beffroi.kernel.contacts.errors import AddressUnfit, ContactError, ModelInUse, ModelUnfit, ModelUnknown, ThingUnfit
from beffroi.kernel.contacts.forms import BeatForm, ContactForm, ModelForm, PlaceForm, SearchForm
from beffroi.kernel.contacts.models import NETWORK_LABELS, Contact, OwnModel
from beffroi.kernel.contacts.queries.contacts import (
    concerned,
    contact_seen,
    described,
    events_of,
    find_contacts,
    may_set,
    strangers_of,
    tally,
    trial_of,
    visible_contacts,
)
from beffroi.kernel.contacts.queries.lines import heard, lines_of
from beffroi.kernel.contacts.queries.models import own_model, own_models, used_by
from beffroi.kernel.contacts.queries.trying import EXAMPLE, Tried, tried
from beffroi.kernel.contacts.queries.words import fault_words, finding_words
from beffroi.kernel.contacts.registry import models
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.kernel.territory.queries.outlines import bounds_of
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.persistence.retiring import RetireForm

STRANGERS_A_PAGE = 20
# Beside which field a refusal stands.
FIELDS: Final = {AddressUnfit.code: "label", ModelUnknown.code: "model", ThingUnfit.code: "thing"}


@require_GET
def contact_list(request: HttpRequest) -> HttpResponse:
    """All contacts, the worst first; the brokers they are heard through; what speaks and is registered nowhere."""
    viewer = viewer_of(request)
    if not concerned(viewer):
        raise Hidden
    form = SearchForm(request.GET)
    found = form.cleaned_data if form.is_valid() else {}
    page = page_of(request, find_contacts(viewer, text=found.get("q", "").strip(), state=found.get("state", "")))
    context = {
        "page": page,
        "rows": described(viewer, list(page)),
        "tally": tally(viewer),
        "form": form,
        "searching": any(found.values()),
        "ever": visible_contacts(viewer).exists(),
        "several": len(viewer.authorities(Role.ADMINISTRATOR, Role.AGENT)) > 1,
        "lines": [
            (row, heard(row, viewer.as_of), fault_words(row.fault), finding_words(row.refused_code))
            for row in lines_of(viewer)
        ],
        "strangers": strangers_of(viewer)[:STRANGERS_A_PAGE],
        "may_add": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "contacts/list.html", context)


def _whose(request: HttpRequest, viewer: Viewer) -> tuple[UUID | None, dict[UUID, str]]:
    """The authority that is set up, and all that the viewer sets up; None while they have to choose."""
    authorities = dict(administered_names(viewer))
    if not authorities:
        raise Hidden
    wanted = request.POST.get("of") or request.GET.get("of") or ""
    authority = next((pk for pk in authorities if str(pk) == wanted), None)
    return authority or (next(iter(authorities)) if len(authorities) == 1 else None), authorities


@require_http_methods(["GET", "POST"])
def contact_add(request: HttpRequest) -> HttpResponse:
    """Put a contact on a door."""
    viewer = viewer_of(request)
    authority, authorities = _whose(request, viewer)
    if authority is None:
        return render(request, "contacts/whose.html", {"authorities": authorities.items()})
    initial = {name: request.GET[name] for name in ("label", "model", "thing", "name") if name in request.GET}
    form = ContactForm(request.POST or None, authority=authority, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = register_contact(
                authority=authority,
                label=form.cleaned_data["label"],
                model=form.cleaned_data["model"],
                name=form.cleaned_data["name"],
                thing=form.chosen(),
                patience=form.cleaned_data["patience"],
                beat=form.cleaned_data["beat"],
                place=form.place(),
                by=viewer.person,
                now=utc_now(),
            )
        except ContactError as error:
            form.add_error(FIELDS.get(error.code, "label"), str(error.message))
        else:
            messages.success(request, _("The contact is registered. Try it now: open the door, then shut it."))
            return redirect("contact", pk=row.pk)
    whose = authorities[authority] if len(authorities) > 1 else ""
    context = {"form": form, "of": authority, "whose": whose, "bounds": bounds_of(authority)}
    return render(request, "contacts/add.html", context, status=422 if form.errors else 200)


@require_GET
def contact_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One contact: its door, its trial, what it said, how it is."""
    viewer = viewer_of(request)
    row = contact_seen(viewer, pk)
    (seen,) = described(viewer, [row])
    context = {
        "contact": row,
        "seen": seen,
        "trial": trial_of(row),
        "events": events_of(row),
        "alerts": described_alerts(viewer, live_alerts_of(viewer, resource=row.thing or row.pk)).values(),
        "finding": finding_words(row.unread_code) if row.unread_times and _keeps(viewer, row) else "",
        "may_set": may_set(viewer, row),
        "retire_form": RetireForm(),
        "beat_form": BeatForm(initial={"beat": row.beat_minutes}),
    }
    return render(request, "contacts/contact.html", context)


def _keeps(viewer: Viewer, row: Contact) -> bool:
    """What nobody understood may hold anything: for those who set the authority up."""
    return row.authority_id in viewer.authorities(Role.ADMINISTRATOR)


@require_http_methods(["GET", "POST"])
def contact_place(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a room stands on the map; a thing of a system has its place there."""
    viewer = viewer_of(request)
    row = contact_seen(viewer, pk)
    if not may_set(viewer, row) or row.thing is not None:
        raise Hidden
    form = PlaceForm(request.POST or None, initial={"latitude": row.latitude, "longitude": row.longitude})
    if request.method == "POST" and form.is_valid():
        place = None if "off" in request.POST else form.place()
        place_contact(authority=row.authority_id, contact=row.pk, place=place, by=viewer.person, now=utc_now())
        messages.success(request, _("It stands on the map.") if place else _("It stands on no map."))
        return redirect("contact", pk=pk)
    context = {"form": form, "contact": row, "bounds": bounds_of(row.authority_id)}
    return render(request, "contacts/place.html", context, status=422 if form.errors else 200)


@require_POST
def contact_turn(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It says the opposite of what its door does."""
    viewer = viewer_of(request)
    row = contact_seen(viewer, pk)
    if not may_set(viewer, row):
        raise Hidden
    turn_contact(authority=row.authority_id, contact=row.pk, by=viewer.person, now=utc_now())
    messages.success(request, _("It is read the other way round from now on."))
    return redirect("contact", pk=pk)


@require_POST
def contact_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a contact off for good."""
    viewer = viewer_of(request)
    row = contact_seen(viewer, pk)
    if not may_set(viewer, row):
        raise Hidden
    form = RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why it leaves."))
        return redirect("contact", pk=pk)
    reason = form.cleaned_data["reason"]
    retire_contact(authority=row.authority_id, contact=row.pk, reason=reason, by=viewer.person, now=utc_now())
    messages.success(request, _("It is taken off: what it says is not listened to any more."))
    return redirect("contact", pk=pk)


@require_POST
def contact_beat(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It was set to speak more or less often than its model does."""
    viewer = viewer_of(request)
    row = contact_seen(viewer, pk)
    if not may_set(viewer, row):
        raise Hidden
    form = BeatForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give minutes, from 1 to 10,080, or nothing."))
        return redirect("contact", pk=pk)
    minutes = form.cleaned_data["beat"]
    expect_contact(authority=row.authority_id, contact=row.pk, minutes=minutes, by=viewer.person, now=utc_now())
    messages.success(request, _("Its silence is counted by that from now on."))
    return redirect("contact", pk=pk)


@require_GET
def model_list(request: HttpRequest) -> HttpResponse:
    """Models that one may register: one's own, and those that are known."""
    viewer = viewer_of(request)
    if not viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    context = {
        "own": own_models(viewer),
        "several": len(viewer.authorities(Role.ADMINISTRATOR)) > 1,
        "known": [(each, dict(NETWORK_LABELS)[each.network]) for each in sorted(models().values(), key=str)],
    }
    return render(request, "contacts/models.html", context)


@require_http_methods(["GET", "POST"])
def model_add(request: HttpRequest) -> HttpResponse:
    """Say what the messages of a model mean, and try it."""
    viewer = viewer_of(request)
    authority, authorities = _whose(request, viewer)
    if authority is None:
        return render(request, "contacts/whose.html", {"authorities": authorities.items(), "model": True})
    return _described(request, viewer, authority, None)


@require_http_methods(["GET", "POST"])
def model_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say anew what the messages of one's own model mean, and try it."""
    viewer = viewer_of(request)
    row = own_model(viewer, pk)
    return _described(request, viewer, row.authority_id, row)


def _described(request: HttpRequest, viewer: Viewer, authority: UUID, row: OwnModel | None) -> HttpResponse:
    form = ModelForm(request.POST or None, initial={"description": row.description if row else EXAMPLE})
    found: Tried | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if "try" in request.POST:
            found = tried(said["description"], payload=said["payload"], port=said["port"])
        else:
            try:
                describe_model(
                    authority=authority,
                    model=row.pk if row else None,
                    description=said["description"],
                    by=viewer.person,
                    now=utc_now(),
                )
            except ModelUnfit as error:
                form.add_error("description", str(error.message))
                found = Tried(unfit=error.why)
            else:
                messages.success(request, _("The model is described: contacts of it can be registered."))
                return redirect("contact-models")
    context = {"form": form, "of": authority, "model": row, "tried": found, "used": used_by(row) if row else 0}
    return render(request, "contacts/model.html", context, status=422 if form.errors else 200)


@require_POST
def model_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget one's own model."""
    viewer = viewer_of(request)
    row = own_model(viewer, pk)
    try:
        remove_model(authority=row.authority_id, model=row.pk, by=viewer.person, now=utc_now())
    except ModelInUse as error:
        messages.error(request, str(error.message))
        return redirect("contact-model", pk=pk)
    messages.success(request, _("The model is forgotten."))
    return redirect("contact-models")
