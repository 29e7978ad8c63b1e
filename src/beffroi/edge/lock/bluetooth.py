"""The lock as a Bluetooth peripheral: the GATT profile (docs/spec/gate.md, section 9) on Bumble's stack, over any controller that
speaks HCI.

Imported only where `--hci` asks: it needs the extra `radio`. What a phone says goes to its `Talk`; here are what a stack must do
for it (reads in parts, and nothing else to read or to write) and the bounds of time and of connections.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from bumble import att, core, data_types, gatt, gatt_server, hci, pairing
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.transport import open_transport
from bumble.transport.common import Transport

from beffroi.edge.lock.conversation import Bounds, Conversation
from beffroi.edge.lock.errors import RadioError
from beffroi.edge.lock.gatt import IN, OUT, SERVICE, Talk, shortened

logger = logging.getLogger(__name__)

START_SECONDS: Final = 30.0
"""How long a controller may take to answer at the start."""
ADVERTISED_EVERY_MS: Final = 150.0
"""Whoever looks for it finds it within a second."""
SHORT_NAME_BYTES: Final = 29
"""What a scan response of 31 bytes holds of a name."""
LONG_NAME_BYTES: Final = 248
CROWDED_SECONDS: Final = 30.0
"""How long whoever came first stays when the controller takes nobody more: as long as a challenge lives."""
STATIC: Final = 0b1100_0000
"""The two bits by which a random address says that it stays."""
FLAGS: Final = core.AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | core.AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED


@dataclass(eq=False)
class _Guest:
    """A phone that came. `stirred` is set when it asks something, `here` as long as the connection lives."""

    talk: Talk
    here: bool = True
    sent_away: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class _Server(gatt_server.Server):
    """Bumble's, but that `out` is read in parts, and that nothing but `in` can be written: its own checks no permission."""

    def __init__(self, device: Device, guest: Callable[[Connection], _Guest]) -> None:
        super().__init__(device)
        self._guest = guest
        self._in: gatt.Characteristic[bytes] = gatt.Characteristic(
            str(IN),
            gatt.Characteristic.Properties.WRITE,
            gatt.Characteristic.WRITEABLE,
            gatt.CharacteristicValue(read=lambda _: b"", write=self._write),
        )
        self._out: gatt.Characteristic[bytes] = gatt.Characteristic(
            str(OUT), gatt.Characteristic.Properties.READ, gatt.Characteristic.READABLE, b""
        )

    def offer(self) -> None:
        """Make the lock's service known."""
        self.add_service(gatt.Service(str(SERVICE), [self._in, self._out]))

    def on_gatt_pdu(self, bearer: att.Bearer, att_pdu: att.ATT_PDU) -> None:
        self._of(bearer).stirred.set()
        match att_pdu:
            case att.ATT_Read_Request(attribute_handle=self._out.handle):
                self._read(bearer, att_pdu, 0)
            case att.ATT_Read_Blob_Request(attribute_handle=self._out.handle, value_offset=offset):
                self._read(bearer, att_pdu, offset)
            case att.ATT_Write_Command() | att.ATT_Signed_Write_Command():
                pass  # nobody waits for an answer to these, and nothing here takes them
            case (
                att.ATT_Write_Request(attribute_handle=handle) | att.ATT_Prepare_Write_Request(attribute_handle=handle)
            ) if handle != self._in.handle:
                self._fail(bearer, att_pdu, handle, att.ErrorCode.WRITE_NOT_PERMITTED)
            case _:
                super().on_gatt_pdu(bearer, att_pdu)

    def _read(self, bearer: att.Bearer, request: att.ATT_PDU, offset: int) -> None:
        part = self._of(bearer).talk.read(offset)
        if part is None:
            self._fail(bearer, request, self._out.handle, att.ErrorCode.INVALID_OFFSET)
            return
        part = part[: bearer.att_mtu - 1]
        blob = isinstance(request, att.ATT_Read_Blob_Request)
        self.send_response(bearer, att.ATT_Read_Blob_Response(part) if blob else att.ATT_Read_Response(part))

    def _write(self, connection: Connection, data: bytes) -> None:
        if not self._of(connection).talk.write(data):
            raise att.ATT_Error(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH, self._in.handle)

    def _of(self, bearer: att.Bearer) -> _Guest:
        return self._guest(bearer if isinstance(bearer, Connection) else bearer.connection)

    def _fail(self, bearer: att.Bearer, request: att.ATT_PDU, handle: int, code: att.ErrorCode) -> None:
        self.send_response(bearer, att.ATT_Error_Response(request.op_code, handle, code))


class _Stranger(pairing.PairingDelegate):
    """Pairing proves nothing here (docs/adr/0013-the-phone-asks-the-lock.md): nobody is paired with."""

    async def accept(self) -> bool:
        return False


class Peripheral:
    """One lock on the air. `converse` begins the conversation of a phone that has connected."""

    def __init__(
        self, transport: Transport, *, device: str, name: str, converse: Callable[[], Conversation], bounds: Bounds
    ) -> None:
        self._converse = converse
        self._bounds = bounds
        self._guests: dict[Connection, _Guest] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._leaving = False
        self._name = name
        self._device = Device.from_config_with_hci(
            DeviceConfiguration(
                name=shortened(name, LONG_NAME_BYTES),
                address=address(device),
                gap_service_enabled=False,
                gatt_service_enabled=False,
            ),
            transport.source,
            transport.sink,
        )
        server = _Server(self._device, self._guest)
        self._device.gatt_server = server
        self._device.add_default_services(add_gatt_service=False)
        server.offer()
        self._device.pairing_config_factory = lambda _: pairing.PairingConfig(delegate=_Stranger())
        self._device.on(Device.EVENT_CONNECTION, self._guest)

    async def start(self) -> None:
        """Wake the controller, and be seen. Raises TimeoutError when it says nothing."""
        async with asyncio.timeout(START_SECONDS):
            await self._device.power_on()
            await self._advertise()

    async def stop(self, seen: asyncio.Task[None]) -> None:
        """Send the phones away, and be seen no more, once `be_seen` has ended."""
        guests = tuple(self._guests.values())
        for guest in guests:
            self._send_away(guest)
        with suppress(TimeoutError, core.BaseBumbleError):
            async with asyncio.timeout(self._bounds.linger_seconds):
                await seen
                await asyncio.gather(
                    *(guest.task for guest in guests if guest.task is not None), return_exceptions=True
                )
                await asyncio.gather(*self._farewells)
                await self._device.stop_advertising()
                await self._device.power_off()

    def leave(self) -> None:
        """Let `be_seen` come to its end: cut in the middle it would leave the controller half told."""
        self._leaving = True
        self._changed.set()

    async def be_seen(self) -> None:
        """Advertise again whenever somebody came or went: a controller stops when it is connected to."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._leaving:
                return
            try:
                await self._advertise()
            except core.BaseBumbleError as fault:
                # A controller may take fewer than we do: whoever leaves makes it try again.
                logger.warning("bluetooth: not advertised, with %d connected: %s", len(self._guests), fault)
                asyncio.get_running_loop().call_later(CROWDED_SECONDS, self._make_room, tuple(self._guests))

    def _make_room(self, crowd: tuple[Connection, ...]) -> None:
        """The oldest gives way, unless somebody has left meanwhile: nobody sits on a small controller for long."""
        if crowd and all(each in self._guests for each in crowd):
            self._send_away(self._guests[crowd[0]])

    async def _advertise(self) -> None:
        data, response = advertised(self._name)
        await self._device.start_advertising(
            advertising_data=data,
            scan_response_data=response,
            advertising_interval_min=ADVERTISED_EVERY_MS,
            advertising_interval_max=ADVERTISED_EVERY_MS,
        )

    def _guest(self, connection: Connection) -> _Guest:
        """Whoever is on this connection. Its first packets may be here before the word that it was made."""
        guest = self._guests.get(connection)
        if guest is None:
            staying = [other for other in self._guests.values() if not other.sent_away]
            if len(staying) >= self._bounds.connections:
                self._send_away(staying[0])
            guest = self._guests[connection] = _Guest(Talk(self._converse()))
            guest.task = asyncio.create_task(self._attend(connection, guest))
            connection.on(Connection.EVENT_DISCONNECTION, lambda _reason: self._forget(connection, guest))
            self._changed.set()
        return guest

    def _forget(self, connection: Connection, guest: _Guest) -> None:
        guest.here = False
        self._guests.pop(connection, None)
        self._send_away(guest)
        self._changed.set()

    @staticmethod
    def _send_away(guest: _Guest) -> None:
        guest.sent_away = True
        if guest.task is not None:
            guest.task.cancel()

    async def _attend(self, connection: Connection, guest: _Guest) -> None:
        """Hang up when a bound of time is reached, or when all is said."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._bounds.connection_seconds):
                    while not guest.talk.over:
                        async with asyncio.timeout(self._bounds.frame_seconds):
                            await guest.stirred.wait()
                        guest.stirred.clear()
                    await asyncio.sleep(self._bounds.linger_seconds)  # for whoever reads the last refusal
        finally:
            if guest.here:
                # A task apart, that nobody cancels: a command cut in the middle would take the next one's answer for its own.
                farewell = asyncio.create_task(self._hang_up(connection))
                self._farewells.add(farewell)
                farewell.add_done_callback(self._farewells.discard)

    async def _hang_up(self, connection: Connection) -> None:
        with suppress(core.BaseBumbleError, asyncio.CancelledError):  # gone by itself meanwhile
            await connection.disconnect()


@asynccontextmanager
async def on_air(
    hci_address: str, *, device: str, name: str, converse: Callable[[], Conversation], bounds: Bounds
) -> AsyncIterator[None]:
    """Be a peripheral on the controller at `hci_address` (Bumble's notation: ``usb:0``, ``tcp-client:127.0.0.1:9001``).

    Raises RadioError (radio-failed) when there is no controller, or one that doesn't answer.
    """
    logging.getLogger("bumble").setLevel(logging.WARNING)
    try:
        transport = await open_transport(hci_address)
    except (OSError, ValueError, core.BaseBumbleError) as fault:
        raise RadioError("radio-failed", f"no controller at {hci_address}: {fault}") from fault
    async with transport:
        peripheral = Peripheral(transport, device=device, name=name, converse=converse, bounds=bounds)
        try:
            await peripheral.start()
        except (TimeoutError, core.BaseBumbleError, hci.HCI_Error) as fault:
            raise RadioError("radio-failed", f"the controller at {hci_address} doesn't answer: {fault}") from fault
        seen = asyncio.create_task(peripheral.be_seen())
        lost = transport.source.terminated
        lost.add_done_callback(_say_gone)
        logger.info("bluetooth on %s as %s", hci_address, name)
        try:
            yield
        finally:
            lost.remove_done_callback(_say_gone)
            if lost.done():
                seen.cancel()
            else:
                peripheral.leave()
                await peripheral.stop(seen)


def _say_gone(_lost: object) -> None:
    logger.error("bluetooth: the controller is gone; the lock goes on without it")


def address(device: str) -> hci.Address:
    """A random address that stays the device's own: phones remember what they met by it."""
    # Little-endian, so the last byte holds the bits that say of which sort it is.
    fixed = bytearray(hashlib.sha256(f"beffroi/1/bluetooth {device}".encode()).digest()[:6])
    fixed[-1] |= STATIC
    return hci.Address(bytes(fixed), hci.Address.RANDOM_DEVICE_ADDRESS)


def advertised(name: str) -> tuple[bytes, bytes]:
    """What is advertised, and what answers whoever asks for more: 31 bytes each at most. The service alone takes 18 of them."""
    short = shortened(name, SHORT_NAME_BYTES)
    form = data_types.CompleteLocalName if short == name else data_types.ShortenedLocalName
    service = data_types.CompleteListOf128BitServiceUUIDs([core.UUID(str(SERVICE))])
    return (
        bytes(core.AdvertisingData([data_types.Flags(FLAGS), service])),
        bytes(core.AdvertisingData([form(short)])),
    )
