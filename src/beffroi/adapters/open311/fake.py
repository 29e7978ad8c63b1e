"""Another town's Open311 server over real HTTP, that keeps what it took and answers as badly as it is told: for tests."""

import asyncio
import hmac
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDictProxy

from beffroi.adapters.http.fake import served
from beffroi.adapters.open311.client import Server
from beffroi.adapters.open311.documents import (
    SPECIFICATION,
    Created,
    Discovery,
    Document,
    Endpoint,
    Format,
    Problem,
    Service,
    ServiceDefinition,
    ServiceRequest,
    Stage,
    Status,
    Update,
    UpdateCreated,
)
from beffroi.adapters.open311.reading import read_moment
from beffroi.adapters.open311.writing import Root, write_definition, write_discovery, write_list
from beffroi.lib.clock import Clock

ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]*)\](\[\])?")
LARGEST: Final = 30_000_000
NOT_KEPT: Final = frozenset({"api_key", "jurisdiction_id"})
BOMB: Final = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><services>&c;</services>'
ENDLESS: Final = b"<services>" + b" " * 1_000_000


Posted = MultiDictProxy[str | bytes | bytearray | web.FileField]


class Whim(Enum):
    """How an answer may go wrong."""

    HANGS = "hangs"  # takes the request, never answers
    BROKEN = "broken"  # half a document
    BOMB = "bomb"  # a document that would unfold
    ENDLESS = "endless"  # never stops answering
    BREAKS_OFF = "breaks-off"  # closes the line
    ELSEWHERE = "elsewhere"  # a redirection


@dataclass(frozen=True, slots=True)
class Taken:
    """What was posted, but for the key."""

    fields: dict[str, str]
    attributes: dict[str, list[str]]
    photographs: list[bytes]
    reference: str


@dataclass(slots=True)
class FakeTown:
    """Listens for the length of `running()`. `whims` are what the next answers are like, a status for an array of errors; then all goes
    well. With `tokens` a post is given a token, that `number()` makes a number of. What has the same Idempotency-Key is taken once,
    unless it is `forgetful`, as most servers are; one that is not `talkative` has no updates.
    """

    clock: Clock
    key: str = "a-key"
    jurisdiction_id: str = ""
    services: list[Service] = field(default_factory=lambda: [Service("lamp", "Lampadaire éteint")])
    definitions: dict[str, ServiceDefinition] = field(default_factory=dict)
    tokens: bool = False
    forgetful: bool = False
    talkative: bool = True
    formats: tuple[Format, ...] = (Format.XML, Format.JSON)
    whims: list[Whim | HTTPStatus] = field(default_factory=list)
    taken: dict[str, Taken] = field(default_factory=dict)
    requests: dict[str, ServiceRequest] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    _numbers: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Server:
        """How to reach it."""
        return Server(f"{self.address}/v2", self.key, self.jurisdiction_id, self.formats[0])

    def number(self, token: str) -> str:
        """Gives a token its number."""
        return self._numbers.setdefault(token, token.removeprefix("t"))

    def tell(self, request: str, status: Stage, description: str, media_url: str | None = None) -> Update:
        """Something becomes of a request."""
        update = Update(f"u{len(self.updates) + 1}", request, status, self.clock(), description, media_url)
        self.updates.append(update)
        known = self.requests[request]
        self.requests[request] = replace(
            known, status=status.status, status_notes=description, updated_datetime=update.updated_datetime
        )
        return update

    @contextmanager
    def running(self) -> Iterator["FakeTown"]:
        """Listens on a port of loopback inside."""
        application = web.Application(middlewares=[self._whimsical], client_max_size=LARGEST)
        form = "{form:" + "|".join(self.formats) + "}"
        route = application.router
        route.add_get(f"/discovery.{form}", self._discovery)
        route.add_get(f"/v2/services.{form}", self._services)
        route.add_get(f"/v2/services/{{code}}.{form}", self._definition)
        route.add_get(f"/v2/tokens/{{token}}.{form}", self._token)
        route.add_get(f"/v2/requests.{form}", self._requests)
        route.add_post(f"/v2/requests.{form}", self._take)
        route.add_get(f"/v2/servicerequestupdates.{form}", self._updates)
        route.add_post(f"/v2/servicerequestupdates.{form}", self._take_update)
        with served(application) as origin:
            self.address = origin
            yield self

    @web.middleware
    async def _whimsical(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        if not self.whims:
            return await handler(request)
        await request.read()
        whim = self.whims.pop(0)
        if isinstance(whim, HTTPStatus):
            return self._failed(request, whim)
        return await self._badly(request, whim)

    async def _badly(self, request: web.Request, whim: Whim) -> web.StreamResponse:
        if whim is Whim.HANGS:
            await asyncio.Event().wait()
        if whim is Whim.BREAKS_OFF:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if whim is Whim.ELSEWHERE:
            return web.Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": "http://169.254.169.254/"})
        answer = web.StreamResponse(headers={"Content-Type": "text/xml; charset=utf-8"})
        await answer.prepare(request)
        if whim is Whim.ENDLESS:
            while request.transport is not None and not request.transport.is_closing():
                await answer.write(ENDLESS)
        await answer.write(BOMB if whim is Whim.BOMB else b"<service_requests><request>")
        return answer

    async def _discovery(self, request: web.Request) -> web.Response:
        formats = tuple(each.media_type for each in self.formats)
        endpoint = Endpoint(SPECIFICATION, f"{self.address}/v2", "2026-11-22 08:00", "production", formats)
        told = Discovery("2026-11-22 08:00", "voirie@voisine.example", "voirie@voisine.example", (endpoint,))
        form = Format(request.match_info["form"])
        return web.Response(body=write_discovery(told, form), headers={"Content-Type": form.content_type})

    async def _services(self, request: web.Request) -> web.Response:
        return self._list(request, Root.SERVICES, self.services)

    async def _definition(self, request: web.Request) -> web.Response:
        definition = self.definitions.get(request.match_info["code"])
        if definition is None:
            return self._failed(request, HTTPStatus.NOT_FOUND)
        form = Format(request.match_info["form"])
        return web.Response(body=write_definition(definition, form), headers={"Content-Type": form.content_type})

    async def _token(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if token not in {f"t{number}" for number in self.requests}:
            return self._failed(request, HTTPStatus.NOT_FOUND)
        return self._list(request, Root.REQUESTS, [Created(self._numbers.get(token), token)])

    async def _requests(self, request: web.Request) -> web.Response:
        asked = request.query.get("service_request_id", "")
        if asked:
            return self._list(
                request, Root.REQUESTS, [self.requests[one] for one in asked.split(",") if one in self.requests]
            )
        since, until = (read_moment(request.query.get(name, "")) for name in ("start_date", "end_date"))
        if since is None or until is None:
            return self._failed(request, HTTPStatus.BAD_REQUEST)
        code = request.query.get("service_code")
        rows = [each for each in self.requests.values() if since <= each.requested_datetime <= until]
        return self._list(request, Root.REQUESTS, [each for each in rows if code in (None, each.service_code)])

    async def _take(self, request: web.Request) -> web.Response:
        posted = await request.post()
        code = str(posted.get("service_code", ""))
        service = next((each for each in self.services if each.service_code == code), None)
        if not self._has_key(posted):
            return self._failed(request, HTTPStatus.FORBIDDEN)
        if service is None:
            return self._failed(request, HTTPStatus.NOT_FOUND)
        placed = ("lat" in posted and "long" in posted) or "address_string" in posted or "address_id" in posted
        if not placed:
            return self._failed(request, HTTPStatus.BAD_REQUEST)
        given = "" if self.forgetful else request.headers.get("Idempotency-Key", "")
        reference = given or f"without {len(self.taken)}"
        if reference not in self.taken:
            self.taken[reference] = _taken(posted, reference)
            self._open(str(len(self.taken)), service, self.taken[reference].fields)
        number = str([*self.taken].index(reference) + 1)
        created = Created(token=f"t{number}") if self.tokens else Created(number, service_notice="Sous 48 heures")
        return self._list(request, Root.REQUESTS, [created])

    def _open(self, number: str, service: Service, told: dict[str, str]) -> None:
        now = self.clock()
        self.requests[number] = ServiceRequest(
            number,
            Status.OPEN,
            None,
            service.service_name,
            service.service_code,
            told.get("description"),
            None,
            None,
            now,
            now,
            address=told.get("address_string"),
            lat=float(told["lat"]) if "lat" in told else None,
            long=float(told["long"]) if "long" in told else None,
        )

    async def _updates(self, request: web.Request) -> web.Response:
        since, until = (read_moment(request.query.get(name, "")) for name in ("start_date", "end_date"))
        if since is None or until is None:
            return self._failed(request, HTTPStatus.BAD_REQUEST)
        if not self.talkative:
            return self._failed(request, HTTPStatus.NOT_FOUND)
        told = [each for each in self.updates if since <= each.updated_datetime <= until]
        return self._list(request, Root.UPDATES, told)

    async def _take_update(self, request: web.Request) -> web.Response:
        posted = await request.post()
        told = {name: str(value) for name, value in posted.items()}
        moment = read_moment(told.get("updated_datetime", ""))
        if not self._has_key(posted):
            return self._failed(request, HTTPStatus.FORBIDDEN)
        if (
            moment is None
            or told.get("service_request_id") not in self.requests
            or told["status"] != told["status"].upper()
        ):
            return self._failed(request, HTTPStatus.BAD_REQUEST)
        update = Update(
            told["update_id"],
            told["service_request_id"],
            Stage(told["status"].lower()),
            moment,
            told.get("description"),
            told.get("media_url"),
        )
        if all(each.update_id != update.update_id for each in self.updates):
            self.updates.append(update)
        return self._list(request, Root.UPDATES, [UpdateCreated(update.update_id)])

    def _has_key(self, posted: Posted) -> bool:
        return hmac.compare_digest(str(posted.get("api_key", "")).encode(), self.key.encode())

    def _failed(self, request: web.Request, status: HTTPStatus) -> web.Response:
        return self._list(request, Root.ERRORS, [Problem(str(status.value), status.description)], status)

    def _list(
        self, request: web.Request, root: Root, told: Sequence[Document], status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        form = Format(request.match_info.get("form", Format.XML.value))
        asked = request.query.get("jurisdiction_id", "") if request.method == "GET" else self.jurisdiction_id
        if root is not Root.ERRORS and asked != self.jurisdiction_id:
            return self._failed(request, HTTPStatus.NOT_FOUND)
        return web.Response(
            status=status, body=write_list(root, told, form), headers={"Content-Type": form.content_type}
        )


def _taken(posted: Posted, reference: str) -> Taken:
    fields, attributes, photographs = dict[str, str](), dict[str, list[str]](), list[bytes]()
    for name, value in posted.items():
        if isinstance(value, web.FileField):
            photographs.append(value.file.read())
        elif (found := ATTRIBUTE.fullmatch(name)) and isinstance(value, str):
            attributes.setdefault(found[1], []).append(value)
        elif name not in NOT_KEPT:
            fields[name] = str(value)
    return Taken(fields, attributes, photographs, reference)
