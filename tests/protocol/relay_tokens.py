"""One good token of each kind that only a camera relay makes or is brought, and how it is read."""

from collections.abc import Callable
from dataclasses import replace

from beffroi.protocol.v1.beat import Beat, make_beat, verify_beat
from beffroi.protocol.v1.errors import expect
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.mask import Mask
from beffroi.protocol.v1.sources import (
    Source,
    SourceList,
    make_sealing_key,
    make_source_list,
    open_sources,
    seal_sources,
    verify_sealing_key,
    verify_source_list,
)
from tests.protocol.protocol_world import CAMERAS, NONCE, NOW, RELAY, World, sealing_key, signing_key

WORLD = World()
KEYSET = WORLD.keyset()
HERE = Reading(NOW)
RELAY_CERTIFICATE = WORLD.relay_certificate()
BEAT = make_beat(Beat(RELAY, 1, 1, NOW, 5, (NONCE,)), key=WORLD.relay)
SEALING = sealing_key("relay sealing")
SEALING_KEY = make_sealing_key(device=RELAY, issued=NOW, sealing=SEALING, key=WORLD.relay)
RECIPIENT = expect(verify_sealing_key(SEALING_KEY, certificate=RELAY_CERTIFICATE))
CAMERA = Source(CAMERAS[0], "Hall A", "rtsp://10.0.3.12/1", "relais", "Tilleul-7")
MASKED = replace(CAMERA, mask=Mask((((0, 0), (300, 0), (300, 1_000)), ((500, 500), (600, 500), (600, 600))), "Meaux"))
MASKED_SOURCES = seal_sources([MASKED], recipient=RECIPIENT, ephemeral=sealing_key("once"), iv=bytes(12))
SEALED_SOURCES = seal_sources([CAMERA], recipient=RECIPIENT, ephemeral=sealing_key("once"), iv=bytes(12))
SOURCES = make_source_list(
    SourceList(RELAY, 7, 1, NOW, CAMERAS[:1], SEALED_SOURCES),
    kid="server-message-1",
    signer=signing_key("server-message-1"),
)


def opened(sealed: str) -> object:
    """What a relay reads of a sealed member, whoever signed it."""
    return open_sources(SourceList(RELAY, 7, 1, NOW, CAMERAS[:1], sealed), sealing=SEALING)


SIGNED: dict[str, tuple[str, Callable[[str], object]]] = {
    "beat": (BEAT, lambda t: verify_beat(t, certificate=RELAY_CERTIFICATE)),
    "sealing-key": (SEALING_KEY, lambda t: verify_sealing_key(t, certificate=RELAY_CERTIFICATE)),
    "sources": (SOURCES, lambda t: verify_source_list(t, keyset=KEYSET, at=HERE, device=RELAY)),
    "sealed-sources": (SEALED_SOURCES, opened),
    "masked-sources": (MASKED_SOURCES, opened),
}
