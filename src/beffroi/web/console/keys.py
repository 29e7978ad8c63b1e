"""The keys of the console: one table, which the help shows and the page's script obeys.

Function keys are those that browsers leave alone (not F3, F5, F6, F7, F10 to F12). The numeric pad goes by where its keys are
(`KeyboardEvent.code`), every other key by what it writes (`KeyboardEvent.key`), so that AZERTY has the same.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PAGE, QUEUE = "page", "queue"


@dataclass(frozen=True, slots=True)
class Key:
    """`act` is the script's name for what is done; `caps` is what is written on the keys; `scope` is where they work."""

    act: str
    words: str | Promise
    caps: tuple[str | Promise, ...]
    keys: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    scope: str = PAGE
    repeats: bool = False


PAD_ENTER = pgettext_lazy("key", "Enter of the pad")
KEYS: Final = (
    Key("next", _("the next alert"), ("↓", pgettext_lazy("key", "pad 2")), ("ArrowDown",), ("Numpad2",), repeats=True),
    Key(
        "previous", _("the one before"), ("↑", pgettext_lazy("key", "pad 8")), ("ArrowUp",), ("Numpad8",), repeats=True
    ),
    Key("take", _("take it: “I take it”"), (pgettext_lazy("key", "Enter"), PAD_ENTER), ("Enter",), ("NumpadEnter",)),
    Key("release", _("give it back"), (pgettext_lazy("key", "pad 0"),), (), ("Numpad0",)),
    Key("leave", _("choose nothing"), (pgettext_lazy("key", "Esc"),), ("Escape",)),
    Key("help", _("this help"), ("F1",), ("F1",)),
    Key("alerts", _("go to the alerts"), ("F2",), ("F2",)),
    Key("map", _("go to the map; there arrows move it, Enter opens what is in the middle"), ("F4",), ("F4",)),
    Key("sound", _("sound on, or off"), ("F8",), ("F8",)),
    Key("watched", _("go to what is to watch"), ("F9",), ("F9",)),
    Key("nearer", _("the map nearer"), ("+",), ("+",), ("NumpadAdd",), repeats=True),
    Key("farther", _("the map farther"), ("-",), ("-",), ("NumpadSubtract",), repeats=True),
    Key("release", _("in the list of alerts: give it back"), ("U",), ("u",), scope=QUEUE),
    Key("look", _("in the list of alerts: see it on the map"), ("M",), ("m",), scope=QUEUE),
    Key("open", _("in the list of alerts: open its page"), ("O",), ("o",), scope=QUEUE),
)
