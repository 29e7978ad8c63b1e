"""What a description of a model makes of a payload that somebody pastes; nothing is kept."""

from dataclasses import dataclass
from typing import Final

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.adapters.sensors.saying import NotUnderstoodError, Reading, SensorError, UnreadableError
from beffroi.adapters.sensors.table import described_text
from beffroi.adapters.sensors.trying import pasted
from beffroi.kernel.contacts.queries.words import finding_words

# Where somebody begins; not a contact that is sold.
EXAMPLE: Final = """{
  "code": "acme-door", "vendor": "Acme", "name": "Door 2", "network": "lorawan",
  "source": "https://acme.example/door2.pdf, page 4",
  "beat_minutes": 720, "millivolts": [2400, 3000],
  "uplinks": [
    {"layout": "bytes", "port": 2, "least": 3,
     "fields": [{"says": "open", "at": 0, "mask": 1}, {"says": "millivolts", "at": 1, "size": 2}]}
  ]
}"""
UNREADABLE: Final[dict[str, str | Promise]] = {
    "not-json": gettext_lazy("What was pasted begins as JSON, and is none."),
    "hexadecimal": gettext_lazy("What was pasted is neither bytes in hexadecimal nor JSON."),
    "data": gettext_lazy("The event’s data is not base64, or too long."),
    "too-long": gettext_lazy("What was pasted is longer than any contact’s message."),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """`unfit`: what is wrong with the description, in English; `fault`: why the payload says nothing; else what it `said`."""

    unfit: str = ""
    fault: str = ""
    said: tuple[str, ...] = ()


def tried(description: str, *, payload: str, port: int | None) -> Tried:
    """Whatever was typed."""
    try:
        model = described_text(description)
    except SensorError as error:
        return Tried(unfit=str(error))
    if not payload.strip():
        return Tried(fault=_("The description holds. Paste a payload to see how it reads."))
    try:
        reading = model.read(pasted(payload, network=model.network, port=port))
    except UnreadableError as error:
        return Tried(fault=str(UNREADABLE.get(error.code, error.code)))
    except NotUnderstoodError as error:
        return Tried(fault=_("Not understood: %(why)s.") % {"why": finding_words(error.code)})
    return Tried(said=_words(reading))


def _words(reading: Reading) -> tuple[str, ...]:
    found = []
    if reading.open is not None:
        found.append(_("The door is open.") if reading.open else _("The door is shut."))
    if reading.tampered is not None:
        found.append(
            _("The contact was opened or taken off.") if reading.tampered else _("The contact is in its place.")
        )
    if reading.battery is not None:
        found.append(_("Battery: %(level)s %%.") % {"level": localize(reading.battery)})
    if reading.battery_low is not None:
        found.append(_("It calls its battery low.") if reading.battery_low else _("It doesn’t call its battery low."))
    return tuple(found) or (_("A sign of life, and nothing more: it says nothing of the door."),)
