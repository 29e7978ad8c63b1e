"""From an owner's yes to the first picture on the officer's screen, by the whole way: minter, page, exchange, relay, camera, Chromium;
and from a right's end, withdrawn or by itself, to the last byte that leaves the relay, by the same way.

``python -m bench looks [--quick]``. PostgreSQL, Mosquitto, web, minter, ingest, worker, a relay, simulated cameras and the browser, all of
its own, under a temporary folder. Nobody touches the officer's page after the request: the picture begins by itself. The cut is measured
by a viewer that never hangs up, where the player would close by itself: what ends is ended by the relay alone.
"""

import functools
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bench.register import Line, installation

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from playwright.sync_api import Page

    from beffroi.kernel.grants.models import Grant
    from beffroi.simulator.screen import Look
    from tests.journeys.residence import Site

ROUNDS, QUICK_ROUNDS = 20, 3
GREATEST_MS = 1500.0
WITHDRAWN_MS, ENDED_MS = 2000.0, 1000.0
LEFT: Final = timedelta(seconds=20)  # of a right that ends while one looks
SEEN: Final = 25  # pictures, a second of them: the look lives
ASKED_FIRST = "Images que le bailleur accorde une à une"
# When the first picture is on the screen, by the machine's own clock; asked for before anybody says yes.
WATCHED = """gate => {
  const video = document.querySelector(`[data-tile="${gate}"] video`);
  window.first = new Promise(done => video.requestVideoFrameCallback(now => done(performance.timeOrigin + now)));
}"""


def measure(*, quick: bool) -> list[Line]:
    """Ask, say yes, see, end: so many times."""
    with installation() as info, ExitStack() as stack:
        os.environ["BEFFROI_DATABASE_OWNER_URL"] = info.owner_url
        import django  # noqa: PLC0415 - the environment is known only now

        django.setup()
        from tests.journeys.looking import before, seated  # noqa: PLC0415 - Django is ready only now
        from tests.journeys.residence import filmed  # noqa: PLC0415 - as above

        site = stack.enter_context(filmed(info))
        lend_one_by_one(site)
        withdrawn, ended = cuts(site, QUICK_ROUNDS if quick else ROUNDS)
        page = seated(stack.enter_context(before(site)), site.officer)
        waits = [waited(site, page) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
        load = os.getloadavg()[0]
    worst = max(waits)
    return [
        Line("machine's load", load, "", f"of {os.cpu_count()} cores"),
        Line(
            "yes to picture, median", statistics.median(waits), "ms", f"{len(waits)} requests, each by its owner's yes"
        ),
        Line("yes to picture, worst", worst, "ms", f"at most {GREATEST_MS:.0f}", worst <= GREATEST_MS),
        *beside("withdrawn to last byte", withdrawn, WITHDRAWN_MS),
        *beside("end to last byte", ended, ENDED_MS),
    ]


def beside(name: str, figures: list[float], greatest: float) -> list[Line]:
    """Median and worst of some cuts; the worst is what was promised."""
    worst = max(figures)
    return [
        Line(f"{name}, median", statistics.median(figures), "ms", f"{len(figures)} looks"),
        Line(f"{name}, worst", worst, "ms", f"at most {greatest:.0f}", worst <= greatest),
    ]


def cuts(site: "Site", rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the last byte: from the commit of a withdrawal, and from the end that a right has of itself."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key  # noqa: PLC0415 - as above

    from beffroi.kernel.grants.actions.browsers import enrol_browser, revoke_browser  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.rules import EnrolmentRefusal  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import holder_key  # noqa: PLC0415 - as above
    from tests.journeys.looking import TWO_HOURS  # noqa: PLC0415 - as above

    secret, person = generate_private_key(SECP256R1()), site.officer.id
    key = enrol_browser(person=person, key=holder_key(secret), second_factor=True, now=utc_now())
    if isinstance(key, EnrolmentRefusal):
        raise SystemExit(f"no browser: {key}")

    def look(left: timedelta) -> "tuple[Look, Grant]":
        return looking(site, secret, left)

    withdrawn = [cut(*look(TWO_HOURS), withdraw, "revoked") for _ in range(rounds)]
    ended = [cut(*look(LEFT), lambda grant: grant.ends.timestamp(), "expired") for _ in range(rounds)]
    revoke_browser(person=person, thumbprint=key.thumbprint, by=person, now=utc_now())
    return withdrawn, ended


def looking(site: "Site", secret: "EllipticCurvePrivateKey", left: timedelta) -> "tuple[Look, Grant]":
    """A look that lives, by a right that has so much left."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - as above

    from beffroi.kernel.devices.queries.devices import trust_in_force  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.tests.street import eventually  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.models import Grant  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.errors import Refused  # noqa: PLC0415 - as above
    from beffroi.simulator.phone import Phone  # noqa: PLC0415 - as above
    from beffroi.simulator.screen import Place, Screen  # noqa: PLC0415 - as above
    from beffroi.systems.video.models import Camera, Request  # noqa: PLC0415 - as above
    from tests.journeys.looking import TWO_HOURS, asked_at  # noqa: PLC0415 - as above

    asked = utc_now().replace(microsecond=0) - TWO_HOURS + left
    grant = Grant.objects.get(pk=Request.objects.get(pk=asked_at(site, asked)).grant)
    eventually(lambda: Grant.objects.filter(pk=grant.pk).exclude(token="").exists(), "the right is signed")
    grant.refresh_from_db()
    trust = trust_in_force(grant.authority_id)
    relay, port = Camera.objects.select_related("relay").get(pk=site.hall.pk).relay, urlsplit(site.relay.address).port
    if trust is None or relay is None or port is None:
        raise SystemExit("no keys, or no relay")
    phone = Phone(secret, grant.token, trust.keyset, int(time.time()))
    look = Screen(phone, Place(port, str(relay.device_id), site.address)).look(str(site.hall.pk))
    if isinstance(look, Refused):
        raise SystemExit(f"nothing is shown: {look}")
    look.until(lambda picture: picture.frames >= SEEN)
    return look, grant


def withdraw(grant: "Grant") -> float:
    """End a right before its time; the moment at which that was committed, in seconds of the machine's clock."""
    from beffroi.kernel.grants.actions.orders import close_grant  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    close_grant(grant=grant, reason="withdrawn", by=None, now=utc_now())
    return time.time()


def cut(look: "Look", grant: "Grant", end: "Callable[[Grant], float]", cause: str) -> float:
    """Milliseconds from the end of a right to the last byte, of whatever kind, that reached whoever looked until nothing more came."""
    with look, ThreadPoolExecutor(max_workers=1) as reader:
        seen = reader.submit(look.rest)
        over = end(grant)
        picture = seen.result()
        last = time.time() - (time.monotonic() - picture.last)
    if picture.cause not in (None, cause):  # none is said where bytes still waited: they were thrown away
        raise SystemExit(f"it ended otherwise: {picture.cause}")
    return (last - over) * 1000


def lend_one_by_one(site: "Site") -> None:
    """A second convention, under which the landlord is asked first."""
    from beffroi.kernel.grants.rules import Approval  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.factories import make_organisation  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.systems.video.factories import agree  # noqa: PLC0415 - as above
    from tests.journeys.residence import designated  # noqa: PLC0415 - as above

    station = make_organisation("Commissariat de Charenton")
    convention = agree(site.here, ASKED_FIRST, receiving=station, now=utc_now(), approval=Approval.OWNER)
    designated(convention, site.officer, site.here.police)


def waited(site: "Site", page: "Page") -> float:
    """Milliseconds from the commit of the yes to the first picture; ended again afterwards."""
    from playwright.sync_api import expect  # noqa: PLC0415 - as above

    from tests.islands.player.screen import tile  # noqa: PLC0415 - as above
    from tests.journeys.browser import apart  # noqa: PLC0415 - as above
    from tests.journeys.looking import THEFT, closed, in_four_acts  # noqa: PLC0415 - as above

    request = in_four_acts(page, f"camera:{site.hall.pk}", why=f"{THEFT} · {ASKED_FIRST}")
    expect(tile(page, str(site.hall.pk))).to_contain_text("En attente du droit d’accès")
    page.evaluate(WATCHED, str(site.hall.pk))
    said = apart(functools.partial(say_yes, site, request))
    shown = float(page.evaluate("() => window.first"))
    page.keyboard.press("e")
    closed(page, site, site.hall, "Vous y avez mis fin.")
    return shown - said


def say_yes(site: "Site", address: str) -> float:
    """The landlord's answer; the moment at which it was committed, in milliseconds of the machine's clock."""
    from beffroi.kernel.grants.models import Grant  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.systems.video.actions.requests import approve_request  # noqa: PLC0415 - as above
    from beffroi.systems.video.models import Request  # noqa: PLC0415 - as above
    from tests.journeys.looking import identifier  # noqa: PLC0415 - as above

    request = Request.objects.select_related("site").get(pk=identifier(address))
    grant = Grant.objects.select_related("convention").get(pk=request.grant)
    approve_request(
        request=request, grant=grant, organisation=site.here.landlord.pk, by=site.here.lea.pk, now=utc_now()
    )
    return time.time() * 1000


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    lines = measure(quick="--quick" in sys.argv[1:])
    print("looks")
    for line in lines:
        verdict = {None: "", True: "kept", False: "PASSED"}[line.kept]
        print(f"{line.name:31}{line.figure:10.1f} {line.unit:3} {line.beside:60}{verdict}")
    sys.exit(0 if all(line.kept is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
