"""Entries that this app leaves, in the log of the counter's authority; and in which words what was done for somebody is told them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind

# By the kind of an entry, or by the name of an act that leaves none of its own.
DONE: dict[str, str | Promise] = {}


def register_done(code: str, words: str | Promise) -> None:
    """Say what an act was to the person for whom it was done."""
    if DONE.setdefault(code, words) != words:
        raise ValueError(f"{code} is told in two ways")


def register_kinds() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "person.looked-up",
            _("An agent opened somebody’s file at the counter."),
            {"person": FieldType.UUID},
        )
    )
    register_kind(
        RegisterKind(
            "mandate.began",
            _("An agent began to act for a person, who asked for it."),
            {"why": FieldType.CODE, "identity_seen": FieldType.FLAG, "until": FieldType.TIMESTAMP},
        )
    )
    register_kind(
        RegisterKind(
            "mandate.used",
            _("An agent did something for a person that leaves no entry of its own, such as a preference."),
            {"act": FieldType.CODE},
        )
    )
    register_kind(
        RegisterKind("mandate.ended", _("An agent acts for themselves again."), {"ending": FieldType.CODE}),
    )
