"""What a camera says, as ONVIF's descriptions want it (Core, Media: version 10), and what no camera should say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2: Final = "http://www.onvif.org/ver20/media/wsdl"
SCHEMA: Final = "http://www.onvif.org/ver10/schema"
ERROR: Final = "http://www.onvif.org/ver10/error"
ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
NETWORK: Final = "http://www.onvif.org/ver10/network/wsdl"
_SPACES: Final = " ".join(
    f'xmlns:{name}="{space}"'
    for name, space in {
        "s": SOAP, "tds": DEVICE, "trt": MEDIA, "tr2": MEDIA2, "tt": SCHEMA, "ter": ERROR, "a": ADDRESSING, "d": DISCOVERY, "dn": NETWORK,
    }.items()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """One profile."""

    token: str
    name: str
    encoding: str
    width: int
    height: int
    rate: int


def envelope(body: str, header: str = "") -> bytes:
    """A whole message."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_SPACES}>{head}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault(code: str, *subcodes: str, reason: str) -> bytes:
    """A SOAP fault; `code` is `Sender` or `Receiver`, the others are ONVIF's, from the widest to the narrowest."""
    inner = ""
    for each in reversed(subcodes):
        inner = f"<s:Subcode><s:Value>ter:{each}</s:Value>{inner}</s:Subcode>"
    text = f'<s:Reason><s:Text xml:lang="en">{escape(reason)}</s:Text></s:Reason>'
    return envelope(f"<s:Fault><s:Code><s:Value>s:{code}</s:Value>{inner}</s:Code>{text}</s:Fault>")


def clock(now: datetime) -> bytes:
    """GetSystemDateAndTime."""
    time = f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second></tt:Time>"
    day = f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
    return envelope(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        f"<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>{time}{day}</tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def information(make: str, model: str, firmware: str, serial: str) -> bytes:
    """GetDeviceInformation."""
    said = {
        "Manufacturer": make,
        "Model": model,
        "FirmwareVersion": firmware,
        "SerialNumber": serial,
        "HardwareId": "1",
    }
    parts = "".join(f"<tds:{name}>{escape(value)}</tds:{name}>" for name, value in said.items())
    return envelope(f"<tds:GetDeviceInformationResponse>{parts}</tds:GetDeviceInformationResponse>")


def services(addresses: Mapping[str, str]) -> bytes:
    """GetServices: addresses by the names of services."""
    parts = "".join(
        f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>{escape(address)}</tds:XAddr>"
        "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        for space, address in addresses.items()
    )
    return envelope(f"<tds:GetServicesResponse>{parts}</tds:GetServicesResponse>")


def capabilities(media: str) -> bytes:
    """GetCapabilities, of media."""
    streaming = "<tt:StreamingCapabilities><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities>"
    return envelope(
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        f"<tt:Media><tt:XAddr>{escape(media)}</tt:XAddr>{streaming}</tt:Media>"
        "</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def profiles(streams: Sequence[Stream]) -> bytes:
    """GetProfiles."""
    return envelope(f"<trt:GetProfilesResponse>{''.join(map(_profile, streams))}</trt:GetProfilesResponse>")


def _profile(stream: Stream) -> str:
    token = quoteattr(stream.token)
    source = (
        f'<tt:VideoSourceConfiguration token="source"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>'
        f'<tt:SourceToken>sensor</tt:SourceToken><tt:Bounds x="0" y="0" width="{stream.width}" height="{stream.height}"/>'
        "</tt:VideoSourceConfiguration>"
    )
    encoder = (
        f"<tt:VideoEncoderConfiguration token={token}><tt:Name>{escape(stream.name)}</tt:Name><tt:UseCount>1</tt:UseCount>"
        f"<tt:Encoding>{escape(stream.encoding)}</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{stream.width}</tt:Width><tt:Height>{stream.height}</tt:Height></tt:Resolution>"
        f"<tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>{stream.rate}</tt:FrameRateLimit>"
        "<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>"
        "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
        "<tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
        "<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
    )
    name = f"<tt:Name>{escape(stream.name)}</tt:Name>"
    return f'<trt:Profiles token={token} fixed="true">{name}{source}{encoder}</trt:Profiles>'


def stream_uri(address: str) -> bytes:
    """GetStreamUri."""
    return envelope(
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{escape(address)}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
        "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
    )


def profiles2(streams: Sequence[Stream]) -> bytes:
    """GetProfiles, of the second media service."""
    return envelope(f"<tr2:GetProfilesResponse>{''.join(map(_profile2, streams))}</tr2:GetProfilesResponse>")


def _profile2(stream: Stream) -> str:
    token = quoteattr(stream.token)
    source = (
        '<tr2:VideoSource token="source"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>'
        f'<tt:SourceToken>sensor</tt:SourceToken><tt:Bounds x="0" y="0" width="{stream.width}" height="{stream.height}"/>'
        "</tr2:VideoSource>"
    )
    encoder = (
        f'<tr2:VideoEncoder token={token} GovLength="50" Profile="Main"><tt:Name>{escape(stream.name)}</tt:Name>'
        f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{escape(stream.encoding)}</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{stream.width}</tt:Width><tt:Height>{stream.height}</tt:Height></tt:Resolution>"
        f'<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>{stream.rate:.3f}</tt:FrameRateLimit>'
        "<tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl><tt:Quality>4</tt:Quality></tr2:VideoEncoder>"
    )
    parts = f"<tr2:Name>{escape(stream.name)}</tr2:Name><tr2:Configurations>{source}{encoder}</tr2:Configurations>"
    return f'<tr2:Profiles token={token} fixed="true">{parts}</tr2:Profiles>'


def stream_uri2(address: str) -> bytes:
    """GetStreamUri, of the second media service."""
    return envelope(f"<tr2:GetStreamUriResponse><tr2:Uri>{escape(address)}</tr2:Uri></tr2:GetStreamUriResponse>")


def match(*, relates: str, identity: str, scopes: Sequence[str], address: str) -> bytes:
    """The answer to a probe."""
    header = (
        f"<a:MessageID>{identity}-answer</a:MessageID><a:RelatesTo>{escape(relates)}</a:RelatesTo>"
        f"<a:To>{ADDRESSING}/role/anonymous</a:To><a:Action>{DISCOVERY}/ProbeMatches</a:Action>"
    )
    return envelope(
        f"<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>{identity}</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{escape(' '.join(scopes))}</d:Scopes>"
        f"<d:XAddrs>{escape(address)}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>",
        header,
    )


ENTITIES: Final = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMB: Final = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]><x>&e9;</x>'.encode()
"""A thousand million laughs, if one counts them."""
ELSEWHERE: Final = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'
