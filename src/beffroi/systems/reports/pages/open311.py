"""Open311 GeoReport v2 at `/open311/<authority>/v2/`, with mySociety's updates: anybody reads what is public, a key is needed to write."""

from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from beffroi.adapters.open311.documents import (
    LONGEST_DESCRIPTION,
    SPECIFICATION,
    Created,
    Discovery,
    Endpoint,
    Format,
    ServiceDefinition,
    Status,
    UpdateCreated,
)
from beffroi.adapters.open311.writing import Root, write_definition, write_discovery, write_list
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.spelling import normalised
from beffroi.systems.reports.actions.making import Taken, Told, make_report
from beffroi.systems.reports.actions.programs import say_from_program
from beffroi.systems.reports.errors import CategoryClosed, ReportError
from beffroi.systems.reports.forms.questions import AnswersForm
from beffroi.systems.reports.models import Category, ProgramKey, Report
from beffroi.systems.reports.pages.answers import (
    FARTHEST,
    LONGEST_NUMBER,
    Asking,
    Refused,
    answered,
    number_of,
    paced,
    uuid_in,
)
from beffroi.systems.reports.pages.intake import leave_out, take_in
from beffroi.systems.reports.queries.counter import spots_called
from beffroi.systems.reports.queries.programs import (
    LONGEST_SPAN,
    MOST,
    Asked,
    asked_for,
    key_named,
    offered,
    referred_to,
    requests_of,
    services_of,
    submitted,
    updates_of,
)
from beffroi.systems.reports.queries.questions import asked_of, attributes_of
from beffroi.systems.reports.rules import Source

LONGEST_ADDRESS: Final = 160
LONGEST_LINK: Final = 2048
# Of one key: a town's worth of reports after a storm, and no flood.
PACE: Final = "1200/10m/key"
# Of one address, with no key or a wrong one: somebody who sets a program up, and no flood.
REFUSALS: Final = "60/10m/ip"
YES: Final = frozenset({"true", "1"})


@answered("GET")
def discovery(asking: Asking) -> bytes:
    """Where the interface is, and how one gets a key."""
    authority = asking.authority
    path = reverse("open311-services", args=[authority.slug, Format.XML.value]).rpartition("/services.")[0]
    # What is offered is looked at again each day: nothing says since when it is as it is.
    day = f"{utc_now():%Y-%m-%d}"
    formats = tuple(form.media_type for form in Format)
    endpoint = Endpoint(SPECIFICATION, f"{public_address(authority)}{path}", day, "production", formats)
    contact = " ".join(part for part in (authority.name, authority.phone, authority.email) if part)
    told = _("The administrators of %(name)s give keys, in the settings of reports.") % {"name": authority.name}
    return write_discovery(Discovery(day, contact, told, (endpoint,)), asking.form)


@answered("GET")
def services(asking: Asking) -> bytes:
    """Kinds of faults that anybody may read of."""
    return write_list(Root.SERVICES, services_of(asking.authority.pk), asking.form)


@answered("GET")
def definition(asking: Asking, code: str) -> bytes:
    """The questions of one."""
    row = _category(asking, code)
    asked = asked_of([row.pk]).get(row.pk, [])
    return write_definition(ServiceDefinition(row.code, attributes_of(asked)), asking.form)


@answered("GET", "POST")
def requests(asking: Asking) -> bytes:
    """What was reported; or a report to make."""
    if asking.request.method == "POST":
        return write_list(Root.REQUESTS, [_made(asking)], asking.form)
    extended = asking.argument("extensions").lower() in YES
    if references := asking.several("service_request_id"):
        rows = referred_to(asking.authority.pk, references[:MOST])
        return write_list(Root.REQUESTS, requests_of(list(rows), extended=extended), asking.form)
    size = int(asking.number("page_size", least=1, most=MOST) or MOST)
    first = (int(asking.number("page", least=1, most=1_000_000) or 1) - 1) * size
    found = list(asked_for(asking.authority.pk, _asked(asking))[first : first + size])
    return write_list(Root.REQUESTS, requests_of(found, extended=extended), asking.form)


@answered("GET")
def request_one(asking: Asking, reference: str) -> bytes:
    """One report."""
    extended = asking.argument("extensions").lower() in YES
    return write_list(Root.REQUESTS, requests_of([_report(asking, reference)], extended=extended), asking.form)


@answered("GET")
def token(asking: Asking, token: str) -> bytes:
    """The number of a report that a program made with this as its Idempotency-Key, for one that lost our answer."""
    number = uuid_in(token)
    report = submitted(asking.authority.pk, number) if number else None
    if report is None:
        raise Refused(404, _("No report has this token."))
    return write_list(Root.REQUESTS, [Created(report.reference, str(number))], asking.form)


@answered("GET", "POST")
def updates(asking: Asking) -> bytes:
    """What became of reports; or something that a program says of one."""
    if asking.request.method == "POST":
        return write_list(Root.UPDATES, [_said(asking)], asking.form)
    since, until = _span(asking)
    return write_list(Root.UPDATES, updates_of(asking.authority.pk, since, until), asking.form)


def _asked(asking: Asking) -> Asked:
    after, before = asking.moment("updated_after"), asking.moment("updated_before")
    since, until = (None, None) if after or before else _span(asking)
    statuses = asking.several("status")
    if unknown := set(statuses) - set(Status):
        raise Refused(400, _("A status is open or closed, not %(word)s.") % {"word": min(unknown)[:40]})
    near = asking.position()
    metres = asking.number("radius", least=1, most=FARTHEST)
    if near is not None and metres is None:
        raise Refused(400, _("Around a place, say how far: radius, in metres."))
    return Asked(
        since, until, after, before, asking.several("service_code"), tuple(map(Status, statuses)), near, metres or 0.0
    )


def _span(asking: Asking) -> tuple[datetime, datetime]:
    """Ninety days at most, the last ones unless something else is asked."""
    since, until = asking.moment("start_date"), asking.moment("end_date")
    if since is None:
        until = until or utc_now()
        since = until - LONGEST_SPAN
    until = until or since + LONGEST_SPAN
    if not timedelta(0) <= until - since <= LONGEST_SPAN:
        raise Refused(400, _("end_date comes after start_date, by 90 days at most."))
    return since, until


def _category(asking: Asking, code: str) -> Category:
    row = offered(asking.authority.pk).filter(code=code).first()
    if row is None:
        raise Refused(404, _("No service has this service_code here."))
    return row


def _report(asking: Asking, reference: str) -> Report:
    row = referred_to(asking.authority.pk, [reference]).first()
    if row is None:
        raise Refused(404, _("No request has this service_request_id here."))
    return row


def _key(asking: Asking) -> ProgramKey:
    """Raises Refused: 403 without one in force, 429 when it is used too fast."""
    secret = asking.argument("api_key")
    row = key_named(asking.authority.pk, secret) if secret else None
    if row is None:
        paced(asking, "open311-refused", REFUSALS)
        raise Refused(403, _("The api_key is missing, or is no key in force."))
    paced(asking, "open311", PACE, str(row.pk))
    return row


def _made(asking: Asking) -> Created:
    key = _key(asking)
    code, text, email = (asking.argument(name) for name in ("service_code", "description", "email"))
    if not code:
        raise Refused(400, _("Say what it is: service_code."))
    category = _category(asking, code)
    report = _reported(asking, key, _told(asking, category, text, email))
    if link := asking.argument("media_url")[:LONGEST_LINK]:
        # What lies there is anything: staff may look, nobody here fetches it.
        say_from_program(report=report, remote="media_url", text=link, public=False, by=None, now=utc_now())
    return Created(report.reference, service_notice=category.what_next or None)


def _told(asking: Asking, category: Category, text: str, email: str) -> Told:
    """What is reported. Raises Refused with everything that is wrong. Names and telephones that a program gives are not kept: an e-mail
    address is enough to be told.
    """
    wrong = list[str]()
    position: Position | None = None
    try:
        position = asking.position()
    except Refused as refusal:
        wrong += refusal.wrong
    else:
        position = position or _called(asking)
        if position is None:
            wrong.append(_("Say where: lat and long. An address alone is taken where it is known here already."))
    if len(text) > LONGEST_DESCRIPTION:
        wrong.append(_("description holds 4,000 characters at most."))
    try:
        if email:
            validate_email(email)
    except ValidationError:
        wrong.append(_("email is no e-mail address."))
    form = AnswersForm(asked_of([category.pk]).get(category.pk, []), asking.attributes())
    if not form.is_valid():
        wrong += form.wrong()
    if wrong or position is None:
        raise Refused(400, *wrong)
    return Told(
        category=category.pk,
        position=position,
        address=asking.argument("address_string")[:LONGEST_ADDRESS],
        text=text,
        answers=form.answers(),
        email=email,
        language=get_language() or "fr",
    )


def _called(asking: Asking) -> Position | None:
    """Where an address lies at which something that anybody may read of was reported; nothing else here knows streets."""
    address = normalised(asking.argument("address_string"), LONGEST_ADDRESS)
    spots = spots_called(asking.authority.pk, address, public=True) if address else []
    same = [spot for spot in spots if not spot.near and normalised(spot.name, LONGEST_ADDRESS) == address]
    return same[0].position if len(same) == 1 else None


def _reported(asking: Asking, key: ProgramKey, told: Told) -> Report:
    authority, files = asking.authority.pk, asking.request.FILES
    photos = list[Taken]()
    new = False
    try:
        photos = take_in(authority=authority, files=[one for name in files for one in files.getlist(name)])
        report, new = make_report(
            authority=authority,
            submission=number_of(asking, key.pk),
            told=told,
            photos=photos,
            source=Source.OPEN311,
            author=None,
            by=None,
            now=utc_now(),
        )
    except ReportError as error:
        raise Refused(404 if isinstance(error, CategoryClosed) else 400, str(error.message)) from None
    finally:
        if not new:
            leave_out(authority=authority, photos=photos)
    return report


def _said(asking: Asking) -> UpdateCreated:
    """A line of the report's thread; the status that comes with it is its author's opinion: whoever handles the report decides."""
    key = _key(asking)
    number, text, link = (asking.argument(name) for name in ("update_id", "description", "media_url"))
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise Refused(400, _("update_id is the program’s own number for this, 80 characters at most."))
    if not 0 < len(text) <= LONGEST_DESCRIPTION:
        raise Refused(400, _("description says something, in 4,000 characters at most."))
    report = _report(asking, asking.argument("service_request_id"))
    remote = f"{key.pk.hex}:{number}"
    line, _new = say_from_program(report=report, remote=remote, text=text, public=True, by=None, now=utc_now())
    if link:
        # As with a report's; one that comes again is there already, or was never written.
        link = link[:LONGEST_LINK]
        say_from_program(report=report, remote=f"{remote}:m", text=link, public=False, by=None, now=utc_now())
    return UpdateCreated(line.pk.hex)
