"""Entries that reports leave, and the places they add to the navigation."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.queries import authorities_of_conventions, is_switched_on
from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import OpenPlace, Place, register_open_place, register_place
from beffroi.systems.reports.rules import SYSTEM

_REPORT: Final = {"report": FieldType.UUID}
_RIGHT: Final = {**_REPORT, "photo": FieldType.UUID, "right": FieldType.UUID}
# Which team did it by the link of a letter, without an account.
_BY_LINK: Final = {"team": FieldType.UUID}

KINDS = (
    RegisterKind(
        "report.made",
        _("A fault was reported; from then on its clock runs, until `due` at the latest."),
        {
            **_REPORT,
            "category": FieldType.UUID,
            "priority": FieldType.INTEGER,
            "source": FieldType.CODE,
            "due": FieldType.TIMESTAMP,
            "photos": FieldType.INTEGER,
        },
    ),
    RegisterKind(
        "report.routed",
        _("A report was given to an organisation to handle."),
        {**_REPORT, "organisation": FieldType.UUID, "reason": FieldType.CODE, **_BY_LINK},
        optional=frozenset(_BY_LINK),
    ),
    RegisterKind(
        "report.staged",
        _("A report went to another stage."),
        {**_REPORT, "stage": FieldType.CODE, **_BY_LINK},
        optional=frozenset(_BY_LINK),
    ),
    RegisterKind(
        "report.closed",
        _("A report was closed: done or declined, for that reason; `kept` says whether the promise was."),
        {**_REPORT, "stage": FieldType.CODE, "reason": FieldType.CODE, "kept": FieldType.INTEGER, **_BY_LINK},
        optional=frozenset({"reason", *_BY_LINK}),
    ),
    RegisterKind(
        "report.reopened",
        _("A closed report was opened again; its first clock goes on."),
        {**_REPORT, "due": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "report.merged",
        _("A report was joined to another about the same fault."),
        {**_REPORT, "into": FieldType.UUID},
    ),
    RegisterKind(
        "report.rated",
        _("The category or the priority of a report was changed; its clock may only become shorter."),
        {**_REPORT, "category": FieldType.UUID, "priority": FieldType.INTEGER, "due": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "report.text-decided",
        _("An agent read a text that was held: `shown` to others, or not."),
        {**_REPORT, "shown": FieldType.INTEGER},
    ),
    RegisterKind(
        "report.photo-decided",
        _("Staff checked a photo (it may be shown) or refused it; `hidden` areas were made unreadable."),
        {**_REPORT, "photo": FieldType.UUID, "outcome": FieldType.CODE, "hidden": FieldType.INTEGER},
    ),
    RegisterKind(
        "report.original-granted",
        _(
            "Somebody of the authority was given the right to open a photo as it came, for that reason and some minutes."
        ),
        {**_RIGHT, "reason": FieldType.CODE, "ends": FieldType.TIMESTAMP},
    ),
    RegisterKind("report.original-seen", _("Somebody opened a photo as it came, by a right that held."), _RIGHT),
    RegisterKind(
        "report.original-refused", _("Somebody wanted to open a photo as it came by a right that was over."), _RIGHT
    ),
    RegisterKind(
        "report.original-closed",
        _("A right to open a photo as it came was given or taken back before its end."),
        _RIGHT,
    ),
    RegisterKind(
        "report.counted",
        _("How many reports were due in the month that began then, and how many were handled in time, by category."),
        {
            "category": many(FieldType.UUID),
            "month": FieldType.TIMESTAMP,
            "promised": many(FieldType.INTEGER),
            "kept": many(FieldType.INTEGER),
        },
        lasting=True,
    ),
    RegisterKind(
        "report.key-changed",
        _("A program was given a key to report with, or its key was ended."),
        {"key": FieldType.UUID, "change": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "report.order-asked",
        _("A firm was asked for a work order because of a report."),
        {**_REPORT, "organisation": FieldType.UUID, "thing": FieldType.UUID},
    ),
    RegisterKind(
        "report.order-dropped",
        _("A firm is asked for a work order no more."),
        {**_REPORT, "organisation": FieldType.UUID, "thing": FieldType.UUID},
    ),
    RegisterKind(
        "report.ordered",
        _("A firm gave the work order that it was asked for because of a report."),
        {**_REPORT, "organisation": FieldType.UUID, "thing": FieldType.UUID},
    ),
    RegisterKind(
        "report.alarm-set",
        _("An agent raised the alarm from a report, or lowered it."),
        {**_REPORT, "alert": FieldType.UUID, "state": FieldType.CODE},
    ),
    RegisterKind(
        "report.list-imported",
        _("Past reports of a list were written down; `digest` is over their identifiers."),
        {"batch": FieldType.UUID, "added": FieldType.INTEGER, "digest": FieldType.HASH},
    ),
    RegisterKind(
        "report.list-undone",
        _("Reports of a list that nobody did anything with since were taken back; `left` of them stayed."),
        {"batch": FieldType.UUID, "removed": FieldType.INTEGER, "left": FieldType.INTEGER},
    ),
    RegisterKind(
        "report.thing-changed",
        _("A thing of the street was written down, changed, or taken down."),
        {"thing": FieldType.UUID, "change": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "report.things-imported",
        _(
            "A list of things of the street was written down; `digest` is over the identifiers of those it added and changed."
        ),
        {
            "batch": FieldType.UUID,
            "added": FieldType.INTEGER,
            "changed": FieldType.INTEGER,
            "digest": FieldType.HASH,
        },
        lasting=True,
    ),
    RegisterKind(
        "report.things-import-undone",
        _("What a list of things wrote and nothing was reported of since was taken back; `left` of it stayed."),
        {
            "batch": FieldType.UUID,
            "removed": FieldType.INTEGER,
            "restored": FieldType.INTEGER,
            "left": FieldType.INTEGER,
        },
        lasting=True,
    ),
    RegisterKind(
        "report.server-changed",
        _("Somebody else’s server, to which reports are handed, was added, changed, paused, resumed or ended."),
        {"server": FieldType.UUID, "change": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "report.round-changed",
        _(
            "A round through so many reports was made or got more, was given to somebody, dropped or taken up again: who goes sees them."
        ),
        {
            "round": FieldType.UUID,
            "change": FieldType.CODE,
            "organisation": FieldType.UUID,
            "person": FieldType.UUID,
            "reports": FieldType.INTEGER,
        },
        optional=frozenset({"person"}),
    ),
    RegisterKind(
        "report.rules-changed",
        _("What reports promise, or who receives them, was changed."),
        {"part": FieldType.CODE, "subject": FieldType.UUID},
        lasting=True,
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)


def handles_reports(viewer: Viewer) -> bool:
    """Whoever acts on reports: the authority's agents, and a desk that they may be handed to."""
    return bool(
        viewer.authorities(Role.AGENT, Role.ADMINISTRATOR)
        or (viewer.conventions and viewer.organisations_as(Role.DISPATCHER))
    )


def reads_reports(viewer: Viewer) -> bool:
    """Whoever reads all of an authority's reports, or acts on some."""
    return handles_reports(viewer) or bool(viewer.authorities(Role.OFFICIAL, Role.OPERATOR))


def works_on_reports(viewer: Viewer) -> bool:
    """Whoever reads reports, where they are switched on."""
    return reads_reports(viewer) and any(
        is_switched_on(authority=one, system=SYSTEM)
        for one in viewer.authorities() | authorities_of_conventions(viewer)
    )


def _sets_up(viewer: Viewer) -> bool:
    return bool(viewer.authorities(Role.ADMINISTRATOR))


def taken_in(authority: UUID) -> bool:
    """Whether the authority takes reports."""
    return is_switched_on(authority=authority, system=SYSTEM)


def register_teams(leads_teams: Callable[[Viewer], bool]) -> None:
    """Called once, when the application is ready, with who says who is of a team."""
    does = _("Who of your organisation is of which team")
    register_place(Place("report-own-teams", _("Teams that mend"), does, "people", 46, leads_teams, group="setting-up"))


def register_places(figured: Callable[[Viewer], bool]) -> None:
    """Called once, when the application is ready, with who reads figures."""
    register_open_place(
        OpenPlace(
            "report-new",
            _("Report a fault"),
            _("A hole, a lamp that is out, a cable on the ground: with a photo, in a minute"),
            "camera",
            10,
            taken_in,
        )
    )
    register_open_place(
        OpenPlace(
            "reports-public",
            _("What was reported"),
            _("How far each report is, and how long they take"),
            "report",
            20,
            taken_in,
        )
    )
    register_place(
        Place(
            "figures-reports",
            _("Figures of reports"),
            _("What is reported, how soon it is handled, promises kept, over time"),
            "chart",
            26,
            figured,
        )
    )
    register_place(
        Place(
            "report-rules",
            _("Rules of reports"),
            _("Kinds of faults, what is promised, who receives what, teams"),
            "report",
            45,
            _sets_up,
            group="setting-up",
        )
    )
    register_place(
        Place(
            "reports",
            _("Reports"),
            _("Faults of public space, by the time they are promised for"),
            "report",
            15,
            works_on_reports,
        )
    )
