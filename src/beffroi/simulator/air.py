"""Air without radio waves: virtual Bluetooth controllers that hear one another, and phones that reach locks by them.

    with Air() as air:
        # a lock's process: python -m beffroi.edge.lock --hci {air.controller()}
        with air.connect(gate) as connection:
            phone.open(connection.exchange, gate)

The stack and the controllers are Bumble's (the extra `radio`); they run in a thread of their own, so that whoever uses this may
block, as a `Connection` over TCP does. Bumble's controllers say nothing of a scan response, where the name of a lock is: a phone
knows the lock that it looks for by its address.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from bumble import att, core, hci
from bumble.controller import Controller
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, StreamPacketSource

from beffroi.edge.lock.bluetooth import address
from beffroi.edge.lock.gatt import IN, OUT, PART_BYTES, SERVICE
from beffroi.simulator.phone import PATIENCE_SECONDS, PhoneError, Wire

T = TypeVar("T")
Characteristic = CharacteristicProxy[bytes]
LOOPBACK: Final = "127.0.0.1"
LONGEST_MTU: Final = 517
SHORTEST_MTU: Final = 23


class _Place(StreamPacketSource):
    """Where a controller is spoken to by another process: HCI over TCP, one process at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._line: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own
        self._line = None

    def on_packet(self, packet: bytes) -> None:
        """What the controller says."""
        if self._line is not None:
            self._line.write(packet)

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.abort()


class Air:
    """Where controllers hear one another."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self.patience = patience
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="air", daemon=True)
        self._link = LocalLink()  # type: ignore[no-untyped-call]  # Bumble gives it no types
        self._places: list[tuple[_Place, asyncio.Server]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, task: Coroutine[Any, Any, T]) -> T:
        """The task's result. Raises PhoneError when it takes longer than this air's patience, or the stack fails."""
        future = asyncio.run_coroutine_threadsafe(self._bounded(task), self._loop)
        try:
            return future.result()
        except (core.BaseBumbleError, hci.HCI_Error, TimeoutError, CancelledError) as fault:
            raise PhoneError(f"{type(fault).__name__}: {fault}") from fault

    async def _bounded(self, task: Coroutine[Any, Any, T]) -> T:
        async with asyncio.timeout(self.patience):
            return await task

    def clear(self) -> None:
        """Take every controller away, as whoever pulls out a dongle."""
        self.run(self._clear())

    async def _clear(self) -> None:
        for place, server in self._places:
            server.close()
            place.hang_up()
        self._places.clear()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def controller(self) -> str:
        """A controller more, for another process to take; where it speaks HCI, in the notation of `--hci`."""
        listening = socket.create_server((LOOPBACK, 0))
        # Packets are short, and each waits for the answer to the one before: TCP must not wait for more of them.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = listening.getsockname()[1]
        self.run(self._place(listening))
        return f"tcp-client:{LOOPBACK}:{port}"

    async def _place(self, listening: socket.socket) -> None:
        place = _Place()
        self._places.append((place, await self._loop.create_server(lambda: place, sock=listening)))
        Controller("lock", host_source=place, host_sink=place, link=self._link)

    def connect(self, gate: str, *, mtu: int = LONGEST_MTU) -> "GattConnection":
        """As a new phone, to the lock of this id. Raises PhoneError when it isn't seen, or has not the characteristics of one."""
        return GattConnection(self, *self.run(self._connect(gate, mtu)))

    async def _connect(self, gate: str, mtu: int) -> tuple[Connection, Characteristic, Characteristic]:
        controller = Controller("phone", link=self._link)
        phone = Device(address=hci.Address.generate_static_address(), host=Host(controller, AsyncPipeSink(controller)))
        await phone.power_on()
        connection = await phone.connect_le(await _look_for(phone, address(gate)))
        peer = Peer(connection)
        if mtu > SHORTEST_MTU:
            await peer.request_mtu(mtu)
        await peer.discover_service(core.UUID(str(SERVICE)))
        await peer.discover_characteristics()
        written, read = (peer.get_characteristics_by_uuid(core.UUID(str(one))) for one in (IN, OUT))
        if not (written and read):
            raise PhoneError(f"{gate} is no lock")
        return connection, written[0], read[0]


async def _look_for(phone: Device, at: hci.Address) -> hci.Address:
    """Where a lock is advertised: there."""
    found: asyncio.Future[hci.Address] = asyncio.get_running_loop().create_future()

    def look(seen: Advertisement) -> None:
        services = seen.data.get(core.AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS) or ()
        if seen.address == at and core.UUID(str(SERVICE)) in services and not found.done():
            found.set_result(seen.address)

    phone.on(Device.EVENT_ADVERTISEMENT, look)
    await phone.start_scanning()
    try:
        return await found
    finally:
        await phone.stop_scanning()


class GattConnection(Wire):
    """A phone's connection to a lock: the stream in parts, written to one characteristic and read from the other."""

    def __init__(self, air: Air, connection: Connection, written: Characteristic, read: Characteristic) -> None:
        super().__init__()
        self._air = air
        self._connection = connection
        self._in = written
        self._out = read
        self.ended = threading.Event()
        connection.on(Connection.EVENT_DISCONNECTION, lambda _reason: self.ended.set())

    def close(self) -> None:
        if not self.ended.is_set():
            with suppress(PhoneError):
                self._air.run(self._connection.disconnect())

    def send(self, data: bytes) -> None:
        for start in range(0, len(data), PART_BYTES):
            self.write(data[start : start + PART_BYTES])

    def write(self, part: bytes) -> None:
        """One part of the stream. Raises PhoneError."""
        self._air.run(self._while_it_lasts(self._in.write_value(part, with_response=True)))

    def hear(self) -> bytes:
        return self._air.run(self._while_it_lasts(self._out.read_value()))

    def raw(self, request: att.ATT_PDU) -> att.ATT_PDU:
        """What a request of the attribute protocol is answered, as it is: for whoever doesn't keep to the profile."""
        answer: att.ATT_PDU = self._air.run(self._while_it_lasts(self._connection.gatt_client.send_request(request)))
        return answer

    def shout(self, packet: bytes) -> None:
        """Bytes where requests of the attribute protocol are expected. Nobody waits for an answer."""

        async def send() -> None:
            self._connection.device.send_l2cap_pdu(self._connection.handle, att.ATT_CID, packet)

        self._air.run(send())

    async def _while_it_lasts(self, task: Coroutine[Any, Any, T]) -> T:
        if self.ended.is_set():
            task.close()
            raise PhoneError("the gate hung up")
        return await self._connection.cancel_on_disconnection(task)
