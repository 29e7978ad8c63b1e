"""What a camera says of its stream (SDP, RFC 8866) when it is asked to describe it."""

from base64 import b64encode

from beffroi.simulator.cameras import nals
from beffroi.simulator.cameras.packets import SOUND, VIDEO
from beffroi.simulator.cameras.recipe import TICKS, Clip, Codec

VIDEO_TRACK = "trackID=1"
SOUND_TRACK = "trackID=2"
SOUND_RATE = 8_000


def description(clip: Clip, *, host: str, session: int, sound: bool) -> bytes:
    """The document; with `sound`, a track of it stands before the pictures, where some cameras have it."""
    recipe = clip.recipe
    name, parameters = ("H264", _h264(clip)) if recipe.codec is Codec.H264 else ("H265", _h265(clip))
    lines = [
        "v=0",
        f"o=- {session} 1 IN IP4 {host}",
        f"s=Camera {recipe.number}",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
    ]
    if sound:
        lines += [f"m=audio 0 RTP/AVP {SOUND}", "c=IN IP4 0.0.0.0", f"a=rtpmap:{SOUND} PCMU/{SOUND_RATE}"]
        lines += [f"a=control:{SOUND_TRACK}", "a=recvonly"]
    lines += [f"m=video 0 RTP/AVP {VIDEO}", "c=IN IP4 0.0.0.0", f"b=AS:{recipe.bit_rate // 1_000}"]
    lines += [f"a=rtpmap:{VIDEO} {name}/{TICKS}", f"a=fmtp:{VIDEO} {parameters}", f"a=framerate:{recipe.rate}"]
    lines += [f"a=control:{VIDEO_TRACK}", "a=recvonly", ""]
    return "\r\n".join(lines).encode()


def _h264(clip: Clip) -> str:
    """RFC 6184 §8.1: the profile is the three bytes after the sequence parameter set's header."""
    sets = clip.sets[0]
    profile = next(each for each in sets if nals.kind(Codec.H264, each) == nals.H264_SETS[0])[1:4].hex().upper()
    sprop = ",".join(b64encode(each).decode() for each in sets)
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}"


def _h265(clip: Clip) -> str:
    """RFC 7798 §7.1."""
    names = dict(zip(nals.H265_SETS, ("sprop-vps", "sprop-sps", "sprop-pps"), strict=True))
    return ";".join(f"{names[nals.kind(Codec.H265, each)]}={b64encode(each).decode()}" for each in clip.sets[0])
