"""Whom to trust: the town's own authority, where it has one, how each kind of device is told so, and on paper.

These pages are read before HTTPS works, over plain HTTP too: both languages stand on each, and what proves them is on paper.
"""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from beffroi.adapters.tls import trust
from beffroi.adapters.tls.errors import LocalAuthorityError
from beffroi.adapters.tls.judging import name_of
from beffroi.adapters.tls.local import LocalAuthority, fingerprint
from beffroi.persistence.access import Hidden

FORMS: Final = {
    "crt": (trust.der, trust.DER_TYPE),
    "pem": (trust.pem, trust.PEM_TYPE),
    "mobileconfig": (trust.profile, trust.PROFILE_TYPE),
}
DEBIAN: Final = ("sudo cp beffroi.pem /usr/local/share/ca-certificates/beffroi.crt", "sudo update-ca-certificates")
CHROMIUM: Final = "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Beffroi -i beffroi.pem"
PAIRS_A_LINE: Final = 8
HTTP: Final = 80


def _authority() -> LocalAuthority:
    if not settings.BEFFROI_LOCAL_CA:
        raise Hidden
    return LocalAuthority(settings.BEFFROI_HOME / "keys")


def _told() -> dict[str, object]:
    """What pages say of it; Hidden where there is none."""
    authority = _authority()
    try:
        root, domains = authority.root(), authority.domains()
    except LocalAuthorityError as error:
        raise Hidden from error
    pairs = fingerprint(root).split(" ")
    return {
        "name": name_of(root.subject),
        "domains": domains,
        "until": root.not_valid_after_utc,
        "fingerprint": [" ".join(pairs[start : start + PAIRS_A_LINE]) for start in range(0, len(pairs), PAIRS_A_LINE)],
        "secure_address": settings.BEFFROI_PUBLIC_URL,
        "debian": DEBIAN,
        "chromium": CHROMIUM,
    }


@login_not_required
@require_safe
@cache_control(no_cache=True)
def page(request: HttpRequest) -> HttpResponse:
    """How a phone or a computer is told to trust it."""
    return render(request, "web/trust.html", _told())


@login_not_required
@require_safe
@cache_control(no_cache=True)
def sheet(request: HttpRequest) -> HttpResponse:
    """The same on a sheet of paper, for a wall or a counter: where the page is, and what to compare."""
    return render(request, "web/trust_sheet.html", {**_told(), "address": address()})


@login_not_required
@require_safe
@cache_control(no_cache=True)
def root(_request: HttpRequest, form: str) -> HttpResponse:
    """The authority's certificate, as that kind of device takes it."""
    written, kind = FORMS[form]
    try:
        content = written(_authority().root())
    except LocalAuthorityError as error:
        raise Hidden from error
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="beffroi.{form}"'
    return response


def address() -> str:
    """Where people find the page before they trust anything: over plain HTTP, where that is answered."""
    public, plain = urlsplit(settings.BEFFROI_PUBLIC_URL), settings.BEFFROI_HTTP_PORT
    if plain is None:
        return f"{settings.BEFFROI_PUBLIC_URL}/trust/"
    return f"http://{public.hostname}{'' if plain == HTTP else f':{plain}'}/trust/"
