"""Our public address, as an installation looks at it: does what people send there arrive here as they sent it?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.tls.errors import LocalAuthorityError
from beffroi.adapters.tls.local import LocalAuthority
from beffroi.lib.hosts import at_home
from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said
from beffroi.web.https.asking import CLAIMED, OK, Arrived, Asker, UnreachedError

CODE: Final = "address"
MORE: Final = "https.md#behind-a-proxy"
REMEMBERED: Final = 600.0
NOT_OURS: Final = _(
    "Something else answers at %(url)s (%(status)s), or a proxy that doesn’t pass everything on to this installation."
)
FORWARD: Final = _(
    "Have the proxy pass every path on to this server, under the name that was asked for. nginx: proxy_pass, and "
    "proxy_set_header Host $host. Apache: ProxyPreserveHost On."
)


def asker(url: str) -> Asker:
    """Who believes our own authority, where there is one, beside those that this machine trusts."""
    try:
        root = LocalAuthority(settings.BEFFROI_HOME / "keys").root() if settings.BEFFROI_LOCAL_CA else None
    except LocalAuthorityError:
        root = None
    return Asker(url, root)


def look(_now: datetime) -> Iterator[Finding]:
    """One question to the address that people type; none where it is this machine's alone."""
    url = str(settings.BEFFROI_PUBLIC_URL)
    if not url.startswith("https://") or at_home(urlsplit(url).hostname or ""):
        return
    try:
        arrived = asker(url).arrived()
    except UnreachedError as error:
        # Many networks let nobody inside ask their own outside: that is no fault by itself, and is said as such.
        unreached = said(_("%(url)s can’t be asked from this machine itself (%(why)s)."), url=url, why=error.why)
        yield (
            _warning("refused", refused(url, error), RETRUST)
            if error.refused
            else Finding(CODE, State.WELL, unreached, more=MORE)
        )
        return
    yield from _judged_here(url, arrived)


def _judged_here(url: str, arrived: Arrived) -> list[Finding]:
    return judged(url, arrived, proxied=settings.BEFFROI_TLS is None, believing=bool(settings.BEFFROI_TRUSTED_PROXIES))


def judged(url: str, arrived: Arrived, *, proxied: bool, believing: bool = True) -> list[Finding]:
    """What is wrong with the way of that question, or that nothing is; `proxied`: somebody else speaks HTTPS for us; `believing`: some
    proxy is named whose word is taken.
    """
    if arrived.status != OK:
        return [_warning("elsewhere", said(NOT_OURS, url=url, status=arrived.status), FORWARD)]
    found = []
    if (
        arrived.host.rpartition(":")[0].lower() != urlsplit(url).hostname
        and arrived.host.lower() != urlsplit(url).hostname
    ):
        told = said(_("People ask for %(url)s, and it arrives here as %(host)s."), url=url, host=arrived.host)
        found.append(_warning("host", told, FORWARD))
    found += _of_headers(arrived) if proxied else _at_our_own_door(arrived, believing=believing)
    if arrived.scheme != "https" and not any(finding.code == f"{CODE}.proxies" for finding in found):
        found.append(_of_scheme(arrived))
    return found or [
        Finding(CODE, State.WELL, said(_("What is sent to %(url)s arrives as it was sent."), url=url), more=MORE)
    ]


def _of_headers(arrived: Arrived) -> list[Finding]:
    """From whom it seems to come."""
    if arrived.forwarded_for is None:
        return [_warning("silent", SILENT, FOR)]
    named = [each.strip() for each in arrived.forwarded_for.split(",")]
    # What stands last is what the proxy says; one that only passes the header on leaves the visitor's own claim there.
    if named[-1] == CLAIMED:
        return [_warning("claims", CLAIMS, FOR)]
    return [_unbelieved(arrived)] if arrived.client not in named else []


def _at_our_own_door(arrived: Arrived, *, believing: bool) -> list[Finding]:
    """No proxy is missed there. One that is there all the same shows by what it adds to our own claim; if it isn't believed, all visitors
    seem to be one.
    """
    named = [each.strip() for each in (arrived.forwarded_for or CLAIMED).split(",")]
    if named == [CLAIMED]:
        return []
    # Asked from this very machine, the proxy names its own address too: whether it is believed isn't seen by that.
    return [] if believing and arrived.client in named else [_unbelieved(arrived)]


def _unbelieved(arrived: Arrived) -> Finding:
    told = said(_("The proxy at %(client)s says for whom it asks, and isn’t believed."), client=arrived.client)
    return _warning("proxies", told, said(_("Set BEFFROI_TRUSTED_PROXIES=%(client)s"), client=arrived.client))


SILENT: Final = _(
    "The proxy doesn’t say for whom it asks: all visitors seem to be one, and one who mistypes a password holds all up."
)
CLAIMS: Final = _(
    "The proxy passes on what visitors claim of themselves: whoever guesses passwords can come from a new address each time."
)
FOR: Final = _(
    "nginx: proxy_set_header X-Forwarded-For $remote_addr. Caddy and Apache say it by themselves; before another proxy of yours, see "
    "docs/operators/https.md."
)


def _of_scheme(arrived: Arrived) -> Finding:
    told = said(
        _("People come over HTTPS, and the proxy says “%(scheme)s”: log-ins fail, and every page warns."),
        scheme=arrived.forwarded_proto or "",
    )
    todo = _('nginx: proxy_set_header X-Forwarded-Proto $scheme. Apache: RequestHeader set X-Forwarded-Proto "https".')
    return _warning("scheme", told, todo)


RETRUST: Final = _(
    "Have the proxy’s certificate made anew, whole, for this name. If an authority of yours signed it, have this machine trust that one: "
    "update-ca-certificates."
)


def refused(url: str, error: UnreachedError) -> Words:
    """What a browser would say too, unless it trusts more than this machine does."""
    return said(_("This machine doesn’t believe the certificate of %(url)s: %(why)s."), url=url, why=error.why)


def thorough(url: str) -> list[Finding]:
    """The same at length, as long as it takes: also whether streams flow and photographs pass. Nothing is well that could not be asked."""
    who = asker(url)
    try:
        arrived = who.arrived()
        found = _judged_here(url, arrived)
        if arrived.status != OK:
            return found
        if not who.streams():
            told = _("What is sent bit by bit arrives at the end only: screens that show what happens stay still.")
            found.append(_warning("held", told, _("nginx: proxy_buffering off, or let it heed X-Accel-Buffering.")))
        if not who.takes_photographs():
            told = _("A photograph of 25 MB doesn’t pass: reports with a large one fail.")
            found.append(
                _warning("body", told, _("nginx: client_max_body_size 32m. Apache: LimitRequestBody 33554432."))
            )
    except UnreachedError as error:
        todo = _(
            "Look whether the name leads to the proxy, whether it runs, and whether this machine may ask it: in many networks nobody "
            "inside can ask the outside. Then try from another machine of yours, with a browser."
        )
        seen = said(_("%(url)s can’t be asked from this machine itself (%(why)s)."), url=url, why=error.why)
        return [
            _warning("refused", refused(url, error), RETRUST) if error.refused else _warning("unreached", seen, todo)
        ]
    return [each for each in found if each.state is not State.WELL] or found


def _warning(code: str, seen: Words, todo: Words) -> Finding:
    """Never worse: people are served, and a machine that a proxy asks whether it is well must not be taken out for the proxy's faults."""
    return Finding(f"{CODE}.{code}", State.WARNING, seen, todo, MORE)


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check(CODE, _("Public address"), look, order=40, good_for=REMEMBERED))
