"""What is sealed to a relay comes out as it went in, and a full relay fits its list."""

from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.protocol.v1.carriage import CarryDown
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import decode_frame, encode_frame
from beffroi.protocol.v1.sources import Source, SourceList, make_source_list, open_sources, seal_sources
from tests.protocol.protocol_world import NOW, RELAY, sealing_key, signing_key
from tests.protocol.relay_tokens import RECIPIENT, SEALING

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=80)


@settings(deadline=None, max_examples=100)
@given(
    found=st.lists(
        st.tuples(texts.filter(bool), texts, texts, st.from_regex(r"[!-?A-~]{1,300}", fullmatch=True)), max_size=8
    )
)
def test_sources_come_out_as_they_went_in(found: list[tuple[str, str, str, str]]) -> None:
    sources = [
        Source(f"camera-{number}", name, f"rtsp://{rest}", user, password)
        for number, (name, user, password, rest) in enumerate(found)
    ]
    gates = tuple(source.gate for source in sources)
    sealed = seal_sources(sources, recipient=RECIPIENT, ephemeral=sealing_key("once"), iv=bytes(12))
    read = open_sources(SourceList(RELAY, 7, 1, NOW, gates, sealed), sealing=SEALING)
    assert read == tuple(sources)


def test_a_full_relay_fits_its_list() -> None:
    """256 cameras with addresses as vendors make them, in one list that one frame carries."""
    sources = [
        Source(
            f"c0ffee00-1111-4a52-9d0a-2b0f3f8a{number:04d}",
            f"Hall {number}",
            f"rtsp://10.0.{number}.12/s/101",
            "relais",
            "Tilleul-7",
        )
        for number in range(256)
    ]
    gates = tuple(source.gate for source in sources)
    sealed = seal_sources(sources, recipient=RECIPIENT, ephemeral=sealing_key("once"), iv=bytes(12))
    made = make_source_list(
        SourceList(RELAY, 7, 1, NOW, gates, sealed), kid="server-message-1", signer=signing_key("server-message-1")
    )
    frame = encode_frame(CarryDown((("sources", made),)))
    assert not isinstance(decode_frame(frame), Refused)
