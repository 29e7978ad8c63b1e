"""How others watch the installation: measures, a sign of life, a log that programs read (docs/operators/watching.md)."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from beffroi.config.described import described
from beffroi.config.values import SettingError, one_of, whole

LAST_PORT: Final = 65535
FORMATS: Final = ("text", "json")


@dataclass(frozen=True, slots=True)
class Watching:
    """What is set of it."""

    metrics_port: int | None = field(
        metadata=described(
            "BEFFROI_METRICS_PORT",
            "Port of a door of its own on which Prometheus reads measures, at /metrics (docs/operators/watching.md).",
            "(no measures)",
        )
    )
    metrics_bind: str = field(
        metadata=described(
            "BEFFROI_METRICS_BIND",
            "Address of that door: this machine's own, or one of your private network; never a public one, nor all of them.",
            "127.0.0.1",
        )
    )
    deadman_url: str | None = field(
        metadata=described(
            "BEFFROI_DEADMAN_URL",
            "Where a second host hears every 15 s that we live, https://host:port/beats: `beffroi watch-over` there tells people when it "
            "no longer does. http:// is for private networks; each sign of life is signed.",
            "(nobody is told)",
        )
    )
    log_format: str = field(
        metadata=described(
            "BEFFROI_LOG_FORMAT",
            "text, for people; or json: one object a line, with a line for each request.",
            "text",
        )
    )

    @property
    def json(self) -> bool:
        """Whether the log is for programs."""
        return self.log_format == "json"

    @property
    def monitored(self) -> bool:
        """Whether anything is told to others."""
        return self.metrics_port is not None or self.deadman_url is not None


def read(get: Callable[[str], str]) -> Watching:
    """Raises SettingError."""
    port = get("BEFFROI_METRICS_PORT")
    return Watching(
        metrics_port=whole("BEFFROI_METRICS_PORT", port, most=LAST_PORT) if port else None,
        metrics_bind=_inner(get("BEFFROI_METRICS_BIND") or "127.0.0.1"),
        deadman_url=_address(get("BEFFROI_DEADMAN_URL")),
        log_format=one_of("BEFFROI_LOG_FORMAT", get("BEFFROI_LOG_FORMAT"), FORMATS) or FORMATS[0],
    )


def _inner(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or address.is_unspecified or not (address.is_loopback or address.is_private):
        raise SettingError(
            f"BEFFROI_METRICS_BIND is {text!r}: one address of this machine or of your private network is needed, such as 127.0.0.1 or "
            "10.0.0.5; measures are for those who keep the server"
        )
    return text


def _address(text: str) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.username or parts.fragment)
        _ = parts.port  # raises where it is none
    except ValueError:
        usable = False
    if not usable:
        raise SettingError(
            "BEFFROI_DEADMAN_URL can't be used: https://host:port/beats is needed, with no name or password in it"
        )
    return text
