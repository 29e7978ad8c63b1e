"""The file that says where a town's contacts are heard (BEFFROI_OBSERVE): brokers of its ChirpStack and Zigbee2MQTT, and models it adds.

    {"brokers": [{"name": "campus", "authority": "meaux", "kind": "chirpstack", "url": "mqtts://chirpstack.example:8883",
                  "user": "beffroi", "password": "…", "ca": "ca.pem"}],
     "models": []}

It holds passwords: nobody but its owner may read it.
"""

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from beffroi.adapters.sensors import zigbee
from beffroi.adapters.sensors.codec import Model
from beffroi.adapters.sensors.saying import LORAWAN, ZIGBEE, SensorError
from beffroi.adapters.sensors.table import described, released

CHIRPSTACK: Final = "chirpstack"
ZIGBEE2MQTT: Final = "zigbee2mqtt"
KINDS: Final = {CHIRPSTACK: LORAWAN, ZIGBEE2MQTT: ZIGBEE}
LARGEST: Final = 1_048_576
MOST_BROKERS: Final = 50
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BASE: Final = re.compile(r"[^+#\x00-\x1f]{1,100}")


class SourcesError(SensorError):
    """The file can't be used; the text is for whoever wrote it, and holds none of its secrets."""

    def __init__(self, text: str) -> None:
        super().__init__("observe-file", text)


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker to listen on. `plain`: over a network of your own without TLS, because you said so."""

    name: str
    authority: str
    kind: str
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    base: str = zigbee.BASE
    plain: bool = False

    @property
    def network(self) -> str:
        """What its contacts speak."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Observed:
    """Brokers, and every model that may be registered: the release's, and those that the file adds or says otherwise."""

    brokers: tuple[Broker, ...]
    models: Mapping[str, Model]

    @classmethod
    def none(cls) -> "Observed":
        """No file: the release's models, and nowhere to listen."""
        return cls((), released())

    @classmethod
    def read(cls, path: Path) -> "Observed":
        """Raises SourcesError, TableError."""
        try:
            found = path.stat()
            if found.st_size > LARGEST:
                raise SourcesError(f"{path} is too large to describe brokers")
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise SourcesError(f"{path} holds passwords and others may read it: chmod 600 {path}")
            told = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SourcesError(f"{path} can't be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            if isinstance(error, SourcesError):
                raise
            raise SourcesError(f"{path} is not JSON") from None
        return _observed(told, path)


def _observed(told: object, path: Path) -> Observed:
    if not isinstance(told, dict) or not isinstance(told.get("brokers"), list):
        raise SourcesError(f"{path} names no brokers")
    if unknown := sorted(set(told) - {"brokers", "models"}):
        raise SourcesError(f"{path} has a member that isn't known: {', '.join(map(str, unknown))}")
    if len(told["brokers"]) > MOST_BROKERS:
        raise SourcesError(f"{path} names more than {MOST_BROKERS} brokers")
    brokers = tuple(_broker(each, path) for each in told["brokers"])
    if len({each.name for each in brokers}) < len(brokers):
        raise SourcesError(f"{path}: two brokers have the same name")
    added = {model.code: model for model in described(told.get("models", []))}
    return Observed(brokers, {**released(), **added})


def _broker(told: object, path: Path) -> Broker:
    words = {"name", "authority", "kind", "url", "user", "password", "ca", "base"}
    if not isinstance(told, dict) or not all(isinstance(told.get(each, ""), str) for each in words):
        raise SourcesError(f"{path}: a broker is an object of words")
    if unknown := sorted(set(told) - words - {"plain"}):
        raise SourcesError(f"{path}: a broker has a member that isn't known: {', '.join(map(str, unknown))}")
    name = told.get("name", "")
    if not _NAME.fullmatch(name) or len(name) > 40:  # noqa: PLR2004 - a name on a page
        raise SourcesError(f"{path}: a broker's name is lower case letters, digits and hyphens")
    if not told.get("authority") or told.get("kind") not in KINDS:
        raise SourcesError(f"{path}: broker {name} needs its authority, and its kind: {' or '.join(KINDS)}")
    if not _BASE.fullmatch(told.get("base", zigbee.BASE)) or not isinstance(told.get("plain", False), bool):
        raise SourcesError(f"{path}: broker {name}: base is the first part of its topics, plain is true or false")
    made = Broker(**{"url": "", **told})
    _refuse_url(made, path)
    if made.ca and not (path.parent / made.ca).is_file():
        raise SourcesError(f"{path}: broker {name}: there is no file {made.ca}")
    return made if not made.ca else Broker(**{**told, "ca": str(path.parent / made.ca)})


def _refuse_url(broker: Broker, path: Path) -> None:
    try:
        at = urlsplit(broker.url)
        sound = at.scheme in ("mqtt", "mqtts") and bool(at.hostname) and (at.port is None or at.port > 0)
    except ValueError:
        raise SourcesError(f"{path}: broker {broker.name}: its url can't be read") from None
    if not sound or at.path.strip("/") or at.query or at.fragment:
        raise SourcesError(f"{path}: broker {broker.name}: its url is mqtts://host or mqtts://host:port")
    if at.username or at.password:
        raise SourcesError(f"{path}: broker {broker.name}: user and password stand beside the url, not in it")
    if at.scheme == "mqtt" and at.hostname not in LOOPBACK and not broker.plain:
        raise SourcesError(
            f"{path}: broker {broker.name}: without TLS anybody on the way reads its password and says that a door is shut. Use "
            'mqtts://, or say "plain": true for a wire that is yours alone'
        )
