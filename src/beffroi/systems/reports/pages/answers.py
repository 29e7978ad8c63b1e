"""What every address of Open311 shares: the authority behind it, its language, refusals as an array of errors, arguments that are read."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec
from uuid import NAMESPACE_URL, UUID, uuid5

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from beffroi.adapters.open311.documents import Format, Problem
from beffroi.adapters.open311.reading import read_moment
from beffroi.adapters.open311.writing import Root, write_list
from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.persistence.access import Hidden, for_another
from beffroi.systems.reports.queries.programs import submitted
from beffroi.systems.reports.rules import SYSTEM

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

P = ParamSpec("P")
FARTHEST: Final = 100_000.0
LONGEST_NUMBER: Final = 80
# The same post within so many seconds, twice at most, is one.
AGAIN: Final = 600
NOT_SO: Final = 405
TOO_MANY: Final = 429
ATTRIBUTE: Final = re.compile(r"attribute\[([A-Za-z0-9._-]{1,40})\](?:\[\])?")


class Refused(Exception):
    """An answer that is errors: a status of HTTP, and what is wrong, for people."""

    def __init__(self, status: int, *wrong: str) -> None:
        super().__init__(status)
        self.status, self.wrong = status, wrong


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, and in which language the answer goes."""

    request: HttpRequest
    authority: "Authority"
    form: Format

    def argument(self, name: str) -> str:
        """Of a question or of what was posted; what is empty isn't there."""
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        return given.get(name, "").strip()

    def attributes(self) -> dict[str, list[str]]:
        """What was answered to the questions of a service: `attribute[code]`, and `attribute[code][]` for several."""
        found: dict[str, list[str]] = {}
        for name, values in self.request.POST.lists():
            if (asked := ATTRIBUTE.fullmatch(name)) is not None:
                found.setdefault(asked[1], []).extend(value.strip() for value in values if value.strip())
        return found

    def several(self, name: str) -> tuple[str, ...]:
        """Of a list with commas between."""
        return tuple(part for each in self.argument(name).split(",") if (part := each.strip()))

    def moment(self, name: str) -> datetime | None:
        """Raises Refused for what isn't a moment with its zone."""
        text = self.argument(name)
        found = read_moment(text)
        if text and found is None:
            raise Refused(400, _("%(name)s is a date and time with a zone: 2026-11-22T08:00:00Z.") % {"name": name})
        return found

    def number(self, name: str, *, least: float, most: float) -> float | None:
        """Raises Refused for what isn't a number between these."""
        text = self.argument(name)
        try:
            found = float(text) if text else None
        except ValueError:
            found = most + 1
        if found is not None and not least <= found <= most:
            told = {"name": name, "least": f"{least:g}", "most": f"{most:g}"}
            raise Refused(400, _("%(name)s is a number between %(least)s and %(most)s.") % told)
        return found

    def position(self) -> Position | None:
        """Where; None when it isn't said. Raises Refused for half of it."""
        latitude, longitude = self.number("lat", least=-90, most=90), self.number("long", least=-180, most=180)
        if latitude is None and longitude is None:
            return None
        if latitude is None or longitude is None:
            raise Refused(400, _("lat and long go together."))
        return Position(latitude, longitude)


View = Callable[Concatenate[Asking, P], bytes]


def answered(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """An address of Open311: for programs, without a session, so that no other site can lend it anybody's."""
    allowed = ", ".join(methods)
    request_method_list = [*methods, "HEAD"]  # by the name of Django's own, whose answer would be no array of errors

    def decorated(view: View[P]) -> Callable[..., HttpResponse]:
        @login_not_required
        @csrf_exempt
        @for_another
        @functools.wraps(view)
        def page(request: HttpRequest, slug: str, form: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            language = _format(form)
            try:
                asking = _asking(request, slug, language)
                if request.method not in request_method_list:
                    raise Refused(NOT_SO, _("It is asked by %(methods)s only.") % {"methods": allowed})
                body, status = view(asking, *args, **kwargs), 200
            except Refused as refusal:
                problems = [Problem(str(refusal.status), each) for each in refusal.wrong]
                body, status = write_list(Root.ERRORS, problems, language), refusal.status
            response = HttpResponse(body, status=status, content_type=language.content_type)
            if status == NOT_SO:
                response["Allow"] = allowed
            if status == TOO_MANY:
                response["Retry-After"] = "600"
            # Read by pages of other sites, too: what is here is anybody's, and nothing here reads a cookie.
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return page

    return decorated


def _format(form: str) -> Format:
    try:
        return Format(form)
    except ValueError:
        raise Hidden from None


def _asking(request: HttpRequest, slug: str, form: Format) -> Asking:
    authority = authority_at(slug)
    if authority is None or not is_switched_on(authority=authority.pk, system=SYSTEM):
        raise Refused(404, _("No authority takes reports here."))
    asking = Asking(request, authority, form)
    jurisdiction = asking.argument("jurisdiction_id")
    if jurisdiction and jurisdiction not in (authority.slug, authority.domain):
        raise Refused(404, _("This jurisdiction_id isn’t served here: it is %(slug)s.") % {"slug": authority.slug})
    return asking


def paced(asking: Asking, action: str, rate: str, key: str | None = None) -> None:
    """Raises Refused when somebody, or whoever has that key, asks too much at once."""
    if ratelimit.consume_or_429(asking.request, action=action, key=key, config={action: rate}) is not None:
        raise Refused(429, _("Too many at once: wait ten minutes."))


def number_of(asking: Asking, key: UUID) -> UUID:
    """What makes the same post twice one report: the program's own number for it. A UUID is nobody else's; it is asked for as a token."""
    given = asking.request.headers.get("Idempotency-Key", "")[:LONGEST_NUMBER]
    if given:
        return uuid_in(given) or uuid5(NAMESPACE_URL, f"open311:{key}:{given}")
    # A program without numbers that lost our answer posts the same again: all the same within some minutes is one report.
    words = sorted((name, values) for name, values in asking.request.POST.lists() if name != "api_key")
    files = [(one.name, one.size) for name in asking.request.FILES for one in asking.request.FILES.getlist(name)]
    said, turn = sha256(repr((words, files)).encode()).hexdigest(), int(utc_now().timestamp()) // AGAIN
    before, this = (uuid5(NAMESPACE_URL, f"open311:{key}:{said}:{one}") for one in (turn - 1, turn))
    return this if submitted(asking.authority.pk, before) is None else before


def uuid_in(text: str) -> UUID | None:
    """None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
