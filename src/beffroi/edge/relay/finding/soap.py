"""ONVIF's SOAP by a library (`onvif-zeep-async`, the extra `relay`), over a transport that bounds what a camera may answer.

The library reads descriptions of services that it ships itself; of the camera's answers it reads no document type and follows no
reference. What comes out of it is anybody's word: it is turned into texts and numbers at once, by whoever called.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import onvif
from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DigestAuthMiddleware,
    TCPConnector,
)
from onvif.definition import SERVICES
from onvif.zeep_aiohttp import AIOHTTPTransport
from requests_toolbelt.multipart import decoder as multipart  # type: ignore[import-untyped]  # it says no types
from zeep.exceptions import Error as SoapError
from zeep.exceptions import Fault, TransportError

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.finding.saying import readable

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
ANSWER_LIMIT: Final = 1_048_576
PIECE: Final = 65_536
REDIRECTED: Final = range(300, 400)
UNAUTHORISED, FORBIDDEN = 401, 403
FAULT_LIMIT: Final = 200
REFUSES_US: Final = ("NotAuthorized", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken")
MEDIA2: Final = "http://www.onvif.org/ver20/media/wsdl"
SHIPPED: Final = Path(onvif.__file__).parent / "wsdl"
DESCRIPTIONS: Final = {
    name: (SHIPPED / SERVICES[name]["wsdl"], f"{{{SERVICES[name]['ns']}}}{SERVICES[name]['binding']}")
    for name in ("devicemgmt", "media")
} | {"media2": (Path(__file__).parent / "media2.wsdl", f"{{{MEDIA2}}}Media2Binding")}
"""Where a service's description is, and what it is called there."""


class _Answer(ClientResponse):
    """One that is read no further than it may be long."""

    async def read(self) -> bytes:
        found = bytearray()
        async for piece in self.content.iter_chunked(PIECE):
            found += piece
            if len(found) > ANSWER_LIMIT:
                self.close()
                raise CameraFault(Cause.LIMITS, "an answer is too long")
        return bytes(found)


async def _stay(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Nothing is said to anybody but the machine that was named: a redirection would take the password elsewhere."""
    answer = await handler(request)
    if answer.status in REDIRECTED:
        answer.close()
        raise CameraFault(Cause.REDIRECT, "the camera sends us elsewhere")
    return answer


class Services:
    """Those of one camera. `async with` ends its connections. Texts and numbers in, whatever the camera said out."""

    def __init__(self, user: str, password: str, seconds: float) -> None:
        self._user, self._password = user, password
        self._seconds = seconds
        self._ahead: dt.timedelta | None = None
        self._session: ClientSession | None = None
        self._made: dict[tuple[str, str], onvif.ONVIFService] = {}

    async def __aenter__(self) -> "Services":
        digest = [DigestAuthMiddleware(self._user, self._password)] if self._user else []
        self._session = ClientSession(
            connector=TCPConnector(
                ssl=False
            ),  # a camera's certificate is its own; the password is never said, only proven
            timeout=ClientTimeout(total=self._seconds),
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
            response_class=_Answer,
            middlewares=(_stay, *digest),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for service in self._made.values():
            await service.close()
        if self._session is not None:
            await self._session.close()

    def follow_clock(self, ahead: dt.timedelta) -> None:
        """The password is proven for a moment of the camera's clock, which is so far before ours."""
        self._ahead = ahead

    async def ask(
        self, service: str, address: str, operation: str, said: Mapping[str, object] = NOTHING, *, openly: bool = False
    ) -> object:
        """One operation; `openly` without saying who we are. Raises CameraFault."""
        made = await self._service(service, address)
        called: Callable[..., Awaitable[object]] = getattr(
            made, f"authless_{operation}" if openly or not self._user else operation
        )
        try:
            with made.zeep_client.settings(forbid_dtd=True, xml_huge_tree=False):
                return await called(dict(said))
        except Fault as fault:
            raise _refused(operation, fault) from None
        except TransportError as fault:
            raise _unsaid(operation, fault.status_code) from None
        except TimeoutError:
            raise CameraFault(Cause.HUNG, f"no answer to {operation}") from None
        except (ClientError, OSError) as fault:
            raise CameraFault(Cause.UNREACHABLE, readable(str(fault), FAULT_LIMIT)) from None
        except UNREADABLE as fault:
            raise CameraFault(
                Cause.GARBAGE, f"the answer to {operation} can't be read: {type(fault).__name__}"
            ) from None

    async def _service(self, name: str, address: str) -> onvif.ONVIFService:
        key = name, address
        if key not in self._made:
            description, binding = DESCRIPTIONS[name]
            made = onvif.ONVIFService(
                address,
                self._user or None,
                self._password or None,
                str(description),
                no_cache=True,
                dt_diff=self._ahead,
                binding_name=binding,
            )
            made.transport = AIOHTTPTransport(session=self._session)
            self._made[key] = made
            await made.setup()
        return self._made[key]

    async def begin_again(self) -> None:
        """Forget the services, which keep the clock that they were made with."""
        for service in self._made.values():
            await service.close()
        self._made.clear()


UNREADABLE: Final = (
    SoapError,
    onvif.ONVIFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    multipart.ImproperBodyPartContentException,
    multipart.NonMultipartContentTypeException,
)
"""What the library raises for an answer that isn't what its description says."""


def _refused(operation: str, fault: Fault) -> CameraFault:
    """A SOAP fault, by its codes: its words are the camera's, and are shown to nobody."""
    codes = [getattr(each, "localname", "") for each in fault.subcodes or ()]
    if any(code in REFUSES_US for code in codes):
        return CameraFault(Cause.CREDENTIALS, f"{operation} wants another name or password")
    return CameraFault(Cause.REFUSED, operation)


def _unsaid(operation: str, status: int) -> CameraFault:
    """No SOAP at all, or none that can be read."""
    if status in (UNAUTHORISED, FORBIDDEN):
        return CameraFault(Cause.CREDENTIALS, f"{operation} wants another name or password")
    return CameraFault(Cause.GARBAGE, f"no answer to {operation} that can be read: status {status}")
