"""The settings a town may change, each described: the reference page and `beffroi settings` are generated from these objects.

They come from variables of the environment, else from BEFFROI_HOME/settings.env. What starts with `BEFFROI_` and is not listed here is
refused, so that a typing error is never silently ignored.
"""

import difflib
import functools
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from beffroi.adapters.sensors.sources import Observed
from beffroi.adapters.sms.gateway import Gateway
from beffroi.adapters.tls.files import Files
from beffroi.config import backups as saved
from beffroi.config import file
from beffroi.config import https as doors
from beffroi.config import people as staff
from beffroi.config import watching as watchers
from beffroi.config.described import Setting, described, gathered, settings_of
from beffroi.config.values import (
    SettingError,
    flag,
    listed,
    mail_url,
    observe_file,
    one_of,
    text_gateway,
    web_processes,
    whole,
)

__all__ = ["Environment", "Setting", "SettingError", "environment", "read", "settings"]

# Settings that name a file or a folder: from BEFFROI_HOME where they don't begin with a slash, so that what lies there may move with it.
PLACES = frozenset(
    {
        "BEFFROI_ACME_FOLDER",
        "BEFFROI_BACKUP_FOLDER",
        "BEFFROI_LDAP_CA",
        "BEFFROI_OBSERVE",
        "BEFFROI_OIDC_CA",
        "BEFFROI_SMS_GATEWAY",
        "BEFFROI_TLS_CERT",
        "BEFFROI_TLS_KEY",
        "BEFFROI_WAL_ARCHIVE",
    }
)


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that comes from outside, read once at start."""

    home: Path = field(
        metadata=described(
            "BEFFROI_HOME",
            "Folder that holds everything this installation keeps: settings.env, database, keys, register tiles, photographs, logs.",
            "what /etc/beffroi/home says, else ~/.local/share/beffroi",
        )
    )
    port: int = field(metadata=described("BEFFROI_PORT", "Port on which the web server listens, 1 to 65535.", "8000"))
    bind: str = field(
        metadata=described(
            "BEFFROI_BIND",
            "Address the web server listens on, 0.0.0.0 for all; what isn't loopback needs HTTPS, its own or a proxy's.",
            "127.0.0.1",
        )
    )
    https: doors.Https = field(metadata=gathered(doors.Https))
    public_url: str = field(
        metadata=described(
            "BEFFROI_PUBLIC_URL",
            "Address that people type, with its scheme. Passkeys are bound to its host: an IP address does not work.",
            "http://localhost:<BEFFROI_PORT>",
        )
    )
    extra_hosts: tuple[str, ...] = field(
        metadata=described(
            "BEFFROI_EXTRA_HOSTS", "Other host names this server answers to, separated by commas.", "phone.localhost"
        )
    )
    database_url: str | None = field(
        metadata=described(
            "DATABASE_URL",
            "PostgreSQL 15 or later, as the application's role. When absent, a PostgreSQL of our own is run under BEFFROI_HOME.",
            "(our own PostgreSQL)",
            secret=True,
        )
    )
    database_owner_url: str | None = field(
        metadata=described(
            "BEFFROI_DATABASE_OWNER_URL",
            "The same database as the role that owns the tables; used by migrations only. /healthz says when both are one role.",
            "DATABASE_URL",
            secret=True,
        )
    )
    broker_url: str | None = field(
        metadata=described(
            "BEFFROI_BROKER_URL",
            "MQTT 3.1.1 broker, mqtt://user:password@host:port. When absent, Mosquitto (else the demonstration broker) is run by us.",
            "(our own broker)",
            secret=True,
        )
    )
    broker: str = field(
        metadata=described(
            "BEFFROI_BROKER",
            "Which broker we run, when BEFFROI_BROKER_URL is absent: mosquitto, or demonstration (pure Python; it loses messages).",
            "mosquitto where it is installed, else demonstration",
        )
    )
    device_bind: str = field(
        metadata=described(
            "BEFFROI_DEVICE_BIND",
            "Address on which our own Mosquitto takes devices, over TLS and by their certificate only; 0.0.0.0 for all.",
            "127.0.0.1",
        )
    )
    device_port: int | None = field(
        metadata=described(
            "BEFFROI_DEVICE_PORT",
            "Port of that door (8883 is usual), or of the same on another broker. Devices in the field know it: keep it.",
            "(a free one, chosen once)",
        )
    )
    device_host: str = field(
        metadata=described(
            "BEFFROI_DEVICE_HOST",
            "Name or address by which devices reach that door; the broker's certificate bears it.",
            "BEFFROI_DEVICE_BIND, or the host of BEFFROI_PUBLIC_URL when that is all addresses",
        )
    )
    web_connections: int = field(
        metadata=described(
            "BEFFROI_WEB_CONNECTIONS",
            "How many connections to PostgreSQL the web server holds at most, 8 to 500; the other processes need about thirty besides.",
            "40",
        )
    )
    web_processes: int = field(
        metadata=described(
            "BEFFROI_WEB_PROCESSES",
            "How many processes the web server is, 1 to 16: each keeps one core busy at most, and takes 150 MB. They share "
            "BEFFROI_WEB_CONNECTIONS, 4 each at least, and hold one more each for open screens.",
            "one a core, 4 at most (a demonstration: 1)",
        )
    )
    ingest_workers: int = field(
        metadata=described(
            "BEFFROI_INGEST_WORKERS",
            "How many processes store what devices send, 1 to 16. More than one need a broker with shared subscriptions ($share): "
            "Mosquitto and the others in use have them, the demonstration broker has not.",
            "1",
        )
    )
    register_host: str = field(
        metadata=described(
            "BEFFROI_REGISTER_HOST",
            "First part of the register's origin (host/register/authority). It is signed: never change it on a live register.",
            "the host of BEFFROI_PUBLIC_URL",
        )
    )
    smtp_url: str | None = field(
        metadata=described(
            "BEFFROI_SMTP_URL",
            "Mail server, smtp://user:password@host:587 or smtps://host:465. When absent no e-mail is sent, and each one says so.",
            "(no e-mail)",
            secret=True,
        )
    )
    mail_from: str = field(
        metadata=described(
            "BEFFROI_MAIL_FROM",
            "Address that e-mails come from; push services may write to it too.",
            "beffroi@ the host of BEFFROI_PUBLIC_URL",
        )
    )
    sms_gateway: Gateway | None = field(
        metadata=described(
            "BEFFROI_SMS_GATEWAY",
            "JSON file that says how your gateway of text messages is asked (docs/operators/sms.md). When absent no SMS is sent.",
            "(no SMS)",
        )
    )
    sms_per_day: int = field(
        metadata=described(
            "BEFFROI_SMS_PER_DAY",
            "Text messages that each authority sends a day at most, 1 to 1000000: what more there is goes by e-mail, and pages say so.",
            "500",
        )
    )
    observe: Observed | None = field(
        metadata=described(
            "BEFFROI_OBSERVE",
            "JSON file that says on which brokers door contacts are heard, ChirpStack's and Zigbee2MQTT's, and which models you add "
            "(docs/operators/observe.md). It holds passwords: mode 0600. When absent no contact is heard.",
            "(no door contacts)",
        )
    )
    internal_hosts: frozenset[str] = field(
        metadata=described(
            "BEFFROI_INTERNAL_HOSTS",
            "Hosts (or host:port) of your own network that webhooks and notifications may reach, separated by commas. "
            "Any other must be public and speak HTTPS.",
            "(none)",
        )
    )
    log_level: str = field(metadata=described("BEFFROI_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.", "INFO"))
    debug: bool = field(
        metadata=described("BEFFROI_DEBUG", "1 for a developer's machine only: detailed error pages.", "0")
    )
    demo: bool = field(
        metadata=described(
            "BEFFROI_DEMO",
            "1 marks every page as a demonstration and admits its ready-made log-ins. Never in a town.",
            "0",
        )
    )
    holidays: str = field(
        metadata=described(
            "BEFFROI_HOLIDAYS",
            "Public holidays that only some places have: 57 (Moselle), 6AE (Alsace), or an overseas code (971, 972, 973, 974, 976…).",
            "(those of all of France)",
        )
    )
    demo_pace: int = field(
        metadata=described(
            "BEFFROI_DEMO_PACE",
            "How many times faster promises run in a demonstration (60: half an hour lasts half a minute), 1 to 3600; every page says so.",
            "1",
        )
    )

    backups: saved.Backups = field(metadata=gathered(saved.Backups))
    people: staff.People = field(metadata=gathered(staff.People))
    watching: watchers.Watching = field(metadata=gathered(watchers.Watching))

    @property
    def host(self) -> str:
        """Host of the public address, without port."""
        return self.public_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]

    @property
    def device_door(self) -> tuple[str, int] | None:
        """Host (may be empty) and port of the door for devices, when the settings give it one."""
        return None if self.device_port is None else (self.device_host, self.device_port)

    @property
    def tls(self) -> Files | None:
        """Where the certificate is that the web server serves, when it speaks HTTPS itself."""
        return self.https.files(self.home)

    @property
    def secure(self) -> bool:
        """Whether people reach us over HTTPS (cookies are then Secure and HSTS is sent)."""
        return self.public_url.startswith("https://")


LAST_PORT = 65535
FASTEST = 3600
MOST_CONNECTIONS = 500
MOST_WORKERS = 16
MOST_TEXTS = 1_000_000
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Read by the programs of the test suite and of the bench, never by the product.
DEVELOPERS = frozenset({"BEFFROI_TEST_WORKERS", "BEFFROI_TEST_BROWSER"})
# Set by our own supervisor for its children, never by a person.
INTERNAL = frozenset({"BEFFROI_PROCESS", "BEFFROI_WEB_SOCKET", "BEFFROI_PLAIN_SOCKET"})


def settings() -> list[Setting]:
    """Every setting, in the order of the reference page."""
    return list(settings_of(Environment))


HOLIDAYS = ("57", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "WF")
BROKERS = ("mosquitto", "demonstration")


def _pace(text: str, *, demo: bool) -> int:
    pace = whole("BEFFROI_DEMO_PACE", text, most=FASTEST)
    if pace != 1 and not demo:
        raise SettingError("BEFFROI_DEMO_PACE is for a demonstration only: set BEFFROI_DEMO=1, or leave the pace out")
    return pace


def _refuse_unknown(variables: Mapping[str, str]) -> None:
    known = {setting.variable for setting in settings()} | DEVELOPERS | INTERNAL
    for name in sorted(variables):
        if name.startswith("BEFFROI_") and name not in known:
            raise SettingError(_unknown(name, known))


def _unknown(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else " `beffroi settings` lists those that exist."
    return f"{name} is not a setting of Beffroi.{hint}"


def in_force(variables: Mapping[str, str]) -> dict[str, str]:
    """What the file of settings says, under these variables: one that is set comes first, be it to nothing. Raises SettingError."""
    home = file.home_of(variables)
    known = {setting.variable for setting in settings()} - {"BEFFROI_HOME"}  # by which the file was found
    said: dict[str, str] = {}
    for name, (number, value) in file.read(file.path_in(home)).items():
        if name not in known:
            raise SettingError(f"{file.path_in(home)}, line {number}: {_unknown(name, known)}")
        said[name] = value
    return {**said, **variables, "BEFFROI_HOME": str(home)}


def _asked(variables: Mapping[str, str], home: Path) -> Callable[[str], str]:
    """What is set by a name, nothing when nobody did; a place as a whole path."""

    def get(name: str) -> str:
        text = variables.get(name, "").strip()
        return str(home / Path(text).expanduser()) if text and name in PLACES else text

    return get


def read(variables: Mapping[str, str]) -> Environment:
    """The environment as settings; raises SettingError, whose message is for the person who typed it."""
    _refuse_unknown(variables)
    home = file.home_of(variables)
    get = _asked(variables, home)
    port = whole("BEFFROI_PORT", get("BEFFROI_PORT") or "8000", most=LAST_PORT)
    device_port = get("BEFFROI_DEVICE_PORT")
    https = doors.read(get)
    scheme = "https" if https.own else "http"
    public_url = (get("BEFFROI_PUBLIC_URL") or f"{scheme}://localhost:{port}").rstrip("/")
    if not public_url.startswith(("http://", "https://")):
        raise SettingError(
            f"BEFFROI_PUBLIC_URL is {public_url!r}: it must start with https:// (or http:// on one machine)"
        )
    level = get("BEFFROI_LOG_LEVEL").upper() or "INFO"
    if level not in LEVELS:
        raise SettingError(f"BEFFROI_LOG_LEVEL is {level!r}: one of {', '.join(LEVELS)} is needed")
    host = public_url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
    extra = get("BEFFROI_EXTRA_HOSTS") or "phone.localhost"
    database_url = get("DATABASE_URL") or None
    demo = flag("BEFFROI_DEMO", get("BEFFROI_DEMO"))
    connections = max(
        8, whole("BEFFROI_WEB_CONNECTIONS", get("BEFFROI_WEB_CONNECTIONS") or "40", most=MOST_CONNECTIONS)
    )
    doors.refuse_at_odds(https, public_url=public_url, port=port)
    return Environment(
        home=home,
        port=port,
        bind=get("BEFFROI_BIND") or "127.0.0.1",
        https=https,
        public_url=public_url,
        extra_hosts=listed(extra),
        database_url=database_url,
        database_owner_url=get("BEFFROI_DATABASE_OWNER_URL") or database_url,
        broker_url=get("BEFFROI_BROKER_URL") or None,
        broker=one_of("BEFFROI_BROKER", get("BEFFROI_BROKER"), BROKERS),
        device_bind=get("BEFFROI_DEVICE_BIND") or "127.0.0.1",
        device_port=whole("BEFFROI_DEVICE_PORT", device_port, most=LAST_PORT) if device_port else None,
        device_host=get("BEFFROI_DEVICE_HOST"),
        web_connections=connections,
        web_processes=web_processes(get("BEFFROI_WEB_PROCESSES"), connections=connections, demo=demo),
        ingest_workers=whole("BEFFROI_INGEST_WORKERS", get("BEFFROI_INGEST_WORKERS") or "1", most=MOST_WORKERS),
        register_host=get("BEFFROI_REGISTER_HOST") or host,
        smtp_url=mail_url("BEFFROI_SMTP_URL", get("BEFFROI_SMTP_URL")),
        mail_from=get("BEFFROI_MAIL_FROM") or f"beffroi@{host}",
        sms_gateway=text_gateway("BEFFROI_SMS_GATEWAY", get("BEFFROI_SMS_GATEWAY")),
        sms_per_day=whole("BEFFROI_SMS_PER_DAY", get("BEFFROI_SMS_PER_DAY") or "500", most=MOST_TEXTS),
        observe=observe_file("BEFFROI_OBSERVE", get("BEFFROI_OBSERVE")),
        internal_hosts=frozenset(listed(get("BEFFROI_INTERNAL_HOSTS").lower())),
        log_level=level,
        debug=flag("BEFFROI_DEBUG", get("BEFFROI_DEBUG")),
        demo=demo,
        holidays=one_of("BEFFROI_HOLIDAYS", get("BEFFROI_HOLIDAYS").upper(), HOLIDAYS),
        demo_pace=_pace(get("BEFFROI_DEMO_PACE") or "1", demo=demo),
        backups=saved.read(get, demo=demo),
        people=staff.read(get),
        watching=watchers.read(get),
    )


@functools.cache
def environment() -> Environment:
    """This process's settings."""
    return read(in_force(os.environ))
