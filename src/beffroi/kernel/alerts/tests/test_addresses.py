"""Messages lead to the domain of the authority that they are about: two authorities, one with a domain, one without."""

import re
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sms.fake import FakeGateway
from beffroi.adapters.sms.text import LONGEST, length
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.actions.mobiles import ask_code, prove_number
from beffroi.kernel.alerts.factories import FORCED, Watch, ring, ringing, watch
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server
from beffroi.kernel.territory.actions.settings import Part, change_settings
from beffroi.kernel.territory.factories import make_membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

SHARED, LONG = "https://beffroi.example", f"{'belfry-' * 8}of.{'a-very-small-town.' * 3}example"
NUMBERS = {"meaux": "+33612345678", "provins": "+33612345679", "lagny": "+33612345670"}


@pytest.fixture
def outside(own_database: ConnectionInfo, settings: Settings) -> Iterator[tuple[FakeGateway, Mailbox]]:
    settings.BEFFROI_PUBLIC_URL, box = SHARED, Mailbox()
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with FakeGateway().running() as gateway, ringing(), mail_server(box) as url:
        settings.BEFFROI_SMS, settings.BEFFROI_SMTP_URL = gateway.gateway, url
        yield gateway, box


def town(slug: str, domain: str) -> Watch:
    """A town whose operator has a number, and another an e-mail address alone."""
    here = watch(now=utc_now(), slug=slug)
    if domain:
        values = {"domain": domain}
        change_settings(authority=here.authority.pk, part=Part.DOMAIN, values=values, by=None, now=utc_now())
    assert ask_code(number=NUMBERS[slug], code="123456", now=utc_now(), by=here.opal.pk) is None
    assert prove_number(code="123456", now=utc_now(), by=here.opal.pk) is None
    make_membership(make_person(f"Olga {slug}", email=f"olga@{slug}.example"), here.police, Role.OPERATOR)
    return here


def gone() -> bool:
    return not Delivery.objects.filter(channel__in=["sms", "mail"], state="queued").exists()


def test_each_message_leads_to_the_address_of_its_authority(outside: tuple[FakeGateway, Mailbox]) -> None:
    gateway, box = outside
    towns = {"meaux": "beffroi.meaux.example", "provins": "", "lagny": LONG}
    watches = {slug: town(slug, domain) for slug, domain in towns.items()}
    with alerting():
        for here in watches.values():
            ring(here, kind=FORCED, now=utc_now())
        eventually(gone, "all messages leave")
    said = {slug: gateway.texts(number)[0] for slug, number in NUMBERS.items()}
    assert " https://beffroi.meaux.example/n/" in said["meaux"]
    assert f" {SHARED}/n/" in said["provins"]
    assert f" {SHARED}/n/" in said["lagny"], "a domain that leaves no room for words is not written in a text message"
    assert all(length(text) <= LONGEST for text in said.values())
    for slug, address in {
        "meaux": "https://beffroi.meaux.example",
        "provins": SHARED,
        "lagny": f"https://{LONG}",
    }.items():
        (letter,) = [each for each in box.letters if each["To"] == f"olga@{slug}.example"]
        plain = letter.get_body(("plain",))
        assert plain is not None
        assert set(re.findall(r"https://[^/\s]+", plain.get_content())) == {address}
        assert letter["List-Unsubscribe"] == f"<{address}/alerts/contacts/>"
