"""Bytes of another server into documents. Numbers may stand for texts, empty for absent; what is too long for its field or no document is
not taken. One bad item of a list costs none of the others, and is counted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from beffroi.adapters.open311.documents import (
    LONGEST_DESCRIPTION,
    Attribute,
    Created,
    Datatype,
    Discovery,
    Endpoint,
    Format,
    Problem,
    Service,
    ServiceDefinition,
    ServiceRequest,
    ServiceType,
    Stage,
    Status,
    Update,
    UpdateCreated,
    Value,
)
from beffroi.adapters.open311.errors import UnreadableError
from beffroi.adapters.open311.trees import Tree, read, said

LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 2000
LONGEST_URL: Final = 2048
# W3C-DTF to the minute or finer; the specification wants a zone, and some servers forget it.
MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
YES: Final = frozenset({"true", "1", "yes"})
NO: Final = frozenset({"false", "0", "no"})

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A list that was read, and how many of its items could not be."""

    items: tuple[T, ...]
    left_out: int = 0


def read_moment(text: str, *, zone_required: bool = True) -> datetime | None:
    """An aware moment; None for what isn't one. Without a zone, where that is let through, it is read as UTC."""
    found = MOMENT.fullmatch(text.strip())
    if found is None or (found[3] is None and zone_required):
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_services(body: bytes, form: Format) -> Found[Service]:
    """Raises UnreadableError, as all of these do."""
    return _list(read(body, form), _service)


def read_definition(body: bytes, form: Format) -> ServiceDefinition:
    """Of one service. A question that can't be read makes it unreadable: it may be a required one."""
    told = _Fields.of(read(body, form))
    return ServiceDefinition(
        told.need("service_code"), tuple(_attribute(_Fields.of(each)) for each in told.many("attributes"))
    )


def read_requests(body: bytes, form: Format) -> Found[ServiceRequest]:
    """What has become of requests."""
    return _list(read(body, form), _request)


def read_created(body: bytes, form: Format) -> Created:
    """What was said of one that was posted; a number, a token or, of a black box, neither."""
    return _first(_list(read(body, form), _created))


def read_updates(body: bytes, form: Format) -> Found[Update]:
    """What became of requests since."""
    return _list(read(body, form), _update)


def read_update_created(body: bytes, form: Format) -> UpdateCreated:
    """What was said of an update that was posted."""
    return _first(_list(read(body, form), lambda told: UpdateCreated(told.need("update_id"), told.name("account_id"))))


def read_problems(body: bytes, form: Format) -> Found[Problem]:
    """Errors, or the one that some servers say without a list."""
    return _list(read(body, form), lambda told: Problem(told.need("code"), told.text("description") or ""))


def read_discovery(body: bytes, form: Format) -> Discovery:
    """Where a town's interfaces are; endpoints without an address are left out."""
    told = _Fields.of(read(body, form))
    endpoints = _list(told.many("endpoints"), _endpoint).items
    if not endpoints:
        raise UnreadableError("no-endpoint")
    return Discovery(
        told.text("changeset") or "", told.text("contact") or "", told.text("key_service") or "", endpoints
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """What a document says, field by field."""

    told: dict[str, Tree]

    @classmethod
    def of(cls, tree: Tree) -> "_Fields":
        if not isinstance(tree, dict):
            raise UnreadableError("not-a-document")
        return cls(tree)

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """What stands there, cut; None for nothing."""
        value = self.told.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        plain = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return said(plain).strip()[:longest] or None

    def name(self, name: str) -> str | None:
        """An identifier, on one line: whole or not at all."""
        text = " ".join((self.text(name, LONGEST_NAME + 1) or "").split())
        return text if 0 < len(text) <= LONGEST_NAME else None

    def need(self, name: str) -> str:
        """An identifier without which the document is nothing."""
        text = self.name(name)
        if text is None:
            raise UnreadableError(f"no-{name.replace('_', '-')}")
        return text

    def address(self, name: str) -> str | None:
        """Of the web; anything else is nobody's to follow."""
        text = self.text(name, LONGEST_URL + 1)
        whole = text is not None and len(text) <= LONGEST_URL and text.lower().startswith(("https://", "http://"))
        return text if whole else None

    def flag(self, name: str) -> bool | None:
        value = self.told.get(name)
        word = "" if value is None else str(value).strip().lower()
        return True if word in YES else False if word in NO else None

    def number(self, name: str, within: float) -> float | None:
        """None beyond the bounds, too."""
        try:
            value = float(self.text(name) or "")
        except ValueError:
            return None
        return value if -within <= value <= within else None

    def moment(self, name: str) -> datetime | None:
        return read_moment(self.text(name) or "", zone_required=False)

    def needed_moment(self, name: str) -> datetime:
        moment = self.moment(name)
        if moment is None:
            raise UnreadableError(f"no-{name.replace('_', '-')}")
        return moment

    def word(self, name: str, words: type[Word]) -> Word:
        """One of the specification's, in any case of letters."""
        try:
            return words((self.name(name) or "").lower().replace(" ", "_"))
        except ValueError:
            raise UnreadableError(f"unknown-{name.replace('_', '-')}") from None

    def many(self, name: str) -> list[Tree]:
        value = self.told.get(name)
        return value if isinstance(value, list) else []


def _list(tree: Tree, made: Callable[[_Fields], T]) -> Found[T]:
    """A document alone stands for a list of one, and nothing for an empty one."""
    items = tree if isinstance(tree, list) else [] if tree is None else [tree]
    found, wrong = list[T](), list[UnreadableError]()
    for each in items:
        try:
            found.append(made(_Fields.of(each)))
        except UnreadableError as error:
            wrong.append(error)
    if wrong and not found:
        raise wrong[0]
    return Found(tuple(found), len(wrong))


def _first(found: Found[T]) -> T:
    if not found.items:
        raise UnreadableError("empty")
    return found.items[0]


def _service(told: _Fields) -> Service:
    code = told.need("service_code")
    try:
        kind = told.word("type", ServiceType)
    except UnreadableError:
        kind = ServiceType.REALTIME  # some servers leave it out; what posting answers is looked at anyway
    return Service(
        code,
        told.name("service_name") or code,
        told.text("description", LONGEST_DESCRIPTION),
        told.flag("metadata") or False,
        kind,
        told.text("keywords"),
        told.name("group"),
    )


def _attribute(told: _Fields) -> Attribute:
    order = told.number("order", 1_000_000)
    variable = told.flag("variable")
    return Attribute(
        True if variable is None else variable,
        told.need("code"),
        told.word("datatype", Datatype),
        told.flag("required") or False,
        told.text("datatype_description"),
        None if order is None else int(order),
        told.text("description"),
        tuple(_value(_Fields.of(each)) for each in told.many("values")),
    )


def _value(told: _Fields) -> Value:
    key = told.need("key")
    return Value(key, told.name("name") or key)


def _request(told: _Fields) -> ServiceRequest:
    return ServiceRequest(
        told.need("service_request_id"),
        told.word("status", Status),
        told.text("status_notes"),
        told.name("service_name"),
        told.name("service_code") or "",
        told.text("description", LONGEST_DESCRIPTION),
        told.text("agency_responsible"),
        told.text("service_notice"),
        told.needed_moment("requested_datetime"),
        told.moment("updated_datetime"),
        told.moment("expected_datetime"),
        told.text("address"),
        told.name("address_id"),
        told.name("zipcode"),
        told.number("lat", 90),
        told.number("long", 180),
        told.address("media_url"),
    )


def _created(told: _Fields) -> Created:
    number, token = told.name("service_request_id"), told.name("token")
    if number is None and token is None and "code" in told.told:
        raise UnreadableError("errors")  # under the status of a success
    return Created(number, token, told.text("service_notice"), told.name("account_id"))


def _update(told: _Fields) -> Update:
    return Update(
        told.need("update_id"),
        told.need("service_request_id"),
        told.word("status", Stage),
        told.needed_moment("updated_datetime"),
        told.text("description", LONGEST_DESCRIPTION),
        told.address("media_url"),
    )


def _endpoint(told: _Fields) -> Endpoint:
    url = told.address("url")
    if url is None:
        raise UnreadableError("no-url")
    formats = tuple(each for each in told.many("formats") if isinstance(each, str))
    return Endpoint(
        told.text("specification") or "", url, told.text("changeset") or "", told.name("type") or "", formats
    )
