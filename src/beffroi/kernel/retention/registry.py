"""Entries that this app leaves, and the place it adds. What is kept is said by each app: `persistence.keeping`."""

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role
from beffroi.persistence.places import Place, register_place

NIGHT = "retention.night"
ERASURE = "retention.erasure"
RECONCILIATION = "retention.reconciliation"
MISMATCH = "retention.mismatch"

KINDS = (
    RegisterKind(
        "retention.destroyed",
        _(
            "Things past their time were destroyed; `digest` is over their identifiers, `first` and `last` are their dates."
        ),
        {
            "rule": FieldType.CODE,
            "count": FieldType.INTEGER,
            "first": FieldType.TIMESTAMP,
            "last": FieldType.TIMESTAMP,
            "digest": FieldType.HASH,
            "slip": FieldType.UUID,
        },
        optional=frozenset({"slip"}),
        lasting=True,
    ),
    RegisterKind(
        "retention.duration-set",
        _("An authority set how long a kind of thing is kept, within the bounds of its rule."),
        {"rule": FieldType.CODE, "length": FieldType.INTEGER, "unit": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "retention.slip-moved",
        _(
            "A slip for the departmental archives was made, sent, abandoned,"
            " or came back with its visa; `refused` counts its refused lines."
        ),
        {"slip": FieldType.UUID, "state": FieldType.CODE, "day": FieldType.TIMESTAMP, "refused": FieldType.INTEGER},
        optional=frozenset({"day", "refused"}),
        lasting=True,
    ),
    RegisterKind(
        "retention.held",
        _("Things are kept past their time, for a reason, until a day."),
        {
            "rule": FieldType.CODE,
            "count": FieldType.INTEGER,
            "digest": FieldType.HASH,
            "reason": FieldType.CODE,
            "until": FieldType.TIMESTAMP,
        },
        lasting=True,
    ),
    RegisterKind(
        "retention.released",
        _("Things that were held are held no more."),
        {"rule": FieldType.CODE, "count": FieldType.INTEGER, "digest": FieldType.HASH},
        lasting=True,
    ),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
    register_place(
        Place(
            "retention",
            _("Retention"),
            _("What is kept, for how long, and what was destroyed"),
            "calendar",
            65,
            lambda viewer: bool(viewer.authorities(Role.ADMINISTRATOR)),
            "rules",
        )
    )
