"""Checks of what the kernel lives by: the broker, the messages, the mail server, the moment of the last entry."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import aiosmtplib
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.mail.server import MailServer
from beffroi.adapters.mqtt import notes
from beffroi.adapters.mqtt.client import answers
from beffroi.adapters.mqtt.errors import BrokerUnusableError
from beffroi.kernel.alerts.queries.watching import standing
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.register.models import Entry
from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said
from beffroi.persistence.servers import supervised

SECONDS: Final = 3
A_STRANGER: Final = 60.0
MESSAGES: Final = "messages"
# Entries keep the minute: one of this minute may seem to come from the next.
AHEAD: Final = timedelta(minutes=2)
TROUBLE: Final = "trouble.md#"
STUCK: Final = {
    "silent": _("Messages wait and no alerter says that it lives: nobody is told."),
    "left-lying": _("Messages wait though an alerter lives: nobody is told."),
}
NEGLECTED: Final = {
    "silent": _("The worker says nothing any more: deadlines pass and nothing is escalated."),
    "left-lying": _("The worker lives and leaves deadlines lying: they pass and nothing is escalated."),
}


def look_at_broker(now: datetime) -> Iterator[Finding]:
    """Whether it takes a connection of ours. An installation that never had one has nothing to look at."""
    known = supervised(now)
    if known is not None and known.broker == notes.DEMONSTRATION:
        yield Finding(
            "broker.demonstration",
            State.WARNING,
            _(
                "The demonstration broker runs: it loses messages, takes devices of this machine only, by password, "
                "and is not for a real town."
            ),
            _("Install Mosquitto (Debian: `apt install mosquitto`), then start Beffroi again."),
            "install.md",
            chosen=True,
        )
    try:
        url = broker_url()
    except BrokerUnusableError:
        return
    if not answers(url, seconds=SECONDS):
        yield Finding(
            "broker.silent",
            State.BAD,
            _(
                "The broker does not answer: no device can be reached, and no lock opens from a phone. Devices keep what they have to say."
            ),
            _(
                "Have Mosquitto started, and read its log. Devices connect again by themselves, and nothing that they kept is lost."
            ),
            f"{TROUBLE}broker",
        )
        return
    yield Finding("broker", State.WELL, _("It answers."))


def look_at_messages(now: datetime) -> Iterator[Finding]:
    """Whether messages leave and deadlines are kept, as the two programs that watch each other say."""
    found = standing(now)
    values = {"queued": float(found.queued), "oldest_seconds": found.oldest or 0.0}
    todo = _("Start the program again; its log says why it stands still. What waits then leaves by itself.")
    if found.trouble:
        yield Finding(
            f"{MESSAGES}.{found.trouble}", State.BAD, STUCK[found.trouble], todo, f"{TROUBLE}programs", values
        )
    if found.worker:
        yield Finding(
            f"{MESSAGES}.worker-{found.worker}", State.BAD, NEGLECTED[found.worker], todo, f"{TROUBLE}programs"
        )
    if not found.trouble and not found.worker:
        yield Finding(MESSAGES, State.WELL, _("Messages leave and deadlines are kept."), values=values)


def look_at_texts(now: datetime) -> Iterator[Finding]:
    """Whether the gateway of text messages takes them."""
    gateway = standing(now).sms
    if gateway is None:
        return
    if gateway.failing:
        yield Finding(
            "sms",
            State.WARNING,
            said(
                _("The gateway of text messages has not taken %(count)s of them after several tries (%(fault)s)."),
                count=gateway.failing,
                fault=gateway.fault,
            ),
            _("Look at its key, its credit, its address."),
            "sms.md",
        )
    else:
        yield Finding("sms", State.WELL, said(_("%(count)s text messages were sent today."), count=gateway.sent))


def look_at_mail(_now: datetime) -> Iterator[Finding]:
    """Whether the mail server lets us in. No letter is sent."""
    if settings.BEFFROI_SMTP_URL is None:
        return
    fault = asyncio.run(_greeted(MailServer.read(settings.BEFFROI_SMTP_URL)))
    if fault is None:
        yield Finding("mail", State.WELL, _("The mail server lets us in."))
        return
    yield Finding(
        "mail",
        State.WARNING,
        said(_("The mail server does not let us in: %(why)s. E-mails wait; screens and phones are told."), why=fault),
        _(
            "Look at BEFFROI_SMTP_URL (host, port, password) and at that server. E-mails leave by themselves when it is back."
        ),
        f"{TROUBLE}mail",
    )


async def _greeted(server: MailServer) -> Words | None:
    """Why the server doesn't take us; None when it does."""
    asked = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls,
        start_tls=server.must_encrypt,
        timeout=SECONDS,
    )
    try:
        async with asyncio.timeout(SECONDS), asked:
            await asked.noop()
    except aiosmtplib.SMTPAuthenticationError:
        return _("it refuses our name and password")
    except aiosmtplib.SMTPResponseException as refusal:
        return said(_("it answers %(code)s"), code=str(refusal.code))
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return _("there is no connection")
    return None


def look_at_moment(now: datetime) -> Iterator[Finding]:
    """Whether the register has an entry of later than now: then this clock is behind what it was."""
    last = Entry.objects.order_by("-transaction").values_list("at", flat=True).first()
    if last is not None and last - now > AHEAD:
        yield Finding(
            "moment",
            State.BAD,
            said(_("The register holds an entry of %(when)s: this machine’s clock is behind it."), when=last),
            _(
                "Set the clock right (`timedatectl`). Until then rights begin and end at wrong moments, and receipts bear them."
            ),
            f"{TROUBLE}clock",
        )
    else:
        yield Finding("moment", State.WELL, _("No entry is of later than now."))


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check("broker", _("Broker"), look_at_broker, order=40))
    # The alerter and the worker tell of one another, by alerts of their own.
    register_check(
        Check(
            MESSAGES, _("Messages and deadlines"), look_at_messages, order=31, needs_database=True, told_elsewhere=True
        )
    )
    register_check(Check("moment", _("The register and the clock"), look_at_moment, order=21, needs_database=True))
    register_check(Check("mail", _("Mail server"), look_at_mail, order=41, good_for=A_STRANGER))
    register_check(Check("sms", _("Text messages"), look_at_texts, order=42, needs_database=True))
