"""The menu of a face: the viewer's places, group by group, with the one where they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.lib.viewer import Viewer
from beffroi.persistence.places import GROUPS, places_of

ONCE = "setting-up"
HEADINGS = {
    "watch": pgettext_lazy("menu", "Keeping watch"),
    "work": pgettext_lazy("menu", "Day to day"),
    "rules": pgettext_lazy("menu", "Rules"),
    "setting-up": pgettext_lazy("menu", "Setting up"),
    "mine": pgettext_lazy("menu", "Mine"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu, and of the home page."""

    label: str | Promise
    description: str | Promise
    url: str
    icon: str
    group: str
    current: str  # aria-current: "page" on that page, "true" on one below it, else empty
    short: str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """A group of the menu under its heading."""

    code: str
    heading: Promise
    entries: tuple[Entry, ...]

    @property
    def current(self) -> bool:
        """Whether the page lies in it: it is open on a phone."""
        return any(entry.current for entry in self.entries)

    @property
    def open(self) -> bool:
        """Whether it is open beside a page: what is set up once stays folded until one is there."""
        return self.code != ONCE or self.current


def placed(viewer: Viewer, path: str) -> list[Entry]:
    """The viewer's places, seen from a page; an agent who acts for them, those where they may."""
    places = [(place, reverse(place.route)) for place in places_of(viewer)]
    if viewer.agent is not None:
        places = [(place, url) for place, url in places if getattr(resolve(url).func, "for_another", False)]
    nearest = max((url for _place, url in places if path.startswith(url)), key=len, default="")
    return [
        Entry(
            place.label,
            place.description,
            url,
            place.icon,
            place.group,
            _current(path, url, nearest),
            place.short or place.label,
        )
        for place, url in places
    ]


def sections_of(entries: Iterable[Entry]) -> list[Section]:
    """The same, group by group."""
    return [
        Section(code, HEADINGS[code], tuple(together)) for code, together in groupby(entries, lambda entry: entry.group)
    ]


def home_entry(path: str) -> Entry:
    """Where everybody arrives: before all groups."""
    return _everybody(_("Home"), "home", "home", "", path)


def account_entry(path: str) -> Entry:
    """Everybody's own account: the last of the last group."""
    return _everybody(_("My account"), "mfa_index", "person", GROUPS[-1], path)


def _everybody(label: Promise, route: str, icon: str, group: str, path: str) -> Entry:
    url = reverse(route)
    return Entry(label, "", url, icon, group, _current(path, url, url if group and path.startswith(url) else ""), label)


def _current(path: str, url: str, nearest: str) -> str:
    if path == url:
        return "page"
    return "true" if url == nearest else ""
