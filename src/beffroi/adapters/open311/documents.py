"""The documents of GeoReport v2: the fields of each stand in the specification's own order, under its own names.

`OMITTED` marks a field that is left out when it is None; any other stands empty (XML) or null (JSON), as in the specification's examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
LONGEST_DESCRIPTION: Final = 4000
OMITTED: Final[Mapping[str, bool]] = MappingProxyType({"omitted": True})
# Written as a number in JSON where it is one: the examples of the specification do so for codes of errors, and for nothing else of ours.
NUMBER: Final[Mapping[str, bool]] = MappingProxyType({"number": True})


class Format(StrEnum):
    """The two languages; the value is what an address ends with."""

    XML = "xml"
    JSON = "json"

    @property
    def content_type(self) -> str:
        """As the specification wants it in the header."""
        return f"{self.media_type}; charset=utf-8"

    @property
    def media_type(self) -> str:
        """As discovery names it."""
        return {Format.XML: "text/xml", Format.JSON: "application/json"}[self]


class ServiceType(StrEnum):
    """What whoever posts a request of a service is given."""

    REALTIME = "realtime"  # its number, at once
    BATCH = "batch"  # a token, that becomes a number later
    BLACKBOX = "blackbox"  # nothing


class Datatype(StrEnum):
    """How an attribute is asked for."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"


class Status(StrEnum):
    """All that GeoReport v2 knows of a request's state."""

    OPEN = "open"
    CLOSED = "closed"


class Stage(StrEnum):
    """The states of mySociety's updates."""

    OPEN = "open"
    CLOSED = "closed"
    FIXED = "fixed"
    IN_PROGRESS = "in_progress"
    ACTION_SCHEDULED = "action_scheduled"
    INVESTIGATING = "investigating"
    DUPLICATE = "duplicate"
    NOT_COUNCILS_RESPONSIBILITY = "not_councils_responsibility"
    NO_FURTHER_ACTION = "no_further_action"
    INTERNAL_REFERRAL = "internal_referral"
    REOPEN = "reopen"
    FOR_TRIAGE = "for_triage"

    @property
    def status(self) -> Status:
        """The same for a reader of GeoReport v2 alone."""
        return Status.CLOSED if self in CLOSED else Status.OPEN


CLOSED: Final = frozenset(
    {
        Stage.CLOSED,
        Stage.FIXED,
        Stage.DUPLICATE,
        Stage.NOT_COUNCILS_RESPONSIBILITY,
        Stage.NO_FURTHER_ACTION,
        Stage.INTERNAL_REFERRAL,
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """A category. `metadata`: it has attributes, and so a definition."""

    service_code: str
    service_name: str
    description: str | None = None
    metadata: bool = False
    type: ServiceType = ServiceType.REALTIME
    keywords: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One choice of a list."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question that a service asks; one that isn't `variable` only tells something."""

    variable: bool
    code: str
    datatype: Datatype
    required: bool
    datatype_description: str | None = None
    order: int | None = None
    description: str | None = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """The questions of one service."""

    service_code: str
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Extended:
    """What `extensions=true` adds to a request, in the words of the towns that have it (CitySDK)."""

    title: str | None = None
    detailed_status: str | None = None
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A report as others see it. Moments are aware; `lat` and `long` in degrees (WGS 84)."""

    service_request_id: str
    status: Status
    status_notes: str | None
    service_name: str | None
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: datetime
    updated_datetime: datetime | None = None
    expected_datetime: datetime | None = None
    address: str | None = None
    address_id: str | None = None
    zipcode: str | None = None
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None
    extended_attributes: Extended | None = field(default=None, metadata=OMITTED)


@dataclass(frozen=True, slots=True)
class Created:
    """What whoever posted a request is given: its number or a token for it, never both (but where a token is looked up)."""

    service_request_id: str | None = field(default=None, metadata=OMITTED)
    token: str | None = field(default=None, metadata=OMITTED)
    service_notice: str | None = field(default=None, metadata=OMITTED)
    account_id: str | None = field(default=None, metadata=OMITTED)


@dataclass(frozen=True, slots=True)
class Update:
    """Something that became of a request (mySociety)."""

    update_id: str
    service_request_id: str
    status: Stage
    updated_datetime: datetime
    description: str | None = None
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateCreated:
    """What whoever posted an update is given."""

    update_id: str
    account_id: str | None = field(default=None, metadata=OMITTED)


@dataclass(frozen=True, slots=True)
class Problem:
    """One of the errors of an answer; mostly the code is that of HTTP, the description is for people."""

    code: str = field(metadata=NUMBER)
    description: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way in that discovery names."""

    specification: str
    url: str
    changeset: str
    type: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """Where a town's interfaces are, and how one gets a key."""

    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


Document = (
    Service
    | Value
    | Attribute
    | ServiceDefinition
    | Extended
    | ServiceRequest
    | Created
    | Update
    | UpdateCreated
    | Problem
    | Endpoint
    | Discovery
)
