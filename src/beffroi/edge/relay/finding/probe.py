"""WS-Discovery (OASIS, and ONVIF Core section 7): the question, and who each answer says it is.

An answer is XML from whoever is on the network: no document type and so no entity, bounded size, depth and number of parts, and only
what answers this question.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit
from xml.parsers import expat

from beffroi.edge.relay.finding.saying import readable

LARGEST: Final = 65_507
DEEPEST, MOST, LONGEST_TEXT = 16, 512, 16_384
MATCHES_LIMIT: Final = 16
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
CAMERA: Final = "http://www.onvif.org/ver10/network/wsdl"
SCOPE: Final = "onvif://www.onvif.org/"
RELATES, MATCH, IDENTITY = f"{ADDRESSING} RelatesTo", f"{DISCOVERY} ProbeMatch", f"{ADDRESSING} Address"
SCOPES, ADDRESSES, TYPES = f"{DISCOVERY} Scopes", f"{DISCOVERY} XAddrs", f"{DISCOVERY} Types"
TYPE: Final = "NetworkVideoTransmitter"
HTTP_PORTS: Final = {"http": 80, "https": 443}


class UnreadableError(ValueError):
    """Not an answer that can be read."""


@dataclass(frozen=True, order=True)
class Match:
    """A camera that answered, at the address of its device service. What it calls itself may be nothing."""

    address: str
    name: str
    model: str
    place: str
    identity: str


def question(identity: str) -> bytes:
    """A probe for cameras; `identity` is its own, as `urn:uuid:…`, which answers repeat."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:d="{DISCOVERY}" xmlns:n="{CAMERA}"><s:Header>'
        f'<a:Action s:mustUnderstand="1">{DISCOVERY}/Probe</a:Action><a:MessageID>{identity}</a:MessageID>'
        f"<a:ReplyTo><a:Address>{ADDRESSING}/role/anonymous</a:Address></a:ReplyTo>"
        f'<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>'
        f"<s:Body><d:Probe><d:Types>n:{TYPE}</d:Types></d:Probe></s:Body></s:Envelope>"
    ).encode()


def answers(data: bytes, *, identity: str, sender: str) -> list[Match]:
    """The cameras of one answer to the probe of that identity, from that machine; none when it answers another. Raises UnreadableError.

    Whatever host an answer names, the one that sent it is taken: it says where its own service is, and nobody else's.
    """
    if len(data) > LARGEST:
        raise UnreadableError("too large")
    reader = _Reader()
    reader.read(data)
    if reader.relates != identity:
        return []
    found = []
    for parts in reader.matches[:MATCHES_LIMIT]:
        address = _service(parts.get(ADDRESSES, ""), sender)
        if address and _is_camera(parts):
            name, model, place = (_scope(parts.get(SCOPES, ""), kind) for kind in ("name", "hardware", "location"))
            found.append(Match(address, name, model, place, readable(parts.get(IDENTITY, ""))))
    return found


def _is_camera(parts: dict[str, str]) -> bool:
    """By its type, or its scopes: other things answer any question."""
    types = [each.rpartition(":")[2] for each in parts.get(TYPES, "").split()]
    return TYPE in types or any(each.startswith(SCOPE) for each in parts.get(SCOPES, "").split())


def http_port(parts: SplitResult) -> int:
    """Of an address that HTTP is spoken at, 0 for any other. Raises ValueError for one that isn't a port."""
    return (parts.port or HTTP_PORTS[parts.scheme]) if parts.scheme in HTTP_PORTS else 0


def _service(said: str, sender: str) -> str:
    """The first address that can be asked, at the machine that answered."""
    for each in said.split():
        try:
            parts = urlsplit(each)
            port = http_port(parts)
        except ValueError:
            continue
        path = readable(parts.path, 256)
        if port and parts.username is None and path == parts.path and path.isascii():
            return f"{parts.scheme}://{sender}:{port}{path or '/'}"
    return ""


def _scope(said: str, kind: str) -> str:
    """What the scopes say under that name."""
    start = f"{SCOPE}{kind}/"
    return next((readable(unquote(each.removeprefix(start))) for each in said.split() if each.startswith(start)), "")


class _Reader:
    """Keeps the texts of each match, by the name of the element they stand in."""

    def __init__(self) -> None:
        self.relates = ""
        self.matches: list[dict[str, str]] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._count = self._length = 0

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise UnreadableError(str(error)) from None

    def _refuse(self, *_: object) -> None:
        raise UnreadableError("a document type")

    def _begin(self, name: str, _attributes: object) -> None:
        self._count += 1
        if self._count > MOST or len(self._open) >= DEEPEST:
            raise UnreadableError("too many parts")
        if name == MATCH:
            self.matches.append({})
        self._open.append(name)
        self._text = []

    def _end(self, name: str) -> None:
        text = "".join(self._text).strip()
        self._text = []
        self._open.pop()
        if name == RELATES and not self.matches:
            self.relates = text
        elif MATCH in self._open and text:
            self.matches[-1].setdefault(name, text)

    def _say(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise UnreadableError("too long")
        self._text.append(text)
