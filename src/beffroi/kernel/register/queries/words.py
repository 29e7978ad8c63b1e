"""Entries in words: what each kind says, and its values by the names that the viewer may read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.register.queries.acts import RecordedAct
from beffroi.kernel.register.registry import KINDS, NAMERS, Named
from beffroi.kernel.register.rules import RESERVED, FieldType, Many
from beffroi.lib.viewer import Viewer
from beffroi.protocol.register.entry import INSTALLATION, Scalar, Value

# What the commonest fields are called; another is shown by the name it has in the entry.
FIELDS = {
    "by": gettext_lazy("done by"),
    "for": gettext_lazy("on behalf of"),
    "mandate": gettext_lazy("under the mandate"),
    "grant": gettext_lazy("access right"),
    "holder": gettext_lazy("phone’s key"),
    "person": gettext_lazy("person"),
    "organisation": gettext_lazy("organisation"),
    "team": gettext_lazy("team"),
    "partner": gettext_lazy("partner"),
    "operator": gettext_lazy("operator of the infrastructure"),
    "authority": gettext_lazy("authority"),
    "convention": gettext_lazy("convention"),
    "capacity": gettext_lazy("capacity"),
    "receiving": gettext_lazy("receiving service"),
    "purpose": gettext_lazy("purpose"),
    "part": gettext_lazy("part"),
    "how": gettext_lazy("how"),
    "people": gettext_lazy("people"),
    "kind": gettext_lazy("kind"),
    "report": gettext_lazy("report"),
    "reports": gettext_lazy("reports"),
    "round": gettext_lazy("round"),
    "server": gettext_lazy("server"),
    "category": gettext_lazy("kind of fault"),
    "priority": gettext_lazy("priority"),
    "sheet": gettext_lazy("sheet of codes"),
    "source": gettext_lazy("how it came"),
    "photos": gettext_lazy("photos"),
    "photo": gettext_lazy("photo"),
    "stage": gettext_lazy("stage"),
    "into": gettext_lazy("joined to"),
    "outcome": gettext_lazy("outcome"),
    "shown": gettext_lazy("shown"),
    "hidden": gettext_lazy("hidden parts"),
    "cabinet": gettext_lazy("cabinet"),
    "camera": gettext_lazy("camera"),
    "site": gettext_lazy("site with cameras"),
    "entrance": gettext_lazy("entrance"),
    "relay": gettext_lazy("relay"),
    "regime": gettext_lazy("legal regime"),
    "request": gettext_lazy("request"),
    "answer": gettext_lazy("answer"),
    "asked": gettext_lazy("asked for"),
    "granted": gettext_lazy("granted"),
    "watched": gettext_lazy("watched"),
    "lasted": gettext_lazy("lasted"),
    "cause": gettext_lazy("how it ended"),
    "burned": gettext_lazy("written on the picture"),
    "by_last_beat": gettext_lazy("by its last sign of life"),
    "earlier": gettext_lazy("goes on from"),
    "call": gettext_lazy("manager’s alert"),
    "device": gettext_lazy("device"),
    "resource": gettext_lazy("thing"),
    "contact": gettext_lazy("door contact"),
    "network": gettext_lazy("network"),
    "model": gettext_lazy("model"),
    "place_kind": gettext_lazy("kind of place"),
    "resources": gettext_lazy("things"),
    "membership": gettext_lazy("role"),
    "invitation": gettext_lazy("invitation"),
    "screen": gettext_lazy("wall screen"),
    "ladder": gettext_lazy("ladder"),
    "until": gettext_lazy("until"),
    "since": gettext_lazy("since"),
    "snapshot": gettext_lazy("moment of the backup"),
    "entries": gettext_lazy("register entries"),
    "seconds": gettext_lazy("seconds it took"),
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "removed": gettext_lazy("taken back"),
    "left": gettext_lazy("left as they were"),
    "territory": gettext_lazy("territory"),
    "serves": gettext_lazy("service of"),
    "steward": gettext_lazy("registered by"),
    "alert": gettext_lazy("alert"),
    "notice": gettext_lazy("notice"),
    "audience": gettext_lazy("audience"),
    "roster": gettext_lazy("roster"),
    "right": gettext_lazy("right"),
    "thing": gettext_lazy("thing of the street"),
    "reason": gettext_lazy("reason"),
    "change": gettext_lazy("change"),
    "state": gettext_lazy("state"),
    "system": gettext_lazy("system"),
    "role": gettext_lazy("role"),
    "starts": gettext_lazy("from"),
    "ends": gettext_lazy("until"),
    "valid_from": gettext_lazy("in force from"),
    "valid_until": gettext_lazy("in force until"),
    "at": gettext_lazy("at"),
    "action": gettext_lazy("act"),
    "transport": gettext_lazy("way"),
    "marks": gettext_lazy("marks"),
    "told": gettext_lazy("people told"),
    "step": gettext_lazy("step"),
    "steps": gettext_lazy("steps"),
    "number": gettext_lazy("number"),
    "entry": gettext_lazy("entry"),
    "erased": gettext_lazy("erased entries"),
    "lost": gettext_lazy("lost entries"),
    "act": gettext_lazy("what was done"),
    "agreed": gettext_lazy("agreed"),
    "aipd": gettext_lazy("impact assessment of"),
    "batch": gettext_lazy("batch"),
    "boot": gettext_lazy("start of the device"),
    "command": gettext_lazy("command"),
    "count": gettext_lazy("how many"),
    "minutes": gettext_lazy("minutes"),
    "credential": gettext_lazy("way of logging in"),
    "day": gettext_lazy("day"),
    "digest": gettext_lazy("digest"),
    "due": gettext_lazy("due"),
    "ending": gettext_lazy("ending"),
    "export": gettext_lazy("export"),
    "first": gettext_lazy("first"),
    "generation": gettext_lazy("generation"),
    "grants": gettext_lazy("access rights"),
    "identity_seen": gettext_lazy("proof of identity seen"),
    "kept": gettext_lazy("kept"),
    "key": gettext_lazy("key"),
    "keys": gettext_lazy("keys"),
    "keyset": gettext_lazy("key set"),
    "last": gettext_lazy("last"),
    "length": gettext_lazy("length"),
    "means": gettext_lazy("means"),
    "month": gettext_lazy("month"),
    "omitted": gettext_lazy("left out"),
    "previous_root": gettext_lazy("root before"),
    "previous_size": gettext_lazy("size before"),
    "promised": gettext_lazy("promised"),
    "refused": gettext_lazy("refused"),
    "restored": gettext_lazy("restored"),
    "rule": gettext_lazy("rule"),
    "sequence": gettext_lazy("rank in its log"),
    "slip": gettext_lazy("archives’ slip"),
    "subject": gettext_lazy("about"),
    "unit": gettext_lazy("unit"),
    "webhook": gettext_lazy("program"),
    "why": gettext_lazy("why"),
}
FEW = 8
BRIEF = 3
END = ". \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
LONG = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an entry: by name where the viewer may read it, else as the register has it."""

    words: str
    address: str
    raw: bool
    thing: str = ""  # its identifier, by which the register can be searched
    code: bool = False  # a word of the register, the same in every language


@dataclass(frozen=True, slots=True)
class FieldInWords:
    """A field of an entry. `more` values are not in `parts`."""

    name: str
    label: str
    parts: tuple[Part, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ActInWords:
    """An entry as a page shows it. `fields` is None when its values are gone."""

    act: RecordedAct
    says: str
    fields: tuple[FieldInWords, ...] | None

    @property
    def brief(self) -> list[str]:
        """Its first values that say something to people, for a line of a list: what bears a name before figures and times."""
        readable = [field for field in self.fields or () if field.parts and not field.parts[0].raw]
        readable.sort(key=lambda field: not field.parts[0].thing)
        return [
            _("%(label)s: %(value)s") % {"label": field.label, "value": _abridged(field)} for field in readable[:BRIEF]
        ]


def _abridged(field: FieldInWords) -> str:
    words = field.parts[0].words
    several = len(field.parts) > 1 or field.more
    return f"{words[:LONG]}…" if len(words) > LONG or several else words


def says(kind: str) -> str:
    """What an entry of a kind says happened; one whose app was removed says its code."""
    known = KINDS.get(kind)
    return str(known.description).partition(";")[0].rstrip(END) + "." if known else kind


def label_of(name: str) -> str:
    """What a field is called."""
    return str(FIELDS.get(name, name.replace("_", " ")))


def in_words(viewer: Viewer, acts: Sequence[RecordedAct], *, few: int = FEW) -> list[ActInWords]:
    """Entries that the viewer's own query let through, with at most `few` values of each field."""
    known = _names(viewer, acts)
    return [
        ActInWords(
            act=act,
            says=says(act.kind),
            fields=None
            if act.values is None
            else tuple(_field(act.kind, name, value, known.get(name, {}), few) for name, value in _ordered(act)),
        )
        for act in acts
    ]


def _ordered(act: RecordedAct) -> list[tuple[str, Value]]:
    """Its own fields as its kind declares them, then who acted."""
    declared = [*(KINDS[act.kind].fields if act.kind in KINDS else ()), *RESERVED]
    values = act.values or {}
    rest = sorted(set(values) - set(declared))
    return [(name, values[name]) for name in (*declared, *rest) if name in values]


def _names(viewer: Viewer, acts: Iterable[RecordedAct]) -> dict[str, Mapping[UUID, Named]]:
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for act in acts:
        for name, value in (act.values or {}).items():
            if name in NAMERS:
                wanted[name] |= {UUID(str(item)) for item in _many(value)[:FEW] if _is_identifier(item)}
    return {name: NAMERS[name](viewer, identifiers) for name, identifiers in wanted.items()}


def _field(kind: str, name: str, value: Value, known: Mapping[UUID, Named], few: int) -> FieldInWords:
    values = _many(value)
    declared = KINDS[kind].fields.get(name, RESERVED.get(name)) if kind in KINDS else RESERVED.get(name)
    scalar = declared.type if isinstance(declared, Many) else declared
    parts = tuple(_part(item, scalar, known) for item in values[:few])
    return FieldInWords(name, label_of(name), parts, max(0, len(values) - few))


def _part(item: Scalar, declared: FieldType | None, known: Mapping[UUID, Named]) -> Part:
    if isinstance(item, bool):
        return Part(_("yes") if item else _("no"), "", raw=False)
    if declared in (FieldType.TIMESTAMP, FieldType.MINUTE):
        moment = datetime.fromisoformat(str(item))
        return Part(date_format(localtime(moment), "SHORT_DATETIME_FORMAT"), "", raw=False)
    thing = str(item) if declared in (FieldType.UUID, FieldType.DEVICE) and _is_identifier(item) else ""
    if thing and (named := known.get(UUID(thing))):
        return Part(named.words, named.address, raw=False, thing=thing)
    return Part(
        str(item),
        "",
        raw=declared not in (FieldType.INTEGER, FieldType.CODE),
        thing=thing,
        code=declared is FieldType.CODE,
    )


def _many(value: Value) -> list[Scalar]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _is_identifier(item: Scalar) -> bool:
    try:
        UUID(str(item))
    except ValueError:
        return False
    return True


def log_in_words(viewer: Viewer, log: str) -> str:
    """Whose log it is."""
    if log == INSTALLATION:
        return _("The installation’s own register")
    authority = UUID(log)
    named = NAMERS["authority"](viewer, {authority}).get(authority) if "authority" in NAMERS else None
    return named.words if named else log
