"""Another town's Open311 server, asked over HTTP: its services, what it makes of a report of ours, what became of it.

What it says that isn't the thing asked for is a value, `Failed`. Keys travel in the body of what is posted and nowhere else: addresses
end up in other people's logs.

GeoReport v2 has no way to post twice and be taken once. Each post carries its `reference` as Idempotency-Key, which our own server
honours; of another's that timed out (`time-out`, `broken-off`) nobody knows, and the caller decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp

from beffroi.adapters.http.client import Answer, Body, Client, Question
from beffroi.adapters.http.reach import Destination
from beffroi.adapters.open311 import reading
from beffroi.adapters.open311.documents import (
    Created,
    Discovery,
    Endpoint,
    Format,
    Problem,
    Service,
    ServiceDefinition,
    ServiceRequest,
    Stage,
    Update,
    UpdateCreated,
)
from beffroi.adapters.open311.errors import UnreadableError
from beffroi.adapters.open311.reading import Found
from beffroi.adapters.open311.trees import LARGEST
from beffroi.adapters.open311.writing import moment_text
from beffroi.lib.handover import Handover, Outcome

# The only answer by which a server says "never again"; a 404 is an address or a category typed wrong.
GONE: Final = frozenset({410})
# What a server says of our key or of its own rate may be put right; the rest of 4xx is said of what was posted.
OF_US: Final = frozenset({"http-401", "http-402", "http-403"})
MOST_PROBLEMS: Final = 10
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
VERSION: Final = "georeport_v2"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A way in: the address that ends before `/services.xml`. `media_field` is the name under which it takes files."""

    url: str
    api_key: str = field(default="", repr=False)
    jurisdiction_id: str = ""
    form: Format = Format.XML
    media_field: str = "media"


@dataclass(frozen=True, slots=True)
class Failed:
    """Why nothing came back, and what the server said of it, in its own words: for an agent, never for the register."""

    handover: Handover
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Photograph:
    """A file to post."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A request to create. A place is needed: `lat` and `long`, or an address. `attributes`: several values for a list of several."""

    reference: str
    service_code: str
    description: str
    lat: float | None = None
    long: float | None = None
    address_string: str = ""
    address_id: str = ""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    several: frozenset[str] = frozenset()  # codes of lists of several
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    media_url: str = ""
    photographs: Sequence[Photograph] = ()

    def fields(self) -> list[tuple[str, str]]:
        """As the form says it; what is empty is left out."""
        placed = self.lat is not None and self.long is not None
        told = {
            "service_code": self.service_code,
            "lat": f"{self.lat:.7f}" if placed else "",
            "long": f"{self.long:.7f}" if placed else "",
            "address_string": self.address_string,
            "address_id": self.address_id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "phone": self.phone,
            "description": self.description,
            "media_url": self.media_url,
        }
        asked = [
            (f"attribute[{code}]{'[]' if code in self.several else ''}", value)
            for code, values in self.attributes.items()
            for value in values
        ]
        return [(name, value) for name, value in told.items() if value] + asked


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update to post (mySociety's)."""

    update_id: str
    service_request_id: str
    status: Stage
    updated_datetime: datetime
    description: str
    media_url: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """As the form says it: this extension writes its states in capitals."""
        told = {
            "update_id": self.update_id,
            "service_request_id": self.service_request_id,
            "status": self.status.value.upper(),
            "updated_datetime": moment_text(self.updated_datetime),
            "description": self.description,
            "media_url": self.media_url,
        }
        return [(name, value) for name, value in told.items() if value]


@dataclass(frozen=True, slots=True)
class Town:
    """One server of another town, through the client that the process has."""

    client: Client
    server: Server

    async def services(self) -> Found[Service] | Failed:
        """What may be reported there."""
        return await self._get("services", reading.read_services)

    async def definition(self, service_code: str) -> ServiceDefinition | Failed:
        """The questions of one service."""
        return await self._get(f"services/{_part(service_code)}", reading.read_definition)

    async def post(self, report: Report) -> Created | Failed:
        """Hands a report over. Its number, or a token that becomes one (`token`), or nothing that could be followed."""
        return await self._post("requests", report.fields(), report.photographs, report.reference, reading.read_created)

    async def token(self, token: str) -> Created | Failed:
        """The number that a token became; without one, it is not known yet."""
        return await self._get(f"tokens/{_part(token)}", reading.read_created)

    async def requests(self, identifiers: Sequence[str]) -> Found[ServiceRequest] | Failed:
        """What became of these, for a server that has no updates."""
        return await self._get("requests", reading.read_requests, service_request_id=",".join(identifiers))

    async def posted(self, service_code: str, since: datetime, until: datetime) -> Found[ServiceRequest] | Failed:
        """What was reported of one service between two moments, others' too: where a post whose answer was lost is looked for."""
        told = {"start_date": moment_text(since), "end_date": moment_text(until)}
        return await self._get("requests", reading.read_requests, service_code=service_code, **told)

    async def updates(self, since: datetime, until: datetime) -> Found[Update] | Failed:
        """What became of anything of this jurisdiction between two moments, others' too."""
        told = {"start_date": moment_text(since), "end_date": moment_text(until)}
        return await self._get("servicerequestupdates", reading.read_updates, **told)

    async def post_update(self, update: NewUpdate) -> UpdateCreated | Failed:
        """Says there what we know."""
        return await self._post(
            "servicerequestupdates", update.fields(), (), update.update_id, reading.read_update_created
        )

    def _to(self, path: str, asked: Mapping[str, str]) -> Destination | Handover:
        query = urlencode({name: value for name, value in asked.items() if value})
        url = f"{self.server.url.rstrip('/')}/{path}.{self.server.form.value}"
        return self.client.aim(f"{url}?{query}" if query else url)

    async def _get(self, path: str, read: Callable[[bytes, Format], T], **asked: str) -> T | Failed:
        to = self._to(path, {"jurisdiction_id": self.server.jurisdiction_id, **asked})
        return await _asked(self.client, to, Question("GET", HEADERS, largest=LARGEST), self.server.form, read)

    async def _post(
        self,
        path: str,
        told: Sequence[tuple[str, str]],
        photographs: Sequence[Photograph],
        reference: str,
        read: Callable[[bytes, Format], T],
    ) -> T | Failed:
        ours = [("api_key", self.server.api_key), ("jurisdiction_id", self.server.jurisdiction_id)]
        fields = [(name, value) for name, value in ours if value] + list(told)
        headers = {**HEADERS, "Idempotency-Key": reference}
        if not photographs:
            headers["Content-Type"] = FORM

        def body() -> Body:
            return self._form(fields, photographs) if photographs else urlencode(fields).encode()

        question = Question("POST", headers, body, LARGEST)
        return await _asked(self.client, self._to(path, {}), question, self.server.form, read)

    def _form(self, fields: Sequence[tuple[str, str]], photographs: Sequence[Photograph]) -> aiohttp.FormData:
        form = aiohttp.FormData(fields)
        for each in photographs:
            form.add_field(self.server.media_field, each.content, filename=each.name, content_type=each.content_type)
        return form


# What is read is bounded as it came: it must not come folded.
HEADERS: Final = {"Accept-Encoding": "identity"}


async def discover(client: Client, url: str) -> Discovery | Failed:
    """What a town says of its interfaces, at the address before `/discovery.json`: in JSON, else in XML."""
    found: Discovery | Failed = Failed(Handover(Outcome.REFUSED, "unreadable"))
    for form in (Format.JSON, Format.XML):
        to = client.aim(f"{url.rstrip('/')}/discovery.{form.value}")
        found = await _asked(client, to, Question("GET", HEADERS, largest=LARGEST), form, reading.read_discovery)
        if isinstance(found, Discovery) or found.handover.outcome is Outcome.AGAIN:
            break
    return found


def way_in(discovery: Discovery) -> tuple[Endpoint, Format] | None:
    """Where reports that matter go, and in which language: XML, which every server must speak, unless only JSON is named."""
    for endpoint in discovery.endpoints:
        if VERSION in endpoint.specification.lower() and endpoint.type.lower() == "production":
            formats = {each.partition(";")[0].strip().lower() for each in endpoint.formats}
            alone = formats == {Format.JSON.media_type}
            return endpoint, Format.JSON if alone else Format.XML
    return None


def _part(text: str) -> str:
    return quote(text, safe="")


async def _asked(
    client: Client,
    to: Destination | Handover,
    question: Question,
    form: Format,
    read: Callable[[bytes, Format], T],
) -> T | Failed:
    answer = to if isinstance(to, Handover) else await client.ask(to, question)
    if isinstance(answer, Handover):
        return Failed(answer)
    handover = client.judged(answer)
    if handover.outcome is not Outcome.HANDED_OVER:
        again = handover.outcome is Outcome.REFUSED and handover.fault in OF_US
        return Failed(
            Handover(Outcome.AGAIN, handover.fault, handover.wait) if again else handover, _problems(answer, form)
        )
    try:
        return read(answer.body, form)
    except UnreadableError as error:
        return Failed(Handover(Outcome.REFUSED, f"unreadable-{error.code}"), _problems(answer, form))


def _problems(answer: Answer, form: Format) -> tuple[Problem, ...]:
    """What the server says went wrong, where it says it as the specification wants."""
    try:
        return reading.read_problems(answer.body, form).items[:MOST_PROBLEMS]
    except UnreadableError:
        return ()
