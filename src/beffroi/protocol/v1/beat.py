"""A beat: the uses that live at a device right now, signed by it every two seconds while there are any.

It renews a lease and proves nothing about the past: the record is the device's chained events. ``order`` only grows, so a
beat that was kept back or sent again says nothing new.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.members import Moment

MAX_USES = 512
PLACE = Place("beffroi-beat+jwt", limit=20480)

_NAMES = frozenset({"dev", "boot", "num", "time", "up", "uses"})


@dataclass(frozen=True, slots=True)
class Beat:
    """``uses`` are the nonces of the admitted uses that live, ascending; ``uptime`` is in milliseconds."""

    device: str
    boot: int
    number: int
    time: Moment
    uptime: int
    uses: tuple[str, ...]
    token: str = field(default="", compare=False, repr=False)

    @property
    def order(self) -> tuple[int, int]:
        """What decides which of two beats is later."""
        return (self.boot, self.number)


@making
def make_beat(beat: Beat, *, key: Ed25519PrivateKey) -> str:
    """Sign a beat with the device's key."""
    payload = {
        "boot": beat.boot,
        "dev": beat.device,
        "num": beat.number,
        "time": members.spell_moment(beat.time),
        "up": beat.uptime,
        "uses": list(beat.uses),
    }
    token = PLACE.make(payload, key, beat.device)
    _read(PLACE.take_apart(token), token)
    return token


def _read(parts: Token, token: str) -> Beat:
    body = parts.body(_NAMES)
    return Beat(
        device=members.slug(body, "dev"),
        boot=members.ordinal(body, "boot"),
        number=members.ordinal(body, "num"),
        time=members.moment(body, "time"),
        uptime=members.count(body, "up"),
        uses=members.sorted_strings(body, "uses", members.is_nonce, 0, MAX_USES),
        token=token,
    )


@refusing
def verify_beat(token: str, *, certificate: Certificate, last: tuple[int, int] = (0, 0)) -> Beat:
    """The beat, when the certified device signed it as its own and it is later than the ``last`` one taken."""
    parts = PLACE.take_apart(token)
    if parts.kid() != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, parts.kid())
    parts.check_ed25519(certificate.key.verifier())
    beat = _read(parts, token)
    if beat.device != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, beat.device)
    if beat.order <= last:
        raise RefusalError(Reason.BEAT_NOT_NEWER, f"{beat.order}")
    return beat
