"""What an authority says of itself, part by part, and how its pages will look."""

from collections.abc import Callable, Mapping
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from beffroi.kernel.territory.actions.settings import (
    OF_AUTHORITY,
    OF_NOTICE,
    Part,
    Value,
    change_legal_notice,
    change_settings,
    remove_logo,
    set_logo,
)
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries import authorities
from beffroi.kernel.townhall.forms import (
    AccessibilityForm,
    AuthorityForm,
    ContactForm,
    DomainForm,
    IdentityForm,
    LegalForm,
    LogoForm,
    NoticeForm,
)
from beffroi.kernel.townhall.queries.look import look_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of

Form = AuthorityForm | NoticeForm

TITLES = {
    Part.IDENTITY: gettext_lazy("Name and look"),
    Part.DOMAIN: gettext_lazy("Domain"),
    Part.CONTACT: pgettext_lazy("settings", "Contact"),
    Part.LEGAL: gettext_lazy("Legal notice"),
    Part.ACCESSIBILITY: gettext_lazy("Accessibility"),
}


def _domain(authority: Authority, data: Mapping[str, str] | None) -> Form:
    return DomainForm(data, instance=authority, taken=frozenset(settings.BEFFROI_HOSTS))


FORMS: Mapping[Part, Callable[[Authority, Mapping[str, str] | None], Form]] = {
    Part.IDENTITY: lambda authority, data: IdentityForm(data, instance=authority),
    Part.DOMAIN: _domain,
    Part.CONTACT: lambda authority, data: ContactForm(data, instance=authority),
    Part.LEGAL: lambda authority, data: LegalForm(data, instance=authorities.legal_notice(authority)),
    Part.ACCESSIBILITY: lambda authority, data: AccessibilityForm(data, instance=authorities.legal_notice(authority)),
}


@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest, slug: str, part: str = Part.IDENTITY.value) -> HttpResponse:
    """One part of the settings, whole."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    if part not in {code.value for code in TITLES}:
        raise Hidden
    code = Part(part)
    form = FORMS[code](authority, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _saved(request, authority, code, form):
        messages.success(request, _("Saved."))
        return _back(slug, code)
    return _shown(request, slug, code, form, LogoForm())


@require_POST
def logo_set(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a drawing, or remove the one there is."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    if "remove" in request.POST:
        remove_logo(authority=authority.id, by=viewer.known_person, now=utc_now())
        messages.success(request, _("The name stands alone again."))
        return redirect("settings-of", slug=slug)
    form = LogoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, slug, Part.IDENTITY, FORMS[Part.IDENTITY](authority, None), form)
    set_logo(authority=authority.id, drawing=form.cleaned_data["logo"], by=viewer.known_person, now=utc_now())
    messages.success(request, _("Your drawing is shown from now on."))
    return redirect("settings-of", slug=slug)


@require_GET
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """How the name and the colour being typed would look: nothing is saved."""
    authority = administered(viewer_of(request), slug)
    form = IdentityForm(request.GET, instance=authority)
    form.is_valid()  # what isn't valid yet keeps its value
    return render(request, "townhall/look.html", {"look": look_of(authority)})


@login_not_required
@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def logo_file(_request: HttpRequest, slug: str, digest: str, shape: str) -> HttpResponse:
    """The drawing itself; its address changes when it does."""
    row = authorities.logo(slug, digest)
    if row is None:
        raise Hidden
    return HttpResponse(bytes(row.square if shape == "square" else row.wide), content_type="image/png")


def _saved(request: HttpRequest, authority: Authority, part: Part, form: Form) -> bool:
    act = change_settings if part in OF_AUTHORITY else change_legal_notice
    names = OF_AUTHORITY.get(part) or OF_NOTICE[part]
    values = {name: cast("Value", form.cleaned_data[name]) for name in names}
    try:
        act(authority=authority.id, part=part, values=values, by=viewer_of(request).known_person, now=utc_now())
    except ValidationError as error:  # another authority took the domain meanwhile
        form.add_error(None, error)
        return False
    return True


def _back(slug: str, part: Part) -> HttpResponse:
    if part is Part.IDENTITY:
        return redirect("settings-of", slug=slug)
    return redirect("settings-part", slug=slug, part=part.value)


def _shown(request: HttpRequest, slug: str, part: Part, form: Form, logo: LogoForm) -> HttpResponse:
    saved = administered(viewer_of(request), slug)  # the form has written what was typed into its own
    wrong = logo.errors or form.errors
    told = {
        "desk": saved,
        "part": part.value,
        "title": TITLES[part],
        "parts": [(code.value, title) for code, title in TITLES.items()],
        "form": form,
        "logo_form": logo,
        "look": look_of(saved),
        "address": authorities.public_address(saved),
        "installation": settings.BEFFROI_PUBLIC_URL,
        "host": settings.BEFFROI_HOST,
        "legal": reverse("legal-notice", kwargs={"slug": slug}),
        "data": reverse("legal-data", kwargs={"slug": slug}),
        "accessibility": reverse("legal-accessibility", kwargs={"slug": slug}),
    }
    return render(request, "townhall/settings.html", told, status=422 if wrong else 200)
