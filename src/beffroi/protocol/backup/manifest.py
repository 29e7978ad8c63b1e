"""The manifest of a backup: what it holds, how long each piece is, who opens it, how far the register was."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .errors import BadManifest, NewerFormat
from .reading import canonical, listed, mapped, members, number, parsed, sha256, text

TYPE: Final = "beffroi-backup"
VERSION: Final = 1
GREATEST_MANIFEST: Final = 4 * 1024 * 1024
INSTALLATION: Final = "installation"
BASE: Final = "base.age"
NOTE: Final = "beffroi backup v1"
SEALED: Final = re.compile(r"installation|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
_NAME_FORM: Final = "%Y-%m-%dT%H%M%SZ"
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z", re.ASCII)
_PART: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\.(age|jsonl\.gz)")
_ROOT: Final = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = (
    "began", "ended", "host", "logs", "migrations", "name", "object_bytes", "objects", "parts", "postgresql", "previous",
    "recipients", "release", "snapshot", "tables", "type", "v",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the backup. `sealed` is who opens it: "installation", an authority's id, or None for what is in the clear."""

    name: str
    bytes: int
    sha256: str
    sealed: str | None


@dataclass(frozen=True, slots=True)
class LogState:
    """A generation of a log in the snapshot. `root` is hexadecimal; `published`: the size of the checkpoint that is kept, 0 without."""

    log: str
    generation: int
    origin: str
    size: int
    root: str
    closed: bool
    published: int


@dataclass(frozen=True, slots=True)
class Previous:
    """The backup made before, and the SHA-256 of its manifest."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a backup without opening it. `recipients` by who is meant; `migrations` by app; `tables` in rows."""

    name: str
    host: str
    began: datetime
    snapshot: datetime
    ended: datetime
    release: str
    postgresql: str
    migrations: Mapping[str, str]
    recipients: Mapping[str, tuple[str, ...]]
    parts: tuple[Part, ...]
    objects: int
    object_bytes: int
    logs: tuple[LogState, ...]
    tables: Mapping[str, int]
    previous: Previous | None

    @property
    def bytes(self) -> int:
        """Of all its parts, without the objects."""
        return sum(part.bytes for part in self.parts)

    def part(self, name: str) -> Part | None:
        """The part of this name."""
        return next((part for part in self.parts if part.name == name), None)


def name_of(snapshot: datetime) -> str:
    """A backup is called by the second of its snapshot."""
    return snapshot.astimezone(UTC).strftime(_NAME_FORM)


def is_name(said: str) -> bool:
    """Whether a folder may be a backup's."""
    return _NAME.fullmatch(said) is not None


def moment_of(name: str) -> datetime:
    """The second that a name says; raises ValueError."""
    return datetime.strptime(name, _NAME_FORM).replace(tzinfo=UTC)


def note_text(name: str, digest: str) -> str:
    """What is signed about a manifest of that SHA-256 (hexadecimal)."""
    return f"{NOTE}\n{name}\n{digest}\n"


def write_manifest(manifest: Manifest) -> bytes:
    """Its one spelling."""
    body = {
        "type": TYPE,
        "v": VERSION,
        "name": manifest.name,
        "host": manifest.host,
        "began": _said(manifest.began),
        "snapshot": _said(manifest.snapshot),
        "ended": _said(manifest.ended),
        "release": manifest.release,
        "postgresql": manifest.postgresql,
        "migrations": dict(manifest.migrations),
        "recipients": {name: list(each) for name, each in manifest.recipients.items()},
        "parts": [
            {"name": part.name, "bytes": part.bytes, "sha256": part.sha256, "sealed": part.sealed}
            for part in manifest.parts
        ],
        "objects": manifest.objects,
        "object_bytes": manifest.object_bytes,
        "logs": [{name: getattr(log, name) for name in LogState.__slots__} for log in manifest.logs],
        "tables": dict(manifest.tables),
        "previous": None
        if manifest.previous is None
        else {"name": manifest.previous.name, "sha256": manifest.previous.sha256},
    }
    return canonical(body)


def read_manifest(data: bytes) -> Manifest:
    """What `write_manifest` wrote; raises BadManifest, NewerFormat."""
    if len(data) > GREATEST_MANIFEST:
        raise BadManifest(f"manifest.json is longer than {GREATEST_MANIFEST} bytes")
    try:
        value = parsed(data)
        if isinstance(value, dict) and value.get("type") == TYPE and _newer(value.get("v")):
            raise NewerFormat(
                f"this backup is of format {value['v']}, made by a newer release: restore it with that one"
            )
        return _manifest(members(value, _MEMBERS))
    except ValueError as error:
        raise BadManifest(f"manifest.json is not a manifest of ours: {error}") from error


def _newer(version: object) -> bool:
    return isinstance(version, int) and version > VERSION


def _manifest(body: dict[str, object]) -> Manifest:
    if body["type"] != TYPE or body["v"] != VERSION or isinstance(body["v"], bool):
        raise ValueError("of another type")
    recipients = {
        text(name, "recipients", SEALED): tuple(text(one, "a recipient") for one in listed(each, name))
        for name, each in mapped(body["recipients"], "recipients").items()
    }
    parts = tuple(_part(each) for each in listed(body["parts"], "parts"))
    if len({part.name for part in parts}) != len(parts):
        raise ValueError("two parts have one name")
    if any(part.sealed is not None and not recipients.get(part.sealed) for part in parts):
        raise ValueError("a part is sealed to nobody")
    logs = tuple(_log(each) for each in listed(body["logs"], "logs"))
    if len({(log.log, log.generation) for log in logs}) != len(logs):
        raise ValueError("a log is there twice")
    return Manifest(
        name=text(body["name"], "name", _NAME),
        host=text(body["host"], "host"),
        began=_moment(body["began"], "began"),
        snapshot=_moment(body["snapshot"], "snapshot"),
        ended=_moment(body["ended"], "ended"),
        release=text(body["release"], "release"),
        postgresql=text(body["postgresql"], "postgresql"),
        migrations={app: text(each, app) for app, each in mapped(body["migrations"], "migrations").items()},
        recipients=recipients,
        parts=parts,
        objects=number(body["objects"], "objects"),
        object_bytes=number(body["object_bytes"], "object_bytes"),
        logs=logs,
        tables={table: number(each, table) for table, each in mapped(body["tables"], "tables").items()},
        previous=_previous(body["previous"]),
    )


def _part(value: object) -> Part:
    body = members(value, Part.__slots__)
    return Part(
        name=text(body["name"], "a part's name", _PART),
        bytes=number(body["bytes"], "bytes"),
        sha256=sha256(body["sha256"], "sha256"),
        sealed=None if body["sealed"] is None else text(body["sealed"], "sealed", SEALED),
    )


def _log(value: object) -> LogState:
    body = members(value, LogState.__slots__)
    if not isinstance(body["closed"], bool):
        raise ValueError("closed is yes or no")  # noqa: TRY004 - whatever is wrong with what came is one kind of error
    return LogState(
        log=text(body["log"], "log", SEALED),
        generation=number(body["generation"], "generation"),
        origin=text(body["origin"], "origin"),
        size=number(body["size"], "size"),
        root=text(body["root"], "root", _ROOT),
        closed=body["closed"],
        published=number(body["published"], "published"),
    )


def _previous(value: object) -> Previous | None:
    if value is None:
        return None
    body = members(value, Previous.__slots__)
    return Previous(text(body["name"], "previous", _NAME), sha256(body["sha256"], "previous"))


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_MOMENT)


def _moment(value: object, name: str) -> datetime:
    said = text(value, name)
    moment = datetime.strptime(said, _MOMENT).replace(tzinfo=UTC)
    if _said(moment) != said:
        raise ValueError(f"{name} is not in its one spelling")
    return moment
