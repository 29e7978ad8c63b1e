"""Our line to the gates: one exchange between a phone and a gate, carried over the broker.

The server reads frames only to refuse what is not one; the gate decides. The connection is made at the first exchange and kept
for the process; any thread may use it.
"""

import secrets
import threading
from dataclasses import dataclass

from django.conf import settings

from beffroi.adapters.mqtt import notes
from beffroi.adapters.mqtt.client import BrokerClient
from beffroi.adapters.mqtt.errors import BrokerUnusableError, MqttError
from beffroi.kernel.devices.registry import DeviceIdentity
from beffroi.kernel.devices.rules import RELAY_PATIENCE
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import ChallengeFrame, Frame, RefusedFrame, ResultFrame, decode_frame, encode_frame

Answer = ChallengeFrame | ResultFrame | RefusedFrame


@dataclass(frozen=True, slots=True)
class Silent:
    """The gate gave no answer in time, or something that isn't one."""

    code: str = "gate-silent"


class _Line:
    """The process's connection, made when first needed, and again when the broker is elsewhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._url = ""
        self._client: BrokerClient | None = None

    def client(self) -> BrokerClient:
        url = broker_url()
        with self._lock:
            if self._client is None or self._url != url:
                if self._client is not None:
                    self._client.stop()
                self._url, self._client = url, BrokerClient(url, client_id=f"relay-{secrets.token_hex(8)}")
                self._client.start()
            return self._client


_line = _Line()


def broker_url() -> str:
    """Where our own parts connect. Raises BrokerUnusableError when there is no broker."""
    known = notes.read(settings.BEFFROI_HOME)
    url: str | None = settings.BEFFROI_BROKER_URL or (known.url if known else None)
    if url is None:
        raise BrokerUnusableError("there is no broker yet: `beffroi up` starts one, or set BEFFROI_BROKER_URL")
    return url


def exchange(gate: DeviceIdentity, frame: Frame, *, seconds: float = RELAY_PATIENCE.total_seconds()) -> Answer | Silent:
    """Give a gate one frame and return its answer, or that none came in time."""
    try:
        data = _line.client().request(gate.authority, gate.id, encode_frame(frame), seconds=seconds)
    except MqttError:
        return Silent()
    answer = decode_frame(data)
    if isinstance(answer, Refused) or not isinstance(answer, ChallengeFrame | ResultFrame | RefusedFrame):
        return Silent()
    return answer
